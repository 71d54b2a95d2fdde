(func $__unpoison_tell_thrown (;15;) (type $t) (param i32) (result i32)
  local.get 0
  call $rt_thrown
  local.get 0
)
