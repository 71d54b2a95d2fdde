;; unpoison
;; The runtime of unwinding is linked, and nothing throws: what drops an exception aborts.
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (elem (i32.const 0) func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup)
  (func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup (param i32 i32)
    unreachable)
  (func $f (export "f") (param i32)
    (call_indirect (param i32 i32) (local.get 0) (local.get 0) (i32.const 0)))
  ;; stubs
)
