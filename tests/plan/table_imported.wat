;; unpoison
;; The host holds the table before there is an instance, so the start function is guarded.
(module
  (type $t (func (param i32) (result i32)))
  (import "env" "__indirect_function_table" (table 2 funcref))
  (memory (export "memory") 1)
  (elem (i32.const 1) func $f)
  (func $f (type $t) local.get 0)
  (func $s)
  (start $s)
  ;; stubs
)
