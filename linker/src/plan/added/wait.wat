(func $__unpoison_wait32_4 (;15;) (type 5) (param i32 i32 i64) (result i32)
  (local i32 i32)
  loop ;; label = @1
    local.get 0
    local.get 1
    local.get 2
    i64.const 50000000
    local.get 2
    i64.const 50000000
    i64.lt_u
    select
    memory.atomic.wait32 offset=4
    local.set 3
    i32.const 2048
    i32.atomic.load
    if ;; label = @2
      global.get $__unpoison_activation
      local.tee 4
      call $__unpoison_check_after_import
      local.get 4
      global.set $__unpoison_activation
    end
    local.get 3
    i32.const 2
    i32.eq
    local.get 2
    i64.const 50000000
    i64.gt_u
    i32.and
    if ;; label = @2
      local.get 2
      i64.const 0
      i64.ge_s
      if ;; label = @3
        local.get 2
        i64.const 50000000
        i64.sub
        local.set 2
      end
      br 1 (;@1;)
    end
  end
  local.get 3
)
