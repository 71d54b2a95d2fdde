(module
  (type $t (;0;) (func (param i32) (result i32)))
  (type (;1;) (func (param i32)))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32) (result i32)))
  (type (;4;) (func (result i32)))
  (type (;5;) (func))
  (import "env" "host" (func $host (;0;) (type $t) (param i32) (result i32)))
  (table (;0;) 3 funcref)
  (memory (;0;) 1)
  (tag (;0;) (type 1) (param i32))
  (tag (;1;) (type 1) (param i32))
  (tag (;2;) (type 1) (param i32))
  (global $__unpoison_state (;0;) (mut i32) i32.const 0)
  (global $__unpoison_activation (;1;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "table" (table 0))
  (export "f" (func $f))
  (export "g" (func $"#func20 g"))
  (export "__unpoison_panic" (tag 0))
  (export "__unpoison_abort" (tag 1))
  (export "__unpoison_sealed" (tag 2))
  (export "__unpoison_state" (global $__unpoison_state))
  (export "__unpoison_report" (func 7))
  (elem (;0;) (i32.const 1) func $f $"#func16 host")
  (func $f.guarded (;1;) (type $t) (param i32) (result i32)
    local.get 0
  )
  (func $g (;2;) (type $t) (param i32) (result i32)
    local.get 0
    local.get 0
    call $__unpoison_indirect_0
  )
  (func (;3;) (type 1) (param i32))
  (func (;4;) (type 2) (param i32 i32))
  (func (;5;) (type 3) (param i32 i32) (result i32)
    i32.const 1024
  )
  (func (;6;) (type $t) (param i32) (result i32)
    i32.const 1024
  )
  (func (;7;) (type 4) (result i32)
    i32.const 1024
  )
  (func (;8;) (type 5))
  (func (;9;) (type 1) (param i32))
  (func (;10;) (type 1) (param i32))
  (func (;11;) (type 1) (param i32))
  (func (;12;) (type 3) (param i32 i32) (result i32)
    unreachable
  )
  (func $__unpoison_seal_trapped (;13;) (type 5)
    global.get $__unpoison_state
    i32.eqz
    if ;; label = @1
      i32.const 5
      global.set $__unpoison_state
      i32.const 0
      call 6
      drop
    end
    i32.const 0
    global.set $__unpoison_activation
  )
  (func $__unpoison_throw_sealed (;14;) (type 5)
    call $__unpoison_seal_trapped
    call 7
    throw 2
  )
  (func $__unpoison_check_after_import (;15;) (type 1) (param i32)
    call $__unpoison_seal_trapped
    local.get 0
    i32.const 10
    i32.and
    i32.eqz
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
  )
  (func $"#func16 host" (@name "host") (;16;) (type $t) (param i32) (result i32)
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
  (func $__unpoison_enter_slot (;17;) (type $t) (param i32) (result i32)
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
  (func $f (;18;) (type $t) (param i32) (result i32)
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if (result i32) ;; label = @1
      i32.const 32
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
  (func $__unpoison_indirect_0 (;19;) (type 3) (param i32 i32) (result i32)
    (local i32)
    global.get $__unpoison_activation
    local.set 2
    local.get 1
    i32.const 3
    local.get 1
    i32.const 3
    i32.lt_u
    select
    i32.const 2
    i32.mul
    i32.const 0
    i32.add
    i32.const 4
    i32.shl
    i32.const 4
    local.get 2
    i32.const 1
    i32.shr_u
    i32.shl
    i32.or
    global.set $__unpoison_activation
    local.get 0
    local.get 1
    call_indirect (type $t)
    global.get $__unpoison_activation
    i32.const 3
    i32.and
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      local.get 2
      call $__unpoison_check_after_import
    end
    local.get 2
    global.set $__unpoison_activation
  )
  (func $"#func20 g" (@name "g") (;20;) (type $t) (param i32) (result i32)
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
    i32.const 1
    global.set $__unpoison_activation
    local.get 0
    call $g
    i32.const 0
    global.set $__unpoison_activation
  )
  (@custom "unpoison" (after code) "{\22version\22:1,\22panic\22:\22abort\22,\22eh\22:\22none\22,\22abort\22:\22throw\22,\22sites\22:[]}")
)
