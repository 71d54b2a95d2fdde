;; unpoison
;; Functions that code and globals refer to: what stands for them is declared.
(module
  (import "env" "host" (func $host))
  (memory (export "memory") 1)
  (table 2 funcref)
  (global $g funcref (ref.func $moves))
  (elem declare func $host $moves)
  (func $moves (param i32) (block (br_if 0 (local.get 0)) unreachable))
  (func $f (export "f")
    (table.set (i32.const 0) (ref.func $host))
    (table.set (i32.const 1) (ref.func $moves)))
  ;; stubs
)
