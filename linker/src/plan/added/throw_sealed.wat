(func $__unpoison_throw_sealed (;19;) (type 2)
  call $__unpoison_seal_trapped
  call $rt_report
  throw 2
)
