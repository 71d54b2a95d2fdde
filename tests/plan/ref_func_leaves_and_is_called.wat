;; unpoison
;; A reference that the host is handed and that the module calls itself.
(module
  (import "env" "host" (func $host (param funcref)))
  (memory (export "memory") 1)
  (table 1 funcref)
  (elem declare func $f)
  (func $f (export "f")
    (table.set (i32.const 0) (ref.func $f))
    (call $host (ref.func $f)))
  ;; stubs
)
