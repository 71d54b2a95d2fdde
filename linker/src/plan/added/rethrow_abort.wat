(func $__unpoison_rethrow_abort (;16;) (type 3)
  global.get $__unpoison_aborting
  i32.const 2
  i32.eq
  if ;; label = @1
    call $rt_report
    throw 3
  end
  call $rt_report
  throw 2
)
