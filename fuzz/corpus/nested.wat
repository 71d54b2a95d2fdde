;; A failure in a call that an import makes back: the call further up must end, too.
(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $__stack_pointer (mut i32) (i32.const 65536))
  (global $n (export "n") (mut i32) (i32.const 0))
  (func $f (export "f") (param i32) (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (drop (call $host (call $host (call $host (local.get 0)))))
    (i32.store (i32.const 0) (global.get $n))
    (call $host (global.get $n)))
  (func (export "aborts") unreachable)
  (func (export "traps") (param i32) (result i32)
    (i32.load (i32.or (local.get 0) (i32.const 0x10000000))))
  ;; stubs
)
