;; unpoison
;; An import that returns with another shadow stack pointer: frames were skipped.
(module
  (import "env" "host" (func $host (param i64) (result i64)))
  (memory (export "memory") 1)
  (global $__stack_pointer (mut i32) (i32.const 65536))
  (func $f (export "f") (param i64) (result i64)
    (call $host (local.get 0)))
  ;; stubs
)
