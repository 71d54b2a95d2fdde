;; unpoison --unpoison-exceptions=off
;; No tag, no throw: engines without exceptions run it.
(module
  (import "env" "host" (func $host))
  (memory (export "memory") 1)
  (func $f (export "f") (param i32)
    (call $host)
    (br_if 0 (local.get 0))
    (unreachable))
  ;; stubs
)
