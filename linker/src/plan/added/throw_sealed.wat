(func $__unpoison_throw_sealed (;18;) (type 4)
  call $__unpoison_seal_trapped
  call $rt_report
  throw 2
)
