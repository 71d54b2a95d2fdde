(module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32)))
  (type (;2;) (func))
  (type (;3;) (func (param i32 i32) (result i32)))
  (type (;4;) (func (param i32) (result i32)))
  (type (;5;) (func (result i32)))
  (memory (;0;) 1)
  (tag (;0;) (type 0) (param i32))
  (tag (;1;) (type 0) (param i32))
  (tag (;2;) (type 0) (param i32))
  (global $__unpoison_state (;0;) (mut i32) i32.const 0)
  (global $__unpoison_activation (;1;) (mut i32) i32.const 0)
  (global $__unpoison_rehearsal_rate (;2;) (mut i32) i32.const 0)
  (global $__unpoison_rehearsal_seed (;3;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "behind_a_block" (func $behind_a_block))
  (export "falls_through" (func $falls_through))
  (export "in_an_if" (func $in_an_if))
  (export "of_a_table" (func $of_a_table))
  (export "by_a_local" (func $by_a_local))
  (export "std" (func $std))
  (export "always" (func $always))
  (export "calls_always" (func $calls_always))
  (export "dead" (func $dead))
  (export "__unpoison_panic" (tag 0))
  (export "__unpoison_abort" (tag 1))
  (export "__unpoison_sealed" (tag 2))
  (export "__unpoison_state" (global $__unpoison_state))
  (export "__unpoison_report" (func 19))
  (export "__unpoison_rehearse" (func $__unpoison_rehearse))
  (func $__unpoison_gone_0 (;0;) (type 0) (param i32)
    local.get 0
    call $_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE
    unreachable
  )
  (func $_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE (;1;) (type 0) (param i32)
    local.get 0
    drop
    unreachable
  )
  (func $panic (;2;) (type 1) (param i32 i32)
    i32.const 8
    call $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind
    unreachable
  )
  (func $__unpoison_gone_3 (;3;) (type 0) (param i32)
    block ;; label = @1
      local.get 0
      br_if 0 (;@1;)
      return
    end
    i32.const 1
    i32.const 128
    call $panic
    unreachable
  )
  (func $__unpoison_gone_4 (;4;) (type 0) (param i32)
    block ;; label = @1
      local.get 0
      br_if 0 (;@1;)
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $__unpoison_gone_5 (;5;) (type 0) (param i32)
    local.get 0
    if ;; label = @1
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $__unpoison_gone_6 (;6;) (type 0) (param i32)
    block ;; label = @1
      block ;; label = @2
        local.get 0
        br_table 0 (;@2;) 1 (;@1;)
      end
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $__unpoison_gone_7 (;7;) (type 0) (param i32)
    (local i32)
    i32.const 128
    local.set 1
    local.get 0
    if ;; label = @1
      i32.const 1
      local.get 1
      call $panic
      unreachable
    end
  )
  (func $std (;8;) (type 0) (param i32)
    local.get 0
    if ;; label = @1
      i32.const 1
      i32.const 144
      call $panic
      unreachable
    end
  )
  (func $always (;9;) (type 2)
    i32.const 1
    i32.const 128
    call $panic
    unreachable
  )
  (func $__unpoison_gone_10 (;10;) (type 0) (param i32)
    local.get 0
    if ;; label = @1
      call $always
      unreachable
    end
  )
  (func $dead (;11;) (type 0) (param i32)
    return
    local.get 0
    if ;; label = @1
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $__unpoison_rt_rehearse (;12;) (type 0) (param i32)
    local.get 0
    call $own_handler
    unreachable
  )
  (func $own_handler (;13;) (type 0) (param i32)
    local.get 0
    call $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind
    unreachable
  )
  (func $__unpoison_rt_raise (;14;) (type 0) (param i32)
    loop ;; label = @1
      br 0 (;@1;)
    end
  )
  (func (;15;) (type 0) (param i32))
  (func (;16;) (type 1) (param i32 i32))
  (func (;17;) (type 3) (param i32 i32) (result i32)
    i32.const 1024
  )
  (func (;18;) (type 4) (param i32) (result i32)
    i32.const 1024
  )
  (func (;19;) (type 5) (result i32)
    i32.const 1024
  )
  (func (;20;) (type 2))
  (func (;21;) (type 0) (param i32))
  (func (;22;) (type 0) (param i32))
  (func (;23;) (type 0) (param i32))
  (func (;24;) (type 3) (param i32 i32) (result i32)
    unreachable
  )
  (func $__unpoison_fail (;25;) (type 1) (param i32 i32)
    (local i32)
    global.get $__unpoison_state
    if ;; label = @1
      call 19
      local.set 2
      global.get $__unpoison_state
      local.set 1
      local.get 1
      i32.const 1
      i32.eq
      if ;; label = @2
        local.get 2
        throw 0
      end
      local.get 2
      throw 1
    end
    local.get 1
    local.get 0
    call 17
    local.set 2
    local.get 2
    i32.load offset=4
    local.set 1
    local.get 1
    i32.const 1
    i32.eq
    if ;; label = @1
      local.get 2
      throw 0
    end
    local.get 2
    throw 1
  )
  (func $__unpoison_fail_nounwind (;26;) (type 0) (param i32)
    local.get 0
    i32.const 4
    call $__unpoison_fail
  )
  (func $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind (;27;) (type 0) (param i32)
    local.get 0
    call 15
    local.get 0
    call $"#func30 _RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind"
  )
  (func $__unpoison_rehearse_at (;28;) (type 0) (param i32)
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
  (func $__unpoison_rehearse (;29;) (type 1) (param i32 i32)
    local.get 0
    i32.const -2048144789
    i32.mul
    global.set $__unpoison_rehearsal_seed
    local.get 1
    global.set $__unpoison_rehearsal_rate
  )
  (func $"#func30 _RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind" (@name "_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind") (;30;) (type 0) (param i32)
    local.get 0
    i32.const 1
    call $__unpoison_fail_nounwind
    unreachable
  )
  (func $behind_a_block (;31;) (type 0) (param i32)
    block ;; label = @1
      local.get 0
      i32.const 128
      call $__unpoison_rehearse_at
      br_if 0 (;@1;)
      return
    end
    i32.const 1
    i32.const 128
    call $panic
    unreachable
  )
  (func $falls_through (;32;) (type 0) (param i32)
    block ;; label = @1
      local.get 0
      i32.const 128
      call $__unpoison_rehearse_at
      br_if 0 (;@1;)
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $in_an_if (;33;) (type 0) (param i32)
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
  (func $of_a_table (;34;) (type 0) (param i32)
    block ;; label = @1
      block ;; label = @2
        local.get 0
        i32.const 128
        call $__unpoison_rehearse_at
        br_table 0 (;@2;) 1 (;@1;)
      end
      i32.const 1
      i32.const 128
      call $panic
      unreachable
    end
  )
  (func $by_a_local (;35;) (type 0) (param i32)
    (local i32)
    i32.const 128
    local.set 1
    local.get 0
    i32.const 128
    call $__unpoison_rehearse_at
    if ;; label = @1
      i32.const 1
      local.get 1
      call $panic
      unreachable
    end
  )
  (func $calls_always (;36;) (type 0) (param i32)
    local.get 0
    i32.const 128
    call $__unpoison_rehearse_at
    if ;; label = @1
      call $always
      unreachable
    end
  )
  (data (;0;) (i32.const 64) "src/lib.rs")
  (data (;1;) (i32.const 80) "/rustc/abc/library/core/src/option.rs")
  (data (;2;) (i32.const 128) "@\00\00\00\0a\00\00\00\07\00\00\00\09\00\00\00")
  (data (;3;) (i32.const 144) "P\00\00\00%\00\00\00\07\00\00\00\09\00\00\00")
  (@custom "unpoison" (after data) "{\22version\22:1,\22panic\22:\22abort\22,\22eh\22:\22none\22,\22abort\22:\22throw\22,\22rehearse\22:6,\22sites\22:\22lz1 4__rustc::rust_begin_unwind\5cn\22}")
)
