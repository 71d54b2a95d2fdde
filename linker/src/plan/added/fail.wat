(func $__unpoison_fail (;15;) (type 5) (param i32 i32)
  (local i32)
  global.get $__unpoison_state
  if ;; label = @1
    i32.const 0
    global.set $__unpoison_activation
    call $rt_report
    local.set 2
    global.get $__unpoison_state
    local.set 1
    local.get 1
    i32.const 1
    i32.eq
    if ;; label = @2
      local.get 2
      throw 0
    end
    local.get 2
    throw 1
  end
  local.get 1
  local.get 0
  call $rt_fail
  local.set 2
  local.get 2
  i32.load offset=4
  local.set 1
  local.get 1
  global.set $__unpoison_state
  i32.const 2
  global.set $__unpoison_activation
  local.get 2
  call $__unpoison_on_abort
  i32.const 0
  global.set $__unpoison_activation
  local.get 1
  i32.const 1
  i32.eq
  if ;; label = @1
    local.get 2
    throw 0
  end
  local.get 2
  throw 1
)
