//! The `unpoison` command; everything is in the library.

fn main() -> std::process::ExitCode {
    unpoison::main()
}
