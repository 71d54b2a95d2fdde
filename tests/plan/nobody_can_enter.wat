;; unpoison
(module
  (memory (export "memory") 1)
  (func $f unreachable)
  ;; stubs
)
