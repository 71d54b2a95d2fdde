;; unpoison
;; A test binary of wasm-bindgen-test's: its runner goes on after a test has failed.
(module
  (import "env" "host" (func $host))
  (memory (export "memory") 1)
  (func $t (export "__wbgt_crate::fails") (param i32)
    (call $host)
    (unreachable))
  ;; stubs
)
