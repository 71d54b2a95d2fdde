(func $__unpoison_rehearse (;28;) (type 2) (param i32 i32)
  local.get 0
  i32.const -2048144789
  i32.mul
  global.set $__unpoison_rehearsal_seed
  local.get 1
  global.set $__unpoison_rehearsal_rate
)
