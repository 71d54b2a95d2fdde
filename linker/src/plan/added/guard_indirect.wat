(func $__unpoison_indirect_0 (;24;) (type 3) (param i32 i32) (result i32)
  (local i32 i32)
  global.get $__unpoison_activation
  local.set 2
  global.get $__stack_pointer
  local.set 3
  local.get 1
  i32.const 2
  local.get 1
  i32.const 2
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
  global.get $__stack_pointer
  local.get 3
  i32.ne
  i32.or
  if ;; label = @1
    local.get 2
    call $__unpoison_check_after_import
  end
  local.get 2
  global.set $__unpoison_activation
)
