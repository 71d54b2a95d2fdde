(func $in_a_slot (;23;) (type $t) (param i32) (result i32)
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
  call $in_a_slot.guarded
  i32.const 0
  global.set $__unpoison_activation
)
