(func $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind (;16;) (type 1) (param i32)
  local.get 0
  call $rt_panic
  local.get 0
  call $"#func26 _RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind"
)
