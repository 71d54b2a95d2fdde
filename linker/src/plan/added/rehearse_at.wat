(func $__unpoison_rehearse_at (;27;) (type 1) (param i32)
  (local i32)
  global.get $__unpoison_rehearsal_rate
  i32.eqz
  if ;; label = @1
    return
  end
  global.get $__unpoison_state
  if ;; label = @1
    return
  end
  i32.const 2048
  i32.load
  i32.const 2147483647
  i32.and
  if ;; label = @1
    return
  end
  global.get $__unpoison_rehearsal_seed
  i32.const 747796405
  i32.mul
  i32.const -1403630843
  i32.add
  local.tee 1
  global.set $__unpoison_rehearsal_seed
  local.get 1
  local.get 1
  i32.const 16
  i32.shr_u
  i32.xor
  i32.const -2048144789
  i32.mul
  i64.extend_i32_u
  i64.const 1000000
  i64.mul
  i64.const 32
  i64.shr_u
  i32.wrap_i64
  global.get $__unpoison_rehearsal_rate
  i32.lt_u
  if ;; label = @1
    local.get 0
    call $__unpoison_rt_rehearse
  end
)
