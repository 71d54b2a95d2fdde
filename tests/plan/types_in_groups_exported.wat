;; unpoison
(module
  (rec (type $a (func (param i32))) (type $b (func (param i32))))
  (memory (export "memory") 1)
  (table (export "table") 1 funcref)
  (elem (i32.const 0) func $f)
  (func $f (export "f") (type $b)
    (call_indirect (type $b) (local.get 0) (i32.const 0)))
  ;; stubs
)
