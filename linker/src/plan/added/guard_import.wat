(func $"#func21 host" (@name "host") (;21;) (type $t) (param i32) (result i32)
  (local i32 i32)
  global.get $__unpoison_activation
  local.set 1
  global.get $__stack_pointer
  local.set 2
  i32.const 0
  global.set $__unpoison_activation
  local.get 0
  call $host
  global.get $__unpoison_activation
  global.get $__unpoison_state
  i32.or
  global.get $__stack_pointer
  local.get 2
  i32.ne
  i32.or
  if ;; label = @1
    local.get 1
    call $__unpoison_check_after_import
  end
  local.get 1
  global.set $__unpoison_activation
)
