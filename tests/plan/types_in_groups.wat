;; unpoison
;; What stands for a function has its very type, not one that looks like it.
(module
  (rec (type $a (func (param i32))) (type $b (func (param i32))))
  (import "env" "host" (func $host (type $b)))
  (memory (export "memory") 1)
  (table 1 funcref)
  (elem (i32.const 0) func $host)
  (func $f (export "f") (type $b)
    (call_indirect (type $b) (local.get 0) (i32.const 0)))
  ;; stubs
)
