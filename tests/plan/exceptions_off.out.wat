(module
  (type (;0;) (func))
  (type (;1;) (func (param i32)))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32) (result i32)))
  (type (;4;) (func (param i32) (result i32)))
  (type (;5;) (func (result i32)))
  (import "env" "host" (func $host (;0;) (type 0)))
  (memory (;0;) 1)
  (global $__unpoison_state (;0;) (mut i32) i32.const 0)
  (global $__unpoison_activation (;1;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "f" (func $f))
  (export "__unpoison_state" (global $__unpoison_state))
  (export "__unpoison_report" (func 6))
  (func $__unpoison_gone_1 (;1;) (type 1) (param i32)
    call $host
    local.get 0
    br_if 0
    unreachable
  )
  (func (;2;) (type 1) (param i32))
  (func (;3;) (type 2) (param i32 i32))
  (func (;4;) (type 3) (param i32 i32) (result i32)
    i32.const 1024
  )
  (func (;5;) (type 4) (param i32) (result i32)
    i32.const 1024
  )
  (func (;6;) (type 5) (result i32)
    i32.const 1024
  )
  (func (;7;) (type 0))
  (func (;8;) (type 1) (param i32))
  (func (;9;) (type 1) (param i32))
  (func (;10;) (type 1) (param i32))
  (func (;11;) (type 3) (param i32 i32) (result i32)
    unreachable
  )
  (func $__unpoison_fail (;12;) (type 2) (param i32 i32)
    (local i32)
    global.get $__unpoison_state
    if ;; label = @1
      i32.const 0
      global.set $__unpoison_activation
      call 6
      local.set 2
      global.get $__unpoison_state
      local.set 1
      return
    end
    local.get 1
    local.get 0
    call 4
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
  (func $__unpoison_fail_abort (;13;) (type 1) (param i32)
    local.get 0
    i32.const 2
    call $__unpoison_fail
  )
  (func $__unpoison_seal_trapped (;14;) (type 0)
    global.get $__unpoison_state
    i32.eqz
    if ;; label = @1
      i32.const 5
      global.set $__unpoison_state
      i32.const 0
      call 5
      drop
    end
    i32.const 0
    global.set $__unpoison_activation
  )
  (func $__unpoison_throw_sealed (;15;) (type 0)
    call $__unpoison_seal_trapped
    unreachable
  )
  (func $__unpoison_check_after_import (;16;) (type 1) (param i32)
    call $__unpoison_seal_trapped
    local.get 0
    i32.const 10
    i32.and
    i32.eqz
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
  )
  (func $"#func17 host" (@name "host") (;17;) (type 0)
    (local i32)
    global.get $__unpoison_activation
    local.set 0
    i32.const 0
    global.set $__unpoison_activation
    call $host
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      local.get 0
      call $__unpoison_check_after_import
    end
    local.get 0
    global.set $__unpoison_activation
  )
  (func $f (;18;) (type 1) (param i32)
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
    i32.const 1
    global.set $__unpoison_activation
    local.get 0
    call $"#func19 f"
    i32.const 0
    global.set $__unpoison_activation
  )
  (func $"#func19 f" (@name "f") (;19;) (type 1) (param i32)
    call $"#func17 host"
    local.get 0
    br_if 0
    i32.const 1
    call $__unpoison_fail_abort
    unreachable
  )
  (@custom "unpoison" (after code) "{\22version\22:1,\22panic\22:\22abort\22,\22eh\22:\22none\22,\22abort\22:\22trap\22,\22sites\22:\22lz1 2f\5cn\22}")
)
