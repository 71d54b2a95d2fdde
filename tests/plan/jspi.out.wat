(module
  (type (;0;) (func (param i64) (result i64)))
  (type (;1;) (func (param i32)))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32) (result i32)))
  (type (;4;) (func (param i32) (result i32)))
  (type (;5;) (func (result i32)))
  (type (;6;) (func))
  (import "env" "host" (func $host (;0;) (type 0) (param i64) (result i64)))
  (memory (;0;) 1)
  (tag (;0;) (type 1) (param i32))
  (tag (;1;) (type 1) (param i32))
  (tag (;2;) (type 1) (param i32))
  (global $__stack_pointer (;0;) (mut i32) i32.const 65536)
  (global $__unpoison_state (;1;) (mut i32) i32.const 0)
  (global $__unpoison_activation (;2;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "f" (func $"#func16 f"))
  (export "__unpoison_panic" (tag 0))
  (export "__unpoison_abort" (tag 1))
  (export "__unpoison_sealed" (tag 2))
  (export "__unpoison_state" (global $__unpoison_state))
  (export "__unpoison_report" (func 6))
  (func $f (;1;) (type 0) (param i64) (result i64)
    local.get 0
    call $"#func15 host"
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
  (func (;7;) (type 6))
  (func (;8;) (type 1) (param i32))
  (func (;9;) (type 1) (param i32))
  (func (;10;) (type 1) (param i32))
  (func (;11;) (type 3) (param i32 i32) (result i32)
    unreachable
  )
  (func $__unpoison_seal_trapped (;12;) (type 6)
    global.get $__unpoison_state
    i32.eqz
    if ;; label = @1
      i32.const 5
      global.set $__unpoison_state
      global.get $__stack_pointer
      call 5
      drop
    end
    i32.const 0
    global.set $__unpoison_activation
  )
  (func $__unpoison_throw_sealed (;13;) (type 6)
    call $__unpoison_seal_trapped
    call 6
    throw 2
  )
  (func $__unpoison_check_after_import (;14;) (type 1) (param i32)
    call $__unpoison_seal_trapped
    local.get 0
    i32.const 10
    i32.and
    i32.eqz
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
  )
  (func $"#func15 host" (@name "host") (;15;) (type 0) (param i64) (result i64)
    (local i32)
    global.get $__unpoison_activation
    local.set 1
    i32.const 0
    global.set $__unpoison_activation
    local.get 0
    call $host
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      local.get 1
      call $__unpoison_check_after_import
    end
    local.get 1
    global.set $__unpoison_activation
  )
  (func $"#func16 f" (@name "f") (;16;) (type 0) (param i64) (result i64)
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
    i32.const 1
    global.set $__unpoison_activation
    local.get 0
    call $f
    i32.const 0
    global.set $__unpoison_activation
  )
  (@custom "unpoison" (after code) "{\22version\22:1,\22panic\22:\22abort\22,\22eh\22:\22none\22,\22abort\22:\22throw\22,\22sites\22:[]}")
)
