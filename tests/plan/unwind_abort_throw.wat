;; unpoison --unpoison-abort=throw
;; A thrown abort passes the clean-up pads: each asks first, also where its first
;; instruction is replaced itself.
(module
  (type $f (func))
  (import "env" "host" (func $host))
  (tag $e (param i32))
  (memory (export "memory") 1)
  (global $__stack_pointer (mut i32) (i32.const 65536))
  (table 1 funcref)
  (elem (i32.const 0) func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup)
  (func $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (param i32) (throw $e (local.get 0)))
  (func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup (param i32 i32)
    (call $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic))
  (func $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic unreachable)
  (func $f (export "f")
    (block $pad (result exnref)
      (try_table (catch_all_ref $pad)
        (call $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (i32.const 8)))
      (return))
    (call $host)
    throw_ref)
  ;; stubs
)
