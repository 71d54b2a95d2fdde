(func $"#func26 export" (@name "export") (;26;) (type $t) (param i32) (result i32)
  global.get $__unpoison_activation
  global.get $__unpoison_state
  i32.or
  if ;; label = @1
    call $__unpoison_throw_sealed
  end
  i32.const 1
  global.set $__unpoison_activation
  local.get 0
  call $export
  i32.const 0
  global.set $__unpoison_activation
)
