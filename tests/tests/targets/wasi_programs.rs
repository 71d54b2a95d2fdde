//! Programs for WASI, and what is seen of them: here in engines with JavaScript, in
//! `tests/wasmtime` in wasmtime.

/// A command that fails as its first argument says.
pub(crate) const COMMAND: &str = r#"
    use std::hint::black_box;
    fn deep(n: u64) -> u64 {
        let frame = [n; 1000];
        black_box(&frame);
        if n == 0 { 0 } else { deep(n + 1) + frame[3] }
    }
    fn main() {
        println!("hello");
        match std::env::args().nth(1).as_deref() {
            Some("panic") => panic!("seven of {}", std::env::args().count()),
            Some("abort") => std::process::abort(),
            Some("exit") => std::process::exit(3),
            Some("alloc") => drop(black_box(Vec::<u8>::with_capacity(isize::MAX as usize))),
            Some("stack") => drop(black_box(deep(1))),
            _ => {}
        }
    }
"#;

/// A library that its host calls.
pub(crate) const REACTOR: &str = r#"
    #[no_mangle]
    pub extern "C" fn call(what: u32) -> u32 {
        println!("called with {what}");
        match what {
            7 => panic!("seven"),
            8 => std::process::exit(3),
            _ => what + 1,
        }
    }
"#;

/// How a command ends: its argument, the state of the instance, and words of the report's
/// message.
pub(crate) const ENDS: [(&str, u32, &str); 6] = [
    ("", 0, ""),
    // The host ends it: no failure.
    ("exit", 0, ""),
    ("panic", 1, "seven of 2"),
    ("abort", 2, ""),
    ("alloc", 3, "memory allocation of 2147483647 bytes failed"),
    // Noticed at the next crossing, of which there may be none.
    ("stack", 0, ""),
];
