(module
  (type $t (;0;) (func (param i32) (result i32)))
  (type (;1;) (func (result i32)))
  (type (;2;) (func (param i32)))
  (type (;3;) (func (param i32 i32)))
  (type (;4;) (func (param i32 i32) (result i32)))
  (type (;5;) (func))
  (import "__wbindgen_placeholder__" "__wbg___wbindgen_function_table_0123456789abcdef" (func (;0;) (type 1) (result i32)))
  (table (;0;) 2 funcref)
  (memory (;0;) 1)
  (global $__unpoison_state (;0;) (mut i32) i32.const 0)
  (global $__unpoison_activation (;1;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "f" (func $f))
  (export "__unpoison_state" (global $__unpoison_state))
  (export "__unpoison_report" (func 6))
  (elem (;0;) (i32.const 1) func $f)
  (func $f.guarded (;1;) (type $t) (param i32) (result i32)
    local.get 0
  )
  (func (;2;) (type 2) (param i32))
  (func (;3;) (type 3) (param i32 i32))
  (func (;4;) (type 4) (param i32 i32) (result i32)
    i32.const 1024
  )
  (func (;5;) (type $t) (param i32) (result i32)
    i32.const 1024
  )
  (func (;6;) (type 1) (result i32)
    i32.const 1024
  )
  (func (;7;) (type 5))
  (func (;8;) (type 2) (param i32))
  (func (;9;) (type 2) (param i32))
  (func (;10;) (type 2) (param i32))
  (func (;11;) (type 4) (param i32 i32) (result i32)
    unreachable
  )
  (func $__unpoison_seal_trapped (;12;) (type 5)
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
  (func $__unpoison_throw_sealed (;13;) (type 5)
    call $__unpoison_seal_trapped
    unreachable
  )
  (func $__unpoison_check_after_import (;14;) (type 2) (param i32)
    call $__unpoison_seal_trapped
    local.get 0
    i32.const 10
    i32.and
    i32.eqz
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
  )
  (func $__wbg___wbindgen_function_table_0123456789abcdef (;15;) (type 1) (result i32)
    (local i32)
    global.get $__unpoison_activation
    local.set 0
    i32.const 0
    global.set $__unpoison_activation
    call 0
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
  (func $__unpoison_enter_slot (;16;) (type $t) (param i32) (result i32)
    global.get $__unpoison_activation
    local.get 0
    i32.const 8
    i32.or
    i32.eq
    if ;; label = @1
      i32.const 2
      return
    end
    global.get $__unpoison_activation
    local.get 0
    i32.const 4
    i32.or
    i32.ne
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
    i32.const 1
  )
  (func $f (;17;) (type $t) (param i32) (result i32)
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if (result i32) ;; label = @1
      i32.const 16
      call $__unpoison_enter_slot
    else
      i32.const 1
    end
    global.set $__unpoison_activation
    local.get 0
    call $f.guarded
    i32.const 0
    global.set $__unpoison_activation
  )
  (@custom "unpoison" (after code) "{\22version\22:1,\22panic\22:\22abort\22,\22eh\22:\22none\22,\22abort\22:\22trap\22,\22sites\22:[]}")
)
