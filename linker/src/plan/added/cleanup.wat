(func (;21;) (type 1) (param i32)
  block ;; label = @1
    try_table (catch_all 0 (;@1;)) ;; label = @2
      local.get 0
      call $_RNvCsfLfy6EI15iL_7___rustc10rust_panic
    end
    return
  end
  call $__unpoison_in_cleanup
  unreachable
)
