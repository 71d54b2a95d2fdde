;; unpoison
;; One guard for a function, wherever the host gets it.
(module
  (type $t (func (param i32) (result i32)))
  (import "env" "host" (func $host (type $t)))
  (memory (export "memory") 1)
  (table (export "table") 3 funcref)
  (elem (i32.const 1) func $f $host)
  (func $f (export "f") (type $t) local.get 0)
  (func $g (export "g") (type $t)
    (call_indirect (type $t) (local.get 0) (local.get 0)))
  ;; stubs
)
