//! A linker that writes down what rustc asked of it, then lets rust-lld do it.

fn main() -> std::process::ExitCode {
    xtask::record::main()
}
