;; unpoison --unpoison-exceptions=off
(module
  (tag $e (param i32))
  (memory (export "memory") 1)
  (func $f (export "f")
    (block (try_table (catch_all 0) (throw $e (i32.const 0)))))
  ;; stubs
)
