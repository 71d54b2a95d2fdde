(func $__unpoison_in_cleanup (;19;) (type 3)
  i32.const 2048
  i32.load
  i32.const 2147483647
  i32.and
  call $rt_in_cleanup
  i32.const 0
  call $__unpoison_fail_nounwind
  unreachable
)
