(func $__unpoison_end_payload_drop (;14;) (type 1) (param i32)
  global.get $__unpoison_dropping
  if ;; label = @1
    return
  end
  local.get 0
  call $__unpoison_fail_abort
  unreachable
)
