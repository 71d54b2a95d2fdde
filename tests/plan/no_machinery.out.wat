(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func (param i32)))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32) (result i32)))
  (type (;4;) (func (result i32)))
  (type (;5;) (func))
  (memory (;0;) 1)
  (tag (;0;) (type 1) (param i32))
  (tag (;1;) (type 1) (param i32))
  (tag (;2;) (type 1) (param i32))
  (global $__stack_pointer (;0;) (mut i32) i32.const 65536)
  (global $__unpoison_state (;1;) (mut i32) i32.const 0)
  (global $__unpoison_activation (;2;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "add" (func $"#func13 add"))
  (export "__unpoison_panic" (tag 0))
  (export "__unpoison_abort" (tag 1))
  (export "__unpoison_sealed" (tag 2))
  (export "__unpoison_state" (global $__unpoison_state))
  (export "__unpoison_report" (func 5))
  (func $add (;0;) (type 0) (param i32 i32) (result i32)
    local.get 0
    local.get 1
    i32.add
  )
  (func (;1;) (type 1) (param i32))
  (func (;2;) (type 2) (param i32 i32))
  (func (;3;) (type 0) (param i32 i32) (result i32)
    i32.const 1024
  )
  (func (;4;) (type 3) (param i32) (result i32)
    i32.const 1024
  )
  (func (;5;) (type 4) (result i32)
    i32.const 1024
  )
  (func (;6;) (type 5))
  (func (;7;) (type 1) (param i32))
  (func (;8;) (type 1) (param i32))
  (func (;9;) (type 1) (param i32))
  (func (;10;) (type 0) (param i32 i32) (result i32)
    unreachable
  )
  (func $__unpoison_seal_trapped (;11;) (type 5)
    global.get $__unpoison_state
    i32.eqz
    if ;; label = @1
      i32.const 5
      global.set $__unpoison_state
      global.get $__stack_pointer
      call 4
      drop
    end
    i32.const 0
    global.set $__unpoison_activation
  )
  (func $__unpoison_throw_sealed (;12;) (type 5)
    call $__unpoison_seal_trapped
    call 5
    throw 2
  )
  (func $"#func13 add" (@name "add") (;13;) (type 0) (param i32 i32) (result i32)
    global.get $__unpoison_activation
    global.get $__unpoison_state
    i32.or
    if ;; label = @1
      call $__unpoison_throw_sealed
    end
    i32.const 1
    global.set $__unpoison_activation
    local.get 0
    local.get 1
    call $add
    i32.const 0
    global.set $__unpoison_activation
  )
  (@custom "unpoison" (after code) "{\22version\22:1,\22panic\22:\22abort\22,\22eh\22:\22none\22,\22abort\22:\22throw\22,\22sites\22:[]}")
)
