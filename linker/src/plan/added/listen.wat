(func $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind (;17;) (type 1) (param i32)
  local.get 0
  call $rt_panic
  local.get 0
  call $"#func27 _RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind"
)
