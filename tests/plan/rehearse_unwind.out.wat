(module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32)))
  (type (;2;) (func))
  (type (;3;) (func (param i32 i32) (result i32)))
  (type (;4;) (func (param i32) (result i32)))
  (type (;5;) (func (result i32)))
  (table (;0;) 1 funcref)
  (memory (;0;) 1)
  (tag $e (;0;) (type 0) (param i32))
  (tag (;1;) (type 0) (param i32))
  (tag (;2;) (type 0) (param i32))
  (tag (;3;) (type 0) (param i32))
  (global $__stack_pointer (;0;) (mut i32) i32.const 65536)
  (global $__unpoison_state (;1;) (mut i32) i32.const 0)
  (global $__unpoison_activation (;2;) (mut i32) i32.const 0)
  (global $__unpoison_aborting (;3;) (mut i32) i32.const 0)
  (global $__unpoison_dropping (;4;) (mut i32) i32.const 0)
  (global $__unpoison_rehearsal_rate (;5;) (mut i32) i32.const 0)
  (global $__unpoison_rehearsal_seed (;6;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "yes_no_pad" (func $yes_no_pad))
  (export "yes_writes_its_frame" (func $yes_writes_its_frame))
  (export "no_writes_elsewhere" (func $"#func37 no_writes_elsewhere"))
  (export "no_calls" (func $"#func38 no_calls"))
  (export "yes_same_pad" (func $yes_same_pad))
  (export "no_pad_between" (func $"#func40 no_pad_between"))
  (export "no_pad_sees_it" (func $"#func41 no_pad_sees_it"))
  (export "__unpoison_panic" (tag 1))
  (export "__unpoison_abort" (tag 2))
  (export "__unpoison_sealed" (tag 3))
  (export "__unpoison_state" (global $__unpoison_state))
  (export "__unpoison_report" (func 20))
  (export "__unpoison_rehearse" (func $__unpoison_rehearse))
  (elem (;0;) (i32.const 0) func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup)
  (func $__unpoison_gone_0 (;0;) (type 0) (param i32)
    local.get 0
    throw $e
  )
  (func $__unpoison_gone_1 (;1;) (type 1) (param i32 i32)
    call $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic
  )
  (func $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic (;2;) (type 2)
    unreachable
  )
  (func $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind (;3;) (type 0) (param i32)
    local.get 0
    call $_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE
    unreachable
  )
  (func $_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE (;4;) (type 0) (param i32)
    local.get 0
    call $_RNvCsfLfy6EI15iL_7___rustc10rust_panic
    unreachable
  )
  (func $panic (;5;) (type 1) (param i32 i32)
    i32.const 8
    call $"#func32 _RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind"
    unreachable
  )
  (func $__unpoison_gone_6 (;6;) (type 0) (param i32)
    local.get 0
    if ;; label = @1
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $__unpoison_gone_7 (;7;) (type 0) (param i32)
    (local $fp i32)
    global.get $__stack_pointer
    i32.const 16
    i32.sub
    local.tee $fp
    global.set $__stack_pointer
    local.get 0
    if ;; label = @1
      local.get $fp
      i32.const 1
      i32.store offset=8
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $no_writes_elsewhere (;8;) (type 0) (param i32)
    local.get 0
    if ;; label = @1
      local.get 0
      i32.const 1
      i32.store offset=8
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $no_calls (;9;) (type 0) (param i32)
    local.get 0
    if ;; label = @1
      i32.const 0
      call $no_writes_elsewhere
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $__unpoison_gone_10 (;10;) (type 0) (param i32)
    try ;; label = @1
      local.get 0
      if ;; label = @2
        i32.const 1
        i32.const 128
        call $panic
        unreachable
      end
    catch_all
      rethrow 0 (;@1;)
    end
  )
  (func $no_pad_between (;11;) (type 0) (param i32)
    local.get 0
    if ;; label = @1
      try ;; label = @2
        i32.const 1
        i32.const 128
        call $panic
        unreachable
      catch_all
        rethrow 0 (;@2;)
      end
    end
  )
  (func $no_pad_sees_it (;12;) (type 0) (param i32)
    (local i32)
    try ;; label = @1
      local.get 0
      if ;; label = @2
        i32.const 5
        local.set 1
        i32.const 1
        i32.const 128
        call $panic
        unreachable
      end
    catch_all
      local.get 1
      drop
      rethrow 0 (;@1;)
    end
  )
  (func $__unpoison_rt_rehearse (;13;) (type 0) (param i32)
    local.get 0
    call $own_handler
    unreachable
  )
  (func $own_handler (;14;) (type 0) (param i32)
    local.get 0
    call $"#func32 _RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind"
    unreachable
  )
  (func $__unpoison_rt_raise (;15;) (type 0) (param i32)
    loop ;; label = @1
      br 0 (;@1;)
    end
  )
  (func (;16;) (type 0) (param i32))
  (func (;17;) (type 1) (param i32 i32))
  (func (;18;) (type 3) (param i32 i32) (result i32)
    i32.const 1024
  )
  (func (;19;) (type 4) (param i32) (result i32)
    i32.const 1024
  )
  (func (;20;) (type 5) (result i32)
    i32.const 1024
  )
  (func (;21;) (type 2))
  (func (;22;) (type 0) (param i32))
  (func (;23;) (type 0) (param i32))
  (func (;24;) (type 0) (param i32))
  (func (;25;) (type 3) (param i32 i32) (result i32)
    i32.const 1024
  )
  (func $__unpoison_panic_at_boundary (;26;) (type 0) (param i32)
    (local i32)
    local.get 0
    i64.load
    i64.const 6076294132934528845
    i64.ne
    local.get 0
    i64.load
    i64.const 5570770221508416340
    i64.ne
    i32.and
    if ;; label = @1
      return
    end
    call 21
    i32.const 2048
    i32.const 2048
    i32.load
    i32.const 1
    i32.sub
    i32.store
    global.get $__unpoison_dropping
    local.set 1
    i32.const 1
    global.set $__unpoison_dropping
    i32.const 1
    local.get 0
    call $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup
    local.get 1
    global.set $__unpoison_dropping
    i32.const 2048
    i32.load
    i32.const 2147483647
    i32.and
    local.get 0
    call 25
    throw 1
  )
  (func $__unpoison_end_payload_drop (;27;) (type 0) (param i32)
    global.get $__unpoison_dropping
    if ;; label = @1
      return
    end
    local.get 0
    call $__unpoison_fail_abort
    unreachable
  )
  (func $__unpoison_tell_thrown (;28;) (type 4) (param i32) (result i32)
    i32.const 2048
    i32.load
    i32.const 2147483647
    i32.and
    i32.const 1
    i32.sub
    call 22
    local.get 0
    call 24
    local.get 0
  )
  (func $__unpoison_fail (;29;) (type 1) (param i32 i32)
    (local i32)
    global.get $__unpoison_state
    if ;; label = @1
      call 20
      local.set 2
      global.get $__unpoison_state
      local.set 1
      return
    end
    local.get 1
    local.get 0
    call 18
    local.set 2
    local.get 2
    i32.load offset=4
    local.set 1
    return
  )
  (func $__unpoison_fail_abort (;30;) (type 0) (param i32)
    local.get 0
    i32.const 2
    call $__unpoison_fail
  )
  (func $__unpoison_fail_nounwind (;31;) (type 0) (param i32)
    local.get 0
    i32.const 4
    call $__unpoison_fail
  )
  (func $"#func32 _RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind" (@name "_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind") (;32;) (type 0) (param i32)
    i32.const 2048
    i32.load
    i32.const 2147483647
    i32.and
    i32.const 0
    i32.sub
    call 22
    local.get 0
    call 16
    local.get 0
    call $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind
  )
  (func $__unpoison_rehearse_at (;33;) (type 0) (param i32)
    (local i32)
    global.get $__unpoison_rehearsal_rate
    i32.eqz
    if ;; label = @1
      return
    end
    global.get $__unpoison_state
    if ;; label = @1
      return
    end
    i32.const 2048
    i32.load
    i32.const 2147483647
    i32.and
    if ;; label = @1
      return
    end
    global.get $__unpoison_rehearsal_seed
    i32.const 747796405
    i32.mul
    i32.const -1403630843
    i32.add
    local.tee 1
    global.set $__unpoison_rehearsal_seed
    local.get 1
    local.get 1
    i32.const 16
    i32.shr_u
    i32.xor
    i32.const -2048144789
    i32.mul
    i64.extend_i32_u
    i64.const 1000000
    i64.mul
    i64.const 32
    i64.shr_u
    i32.wrap_i64
    global.get $__unpoison_rehearsal_rate
    i32.lt_u
    if ;; label = @1
      local.get 0
      call $__unpoison_rt_rehearse
    end
  )
  (func $__unpoison_rehearse (;34;) (type 1) (param i32 i32)
    local.get 0
    i32.const -2048144789
    i32.mul
    global.set $__unpoison_rehearsal_seed
    local.get 1
    global.set $__unpoison_rehearsal_rate
  )
  (func $yes_no_pad (;35;) (type 0) (param i32)
    (local i32)
    global.get $__stack_pointer
    local.set 1
    try ;; label = @1
      local.get 0
      call $"#func44 yes_no_pad"
      return
    catch $e
      local.get 1
      global.set $__stack_pointer
      call $__unpoison_panic_at_boundary
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    catch_all
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    end
    unreachable
  )
  (func $yes_writes_its_frame (;36;) (type 0) (param i32)
    (local i32)
    global.get $__stack_pointer
    local.set 1
    try ;; label = @1
      local.get 0
      call $"#func45 yes_writes_its_frame"
      return
    catch $e
      local.get 1
      global.set $__stack_pointer
      call $__unpoison_panic_at_boundary
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    catch_all
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    end
    unreachable
  )
  (func $"#func37 no_writes_elsewhere" (@name "no_writes_elsewhere") (;37;) (type 0) (param i32)
    (local i32)
    global.get $__stack_pointer
    local.set 1
    try ;; label = @1
      local.get 0
      call $no_writes_elsewhere
      return
    catch $e
      local.get 1
      global.set $__stack_pointer
      call $__unpoison_panic_at_boundary
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    catch_all
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    end
    unreachable
  )
  (func $"#func38 no_calls" (@name "no_calls") (;38;) (type 0) (param i32)
    (local i32)
    global.get $__stack_pointer
    local.set 1
    try ;; label = @1
      local.get 0
      call $no_calls
      return
    catch $e
      local.get 1
      global.set $__stack_pointer
      call $__unpoison_panic_at_boundary
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    catch_all
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    end
    unreachable
  )
  (func $yes_same_pad (;39;) (type 0) (param i32)
    (local i32)
    global.get $__stack_pointer
    local.set 1
    try ;; label = @1
      local.get 0
      call $"#func46 yes_same_pad"
      return
    catch $e
      local.get 1
      global.set $__stack_pointer
      call $__unpoison_panic_at_boundary
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    catch_all
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    end
    unreachable
  )
  (func $"#func40 no_pad_between" (@name "no_pad_between") (;40;) (type 0) (param i32)
    (local i32)
    global.get $__stack_pointer
    local.set 1
    try ;; label = @1
      local.get 0
      call $no_pad_between
      return
    catch $e
      local.get 1
      global.set $__stack_pointer
      call $__unpoison_panic_at_boundary
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    catch_all
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    end
    unreachable
  )
  (func $"#func41 no_pad_sees_it" (@name "no_pad_sees_it") (;41;) (type 0) (param i32)
    (local i32)
    global.get $__stack_pointer
    local.set 1
    try ;; label = @1
      local.get 0
      call $no_pad_sees_it
      return
    catch $e
      local.get 1
      global.set $__stack_pointer
      call $__unpoison_panic_at_boundary
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    catch_all
      local.get 1
      global.set $__stack_pointer
      rethrow 0 (;@1;)
    end
    unreachable
  )
  (func $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (;42;) (type 0) (param i32)
    local.get 0
    call $__unpoison_tell_thrown
    throw $e
  )
  (func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup (;43;) (type 1) (param i32 i32)
    i32.const 1
    call $__unpoison_end_payload_drop
    return
  )
  (func $"#func44 yes_no_pad" (@name "yes_no_pad") (;44;) (type 0) (param i32)
    local.get 0
    i32.const 128
    call $__unpoison_rehearse_at
    if ;; label = @1
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $"#func45 yes_writes_its_frame" (@name "yes_writes_its_frame") (;45;) (type 0) (param i32)
    (local i32)
    global.get $__stack_pointer
    i32.const 16
    i32.sub
    local.tee 1
    global.set $__stack_pointer
    local.get 0
    i32.const 128
    call $__unpoison_rehearse_at
    if ;; label = @1
      local.get 1
      i32.const 1
      i32.store offset=8
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $"#func46 yes_same_pad" (@name "yes_same_pad") (;46;) (type 0) (param i32)
    try ;; label = @1
      local.get 0
      i32.const 128
      call $__unpoison_rehearse_at
      if ;; label = @2
        i32.const 1
        i32.const 128
        call $panic
        unreachable
      end
    catch_all
      rethrow 0 (;@1;)
    end
  )
  (data (;0;) (i32.const 64) "src/lib.rs")
  (data (;1;) (i32.const 128) "@\00\00\00\0a\00\00\00\07\00\00\00\09\00\00\00")
  (@custom "unpoison" (after data) "{\22version\22:1,\22panic\22:\22unwind\22,\22eh\22:\22legacy\22,\22abort\22:\22trap\22,\22rehearse\22:3,\22sites\22:\22lz1 2panic_unwind::imp::~##5::exception_cleanup\5cn\22}")
)
