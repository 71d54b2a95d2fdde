;; unpoison
;; A reference that the host is handed is a way in: it is the guard, as the export is.
(module
  (import "env" "host" (func $host (param funcref)))
  (memory (export "memory") 1)
  (elem declare func $f)
  (func $f (export "f") (call $host (ref.func $f)))
  ;; stubs
)
