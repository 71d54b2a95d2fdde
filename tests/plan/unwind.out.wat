(module
  (type $f (;0;) (func))
  (type (;1;) (func (param i32)))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32) (result i32)))
  (type (;4;) (func (param i32) (result i32)))
  (type (;5;) (func (result i32)))
  (type (;6;) (func (result i32 exnref)))
  (import "env" "host" (func $host (;0;) (type $f)))
  (table (;0;) 1 funcref)
  (memory (;0;) 1)
  (tag $e (;0;) (type 1) (param i32))
  (tag (;1;) (type 1) (param i32))
  (tag (;2;) (type 1) (param i32))
  (tag (;3;) (type 1) (param i32))
  (global $__stack_pointer (;0;) (mut i32) i32.const 65536)
  (global $__unpoison_state (;1;) (mut i32) i32.const 0)
  (global $__unpoison_activation (;2;) (mut i32) i32.const 0)
  (global $__unpoison_aborting (;3;) (mut i32) i32.const 0)
  (global $__unpoison_dropping (;4;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "f" (func $"#func27 f"))
  (export "__unpoison_panic" (tag 1))
  (export "__unpoison_abort" (tag 2))
  (export "__unpoison_sealed" (tag 3))
  (export "__unpoison_state" (global $__unpoison_state))
  (export "__unpoison_report" (func 9))
  (elem (;0;) (i32.const 0) func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup)
  (func $__unpoison_gone_1 (;1;) (type 1) (param i32)
    local.get 0
    throw $e
  )
  (func $__unpoison_gone_2 (;2;) (type 2) (param i32 i32)
    call $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic
  )
  (func $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic (;3;) (type $f)
    unreachable
  )
  (func $f (;4;) (type $f)
    (local $x exnref)
    block $pad (result exnref)
      try_table (catch_all_ref $pad) ;; label = @2
        i32.const 8
        call $_RNvCsfLfy6EI15iL_7___rustc10rust_panic
      end
      return
    end
    local.set $x
    call 22
    local.get $x
    throw_ref
  )
  (func (;5;) (type 1) (param i32))
  (func (;6;) (type 2) (param i32 i32))
  (func (;7;) (type 3) (param i32 i32) (result i32)
    i32.const 1024
  )
  (func (;8;) (type 4) (param i32) (result i32)
    i32.const 1024
  )
  (func (;9;) (type 5) (result i32)
    i32.const 1024
  )
  (func (;10;) (type $f))
  (func (;11;) (type 1) (param i32))
  (func (;12;) (type 1) (param i32))
  (func (;13;) (type 1) (param i32))
  (func (;14;) (type 3) (param i32 i32) (result i32)
    i32.const 1024
  )
  (func $__unpoison_panic_at_boundary (;15;) (type 1) (param i32)
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
    call 10
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
    i32.const 0
    global.set $__unpoison_activation
    i32.const 2048
    i32.load
    i32.const 2147483647
    i32.and
    local.get 0
    call 14
    throw 1
  )
  (func $__unpoison_end_payload_drop (;16;) (type 1) (param i32)
    global.get $__unpoison_dropping
    if ;; label = @1
      return
    end
    local.get 0
    call $__unpoison_fail_abort
    unreachable
  )
  (func $__unpoison_tell_thrown (;17;) (type 4) (param i32) (result i32)
    i32.const 2048
    i32.load
    i32.const 2147483647
    i32.and
    i32.const 1
    i32.sub
    call 11
    local.get 0
    call 13
    local.get 0
  )
  (func $__unpoison_fail (;18;) (type 2) (param i32 i32)
    (local i32)
    global.get $__unpoison_state
    if ;; label = @1
      i32.const 0
      global.set $__unpoison_activation
      call 9
      local.set 2
      global.get $__unpoison_state
      local.set 1
      return
    end
    local.get 1
    local.get 0
    call 7
    local.set 2
    local.get 2
    i32.load offset=4
    local.set 1
    local.get 1
    global.set $__unpoison_state
    i32.const 0
    global.set $__unpoison_activation
    return
  )
  (func $__unpoison_fail_abort (;19;) (type 1) (param i32)
    local.get 0
    i32.const 2
    call $__unpoison_fail
  )
  (func $__unpoison_fail_nounwind (;20;) (type 1) (param i32)
    local.get 0
    i32.const 4
    call $__unpoison_fail
  )
  (func $__unpoison_in_cleanup (;21;) (type $f)
    i32.const 2048
    i32.load
    i32.const 2147483647
    i32.and
    call 12
    i32.const 0
    call $__unpoison_fail_nounwind
    unreachable
  )
  (func (;22;) (type $f)
    block ;; label = @1
      try_table (catch_all 0 (;@1;)) ;; label = @2
        call $"#func26 host"
      end
      return
    end
    call $__unpoison_in_cleanup
    unreachable
  )
  (func $__unpoison_seal_trapped (;23;) (type $f)
    global.get $__unpoison_state
    i32.eqz
    if ;; label = @1
      i32.const 5
      global.set $__unpoison_state
      global.get $__stack_pointer
      call 8
      drop
    end
    i32.const 0
    global.set $__unpoison_activation
  )
  (func $__unpoison_throw_sealed (;24;) (type $f)
    call $__unpoison_seal_trapped
    call 9
    throw 3
  )
  (func $__unpoison_check_after_import (;25;) (type 1) (param i32)
    call $__unpoison_seal_trapped
    local.get 0
    i32.const 10
    i32.and
    i32.eqz
    if ;; label = @1
      unreachable
    end
  )
  (func $"#func26 host" (@name "host") (;26;) (type $f)
    (local i32 exnref)
    global.get $__unpoison_activation
    local.set 0
    i32.const 0
    global.set $__unpoison_activation
    block (result exnref) ;; label = @1
      try_table (catch_all_ref 0 (;@1;)) ;; label = @2
        call $host
        global.get $__unpoison_activation
        global.get $__unpoison_state
        i32.or
        if ;; label = @3
          local.get 0
          call $__unpoison_check_after_import
        end
        local.get 0
        global.set $__unpoison_activation
        return
      end
      unreachable
    end
    local.set 1
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      local.get 0
      call $__unpoison_check_after_import
    end
    local.get 0
    global.set $__unpoison_activation
    local.get 1
    throw_ref
  )
  (func $"#func27 f" (@name "f") (;27;) (type $f)
    (local i32 exnref)
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
    global.get $__stack_pointer
    local.set 0
    i32.const 1
    global.set $__unpoison_activation
    block (result exnref) ;; label = @1
      block (type 6) (result i32 exnref) ;; label = @2
        try_table (catch_ref $e 0 (;@2;)) (catch_all_ref 1 (;@1;)) ;; label = @3
          call $f
          i32.const 0
          global.set $__unpoison_activation
          return
        end
        unreachable
      end
      local.set 1
      local.get 0
      global.set $__stack_pointer
      call $__unpoison_panic_at_boundary
      local.get 1
    end
    local.set 1
    local.get 0
    global.set $__stack_pointer
    i32.const 0
    global.set $__unpoison_activation
    local.get 1
    throw_ref
  )
  (func $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (;28;) (type 1) (param i32)
    local.get 0
    call $__unpoison_tell_thrown
    throw $e
  )
  (func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup (;29;) (type 2) (param i32 i32)
    i32.const 1
    call $__unpoison_end_payload_drop
    return
  )
  (@custom "unpoison" (after code) "{\22version\22:1,\22panic\22:\22unwind\22,\22eh\22:\22exnref\22,\22abort\22:\22trap\22,\22sites\22:\22lz1 2panic_unwind::imp::~##5::exception_cleanup\5cn\22}")
)
