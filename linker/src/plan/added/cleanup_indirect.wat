(func $__unpoison_cleanup_indirect_0 (;20;) (type 4) (param i32 i32) (result i32)
  block ;; label = @1
    try_table (result i32) (catch_all 0 (;@1;)) ;; label = @2
      local.get 0
      local.get 1
      call_indirect (type $t)
    end
    return
  end
  call $__unpoison_in_cleanup
  unreachable
)
