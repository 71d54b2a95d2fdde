(func $__unpoison_check_after_import (;20;) (type 1) (param i32)
  call $__unpoison_seal_trapped
  local.get 0
  i32.const 10
  i32.and
  i32.eqz
  if ;; label = @1
    call $__unpoison_throw_sealed
  end
)
