(func $__unpoison_enter_slot (;22;) (type $t) (param i32) (result i32)
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
