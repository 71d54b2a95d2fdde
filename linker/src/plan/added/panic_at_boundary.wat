(func $__unpoison_panic_at_boundary (;13;) (type 1) (param i32)
  (local i32)
  local.get 0
  i64.load
  i64.const 6076294132934528845
  i64.ne
  local.get 0
  i64.load
  i64.const 5570770221508416340
  i64.ne
  i32.and
  if ;; label = @1
    return
  end
  call $rt_hold
  i32.const 2048
  i32.const 2048
  i32.load
  i32.const 1
  i32.sub
  i32.store
  global.get $__unpoison_dropping
  local.set 1
  i32.const 1
  global.set $__unpoison_dropping
  i32.const 1
  local.get 0
  call $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup
  local.get 1
  global.set $__unpoison_dropping
  i32.const 0
  global.set $__unpoison_activation
  i32.const 2048
  i32.load
  i32.const 2147483647
  i32.and
  local.get 0
  call $rt_caught
  throw 1
)
