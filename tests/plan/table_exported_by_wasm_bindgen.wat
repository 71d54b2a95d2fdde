;; unpoison
;; wasm_bindgen::function_table(): the command exports the table after the link.
(module
  (type $t (func (param i32) (result i32)))
  (import "__wbindgen_placeholder__" "__wbg___wbindgen_function_table_0123456789abcdef"
    (func (result i32)))
  (memory (export "memory") 1)
  (table 2 funcref)
  (elem (i32.const 1) func $f)
  (func $f (export "f") (type $t) local.get 0)
  ;; stubs
)
