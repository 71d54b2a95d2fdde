;; unpoison --unpoison-rehearse=on --unpoison-guard=off
;; Where panics unwind: only where the same landing pad runs, and nothing is left out that
;; it could see.
(module
  (tag $e (param i32))
  (memory (export "memory") 1)
  (global $__stack_pointer (mut i32) (i32.const 65536))
  (table 1 funcref)
  (elem (i32.const 0) func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup)
  (data (i32.const 64) "src/lib.rs")
  (data (i32.const 128) "\40\00\00\00\0a\00\00\00\07\00\00\00\09\00\00\00")
  (func $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (param i32) (throw $e (local.get 0)))
  (func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup (param i32 i32)
    (call $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic))
  (func $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic unreachable)
  (func $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind (param i32)
    (call $_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE (local.get 0)) unreachable)
  (func $_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE (param i32)
    (call $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (local.get 0)) unreachable)
  (func $panic (param i32 i32)
    (call $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind (i32.const 8)) unreachable)
  (func $yes_no_pad (export "yes_no_pad") (param i32)
    (if (local.get 0) (then (call $panic (i32.const 1) (i32.const 128)) unreachable)))
  (func $yes_writes_its_frame (export "yes_writes_its_frame") (param i32) (local $fp i32)
    (global.set $__stack_pointer
      (local.tee $fp (i32.sub (global.get $__stack_pointer) (i32.const 16))))
    (if (local.get 0) (then
      (i32.store offset=8 (local.get $fp) (i32.const 1))
      (call $panic (i32.const 1) (i32.const 128)) unreachable)))
  (func $no_writes_elsewhere (export "no_writes_elsewhere") (param i32)
    (if (local.get 0) (then
      (i32.store offset=8 (local.get 0) (i32.const 1))
      (call $panic (i32.const 1) (i32.const 128)) unreachable)))
  (func $no_calls (export "no_calls") (param i32)
    (if (local.get 0) (then
      (call $no_writes_elsewhere (i32.const 0))
      (call $panic (i32.const 1) (i32.const 128)) unreachable)))
  (func $yes_same_pad (export "yes_same_pad") (param i32)
    try
      local.get 0
      if
        (call $panic (i32.const 1) (i32.const 128)) unreachable
      end
    catch_all
      rethrow 0
    end)
  (func $no_pad_between (export "no_pad_between") (param i32)
    local.get 0
    if
      try
        (call $panic (i32.const 1) (i32.const 128)) unreachable
      catch_all
        rethrow 0
      end
    end)
  (func $no_pad_sees_it (export "no_pad_sees_it") (param i32) (local i32)
    try
      local.get 0
      if
        (local.set 1 (i32.const 5))
        (call $panic (i32.const 1) (i32.const 128)) unreachable
      end
    catch_all
      (drop (local.get 1))
      rethrow 0
    end)
  (func $__unpoison_rt_rehearse (export "__unpoison_rt_rehearse") (param i32)
    (call $own_handler (local.get 0)) unreachable)
  (func $own_handler (param i32) (call $__unpoison_rt_raise (local.get 0)) unreachable)
  (func $__unpoison_rt_raise (export "__unpoison_rt_raise") (param i32) (loop (br 0)))
  ;; stubs
)
