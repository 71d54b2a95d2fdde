//! Which of a list of rustc's flags the sysroot's own take the place of.

use std::ops::Range;

use super::eh::Eh;

/// Where in a list the flags are that ours replace: another sysroot, another panic
/// strategy, another flavour of exception handling. rustc takes `--sysroot` only once.
pub(crate) fn replaced(flags: &[&str]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < flags.len() {
        let length = length(&flags[at..]);
        if length > 0 {
            found.push(at..at + length);
        }
        at += length.max(1);
    }
    found
}

/// How many words the flag at the front has if it is one of those; else 0.
fn length(flags: &[&str]) -> usize {
    let next = flags.get(1).copied();
    match flags[0] {
        "--sysroot" => flags.len().min(2),
        "-C" | "--codegen" => match next {
            Some(option) if is_ours(option) => 2,
            _ => 0,
        },
        flag if flag.starts_with("--sysroot=") => 1,
        flag => {
            let option = flag.strip_prefix("--codegen=").or(flag.strip_prefix("-C"));
            usize::from(option.is_some_and(is_ours))
        }
    }
}

fn is_ours(option: &str) -> bool {
    // Others of LLVM's in the same word are left alone.
    let flavour = option.strip_prefix("llvm-args=").and_then(|a| a.strip_prefix(Eh::LLVM_ARG));
    option.starts_with("panic=") || flavour.is_some_and(|value| !value.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left<'a>(flags: &[&'a str]) -> Vec<&'a str> {
        let replaced = replaced(flags);
        let gone = |at: &usize| replaced.iter().any(|range| range.contains(at));
        (0..flags.len()).filter(|at| !gone(at)).map(|at| flags[at]).collect()
    }

    #[test]
    fn every_spelling_is_known() {
        for flags in [
            &["--sysroot", "/a"][..],
            &["--sysroot=/a"],
            &["-Cpanic=unwind"],
            &["-C", "panic=abort"],
            &["--codegen", "panic=abort"],
            &["--codegen=panic=abort"],
            &["-Cllvm-args=-wasm-use-legacy-eh=false"],
            &["-C", "llvm-args=-wasm-use-legacy-eh=true"],
            &["--sysroot"],
        ] {
            assert!(left(flags).is_empty(), "{flags:?}");
        }
    }

    #[test]
    fn others_are_left() {
        let flags =
            ["-C", "target-cpu=mvp", "--sysroot", "/a", "-Cllvm-args=-x", "-Clink-arg=-z", "-C"];
        assert_eq!(left(&flags), ["-C", "target-cpu=mvp", "-Cllvm-args=-x", "-Clink-arg=-z", "-C"]);
        let mixed = ["-Cllvm-args=-wasm-use-legacy-eh=true -x"];
        assert_eq!(left(&mixed), mixed);
    }
}
