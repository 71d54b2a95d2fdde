(func $__unpoison_seal_trapped (;18;) (type 2)
  global.get $__unpoison_state
  i32.eqz
  if ;; label = @1
    i32.const 5
    global.set $__unpoison_state
    global.get $__stack_pointer
    call $rt_trap
    drop
  end
  i32.const 0
  global.set $__unpoison_activation
)
