;; unpoison
;; A failing place takes the slack of a padded index beside it, if there is one; `$small`
;; has none, so it is copied, and who named it names the copy.
(module
  (memory (export "memory") 1)
  (func $abort unreachable)
  (func $small (param i32) (block (br_if 0 (local.get 0)) unreachable))
  (func $f (export "f") (param i32)
    (call $small (local.get 0))
    (if (local.get 0) (then (call $abort) (unreachable))))
  ;; stubs
)
