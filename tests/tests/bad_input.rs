//! What cannot be linked: a short error that says why, and nothing left behind.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use unpoison_tests::inspect;
use unpoison_tests::links::{Pair, read, silent, toolchain};
use xtask::fixture::Point;
use xtask::{record, run, tools};

/// The longest first line of an error that a person reads below rustc's dump.
const SHORT: usize = 200;

/// A link of the small fixture in a folder of its own, to be spoilt.
struct Spoilt {
    pair: Pair,
    dir: tempfile::TempDir,
}

impl Spoilt {
    fn new() -> Self {
        let mut pair = Pair::plain("small", Point::RELEASE).unwrap();
        let dir = tempfile::tempdir().unwrap();
        pair.link = pair.link.copy_to(&dir.path().join("in")).unwrap();
        std::fs::create_dir(dir.path().join("out")).unwrap();
        Self { pair, dir }
    }

    fn output(&self) -> PathBuf {
        self.dir.path().join("out").join("small.wasm")
    }

    fn link(&self) -> Command {
        self.link_to(&self.output())
    }

    fn link_to(&self, output: &Path) -> Command {
        let unpoison = tools::unpoison().unwrap();
        self.pair.link.unpoison(toolchain(), &unpoison, output).unwrap()
    }

    fn input(&self, extension: &str) -> PathBuf {
        let inputs = self.pair.link.inputs();
        let found = inputs.into_iter().find(|i| i.extension().is_some_and(|e| e == extension));
        found.unwrap_or_else(|| panic!("the link has no .{extension}"))
    }

    /// The link fails for the reason that `words` say, and leaves the output's folder
    /// as empty as it was.
    fn fails(&self, command: &mut Command, words: &[&str]) {
        let said = fails(command, words);
        let left: Vec<_> = std::fs::read_dir(self.dir.path().join("out")).unwrap().collect();
        assert!(left.is_empty(), "left behind: {left:?}; {said}");
    }
}

/// Checks a failure's exit code and words; answers all that was said.
fn fails(command: &mut Command, words: &[&str]) -> String {
    // Temporary files anywhere else would go here.
    let temp = tempfile::tempdir().unwrap();
    let output = run::output(command.env("TMPDIR", temp.path())).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it succeeded: {}", run::shown(command));
    assert!(output.status.code().is_some(), "it crashed: {said}");
    assert!(output.stdout.is_empty(), "on stdout: {}", String::from_utf8_lossy(&output.stdout));
    let line = error_line(&said);
    assert!(line.chars().count() < SHORT, "{} characters: {line}", line.chars().count());
    for word in words {
        assert!(said.to_lowercase().contains(&word.to_lowercase()), "no `{word}` in: {said}");
    }
    assert!(!said.contains("panicked at"), "{said}");
    let left: Vec<_> = std::fs::read_dir(temp.path()).unwrap().collect();
    assert!(left.is_empty(), "left behind in the temporary folder: {left:?}");
    said
}

/// unpoison's own line. rust-lld's words, where it was the one that failed, may stand
/// above it.
fn error_line(said: &str) -> &str {
    let line = said.lines().find(|line| line.starts_with("unpoison: error: "));
    line.unwrap_or_else(|| panic!("no line `unpoison: error: …` in: {said}"))
}

#[test]
fn the_link_that_is_spoilt_below_is_sound() {
    let link = Spoilt::new();
    silent(&mut link.link()).unwrap();
    inspect::check(&link.pair.plain, &link.output()).unwrap();
    let left: Vec<_> = std::fs::read_dir(link.dir.path().join("out")).unwrap().collect();
    assert_eq!(left.len(), 1, "more than the module: {left:?}");
}

#[test]
fn a_corrupt_object() {
    let link = Spoilt::new();
    let object = link.input("o");
    let mut bytes = read(&object).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xa5);
    std::fs::write(&object, bytes).unwrap();
    // Some versions of rust-lld say what is wrong with it, in some it ends LLVM.
    link.fails(&mut link.link(), &["rust-lld ", "its message is above"]);
}

#[test]
fn an_object_that_is_text() {
    let link = Spoilt::new();
    std::fs::write(link.input("o"), "this is no object").unwrap();
    link.fails(&mut link.link(), &["rust-lld failed"]);
}

#[test]
fn a_truncated_archive() {
    let link = Spoilt::new();
    let archive = link.input("rlib");
    let bytes = read(&archive).unwrap();
    std::fs::write(&archive, &bytes[..bytes.len() / 2]).unwrap();
    link.fails(&mut link.link(), &["rust-lld failed"]);
}

#[test]
fn a_missing_object() {
    let link = Spoilt::new();
    std::fs::remove_file(link.input("o")).unwrap();
    link.fails(&mut link.link(), &["rust-lld failed"]);
}

#[test]
fn rust_lld_is_missing_where_it_was_said_to_be() {
    let link = Spoilt::new();
    let nowhere = link.dir.path().join("no-such-lld");
    link.fails(link.link().env("UNPOISON_LLD", &nowhere), &["rust-lld", "no-such-lld"]);
}

#[test]
fn rust_lld_is_missing_everywhere() {
    let link = Spoilt::new();
    let mut command = link.link();
    command.env_remove("UNPOISON_LLD").env("PATH", link.dir.path().join("empty"));
    link.fails(&mut command, &["rust-lld", "UNPOISON_LLD"]);
}

#[test]
fn rust_lld_fails_on_an_unknown_flag() {
    let link = Spoilt::new();
    link.fails(link.link().arg("--no-such-flag"), &["rust-lld failed", "no-such-flag"]);
}

#[test]
fn rust_lld_fails_on_an_undefined_symbol() {
    let link = Spoilt::new();
    // rustc allows undefined functions; an entry point must be there all the same.
    link.fails(link.link().arg("--entry=no_such_entry"), &["rust-lld failed", "no_such_entry"]);
}

#[test]
fn rust_lld_s_exit_code_is_kept() {
    let link = Spoilt::new();
    let plain = |command: &mut Command| run::output(command).unwrap().status.code();
    let mut bare = link.pair.link.plain(toolchain(), &link.output()).unwrap();
    let code = plain(bare.arg("--no-such-flag"));
    assert_eq!(plain(link.link().arg("--no-such-flag")), code);
}

#[test]
fn the_output_s_folder_is_missing() {
    let link = Spoilt::new();
    let output = link.dir.path().join("nowhere").join("small.wasm");
    link.fails(&mut link.link_to(&output), &["nowhere"]);
}

#[test]
fn the_output_s_folder_is_a_file() {
    let link = Spoilt::new();
    let file = link.dir.path().join("file");
    std::fs::write(&file, "kept").unwrap();
    link.fails(&mut link.link_to(&file.join("small.wasm")), &["file"]);
    assert_eq!(read(&file).unwrap(), b"kept");
}

/// `/proc` takes no new file, not even root's.
#[cfg(target_os = "linux")]
#[test]
fn the_output_s_folder_is_read_only() {
    let link = Spoilt::new();
    link.fails(&mut link.link_to(Path::new("/proc/small.wasm")), &["/proc"]);
}

/// A failed link leaves an older module in place: cargo treats it as stale anyway.
#[test]
fn an_older_output_is_not_half_overwritten() {
    let link = Spoilt::new();
    std::fs::write(link.output(), "older").unwrap();
    fails(link.link().arg("--no-such-flag"), &["rust-lld failed"]);
    let bytes = std::fs::read(link.output());
    assert!(bytes.is_err() || bytes.unwrap() == b"older");
}

#[test]
fn the_stub_cache_is_not_a_folder() {
    let link = Spoilt::new();
    let file = link.dir.path().join("cache");
    std::fs::write(&file, "kept").unwrap();
    link.fails(link.link().env("UNPOISON_CACHE", &file), &["cache"]);
    assert_eq!(read(&file).unwrap(), b"kept");
}

/// A home that cannot be written is no reason to fail: only a cache that was asked
/// for by name is.
#[test]
fn a_home_that_is_not_writable_is_no_failure() {
    let link = Spoilt::new();
    let mut command = link.link();
    for home in ["HOME", "XDG_CACHE_HOME"] {
        command.env(home, "/proc/no-such-home");
    }
    silent(&mut command).unwrap();
    inspect::check(&link.pair.plain, &link.output()).unwrap();
}

#[test]
fn an_unknown_option() {
    let link = Spoilt::new();
    let known = ["--unpoison-abort", "--unpoison-guard", "--unpoison-sites"];
    let words = [&["--unpoison-gaurd"], &known[..]].concat();
    link.fails(link.link().arg("--unpoison-gaurd=off"), &words);
}

#[test]
fn a_value_that_an_option_does_not_have() {
    let link = Spoilt::new();
    link.fails(link.link().arg("--unpoison-abort=maybe"), &["maybe", "throw", "trap"]);
    link.fails(link.link().arg("--unpoison-guard=yes"), &["yes", "on", "off"]);
    link.fails(link.link().arg("--unpoison-sites=all"), &["all", "embed", "file", "none"]);
}

#[test]
fn a_link_that_is_not_wasm() {
    let link = Spoilt::new();
    let unpoison = tools::unpoison().unwrap();
    let object = link.input("o");
    let gcc: [OsString; 6] = [
        "-m64".into(),
        object.into(),
        "-Wl,--as-needed".into(),
        "-lc".into(),
        "-o".into(),
        link.output().into(),
    ];
    let mut command = record::linker(toolchain(), &unpoison).unwrap();
    link.fails(command.args(gcc), &["not for wasm", "wasm32-unknown-unknown"]);
    let elf: [OsString; 4] = ["-flavor".into(), "gnu".into(), "-o".into(), link.output().into()];
    let mut command = record::linker(toolchain(), &unpoison).unwrap();
    link.fails(command.args(elf), &["not for wasm"]);
}

/// A module without Rust's panic machinery is linked, and left as it is.
#[test]
fn a_module_without_rust_s_panics() {
    let link = Spoilt::new();
    let source = link.dir.path().join("bare.rs");
    std::fs::write(
        &source,
        "#![no_std]\n#![no_main]\n#[panic_handler]\nfn p(_: &core::panic::PanicInfo) -> ! { loop {} }\n\
         #[unsafe(no_mangle)] pub extern \"C\" fn add(a: i32, b: i32) -> i32 { a.wrapping_add(b) }\n",
    )
    .unwrap();
    let object = link.dir.path().join("bare.o");
    let mut rustc = Command::new(&toolchain().rustc);
    rustc.args(["--target", "wasm32-unknown-unknown", "--edition", "2024", "-O"]);
    rustc.args(["--crate-type", "lib", "--emit", "obj", "-o"]).arg(&object).arg(&source);
    run::quiet(&mut rustc).unwrap();

    let modules: Vec<Vec<u8>> = [toolchain().lld().unwrap(), tools::unpoison().unwrap()]
        .iter()
        .map(|program| {
            let mut command = record::linker(toolchain(), program).unwrap();
            command.args(["-flavor", "wasm", "--no-entry", "--export=add", "-o"]);
            silent(command.arg(link.output()).arg(&object)).unwrap();
            let module = read(&link.output()).unwrap();
            std::fs::remove_file(link.output()).unwrap();
            module
        })
        .collect();
    assert!(inspect::exports(&modules[0]).unwrap().contains(&"add".to_owned()));
    assert!(modules[0] == modules[1], "{} and {} bytes", modules[0].len(), modules[1].len());
}

/// A linker of the user's, which writes its output in a way of its own, or not at all.
#[cfg(unix)]
#[test]
fn linkers_that_write_as_they_like() {
    use std::os::unix::fs::PermissionsExt;
    let link = Spoilt::new();
    let lld = toolchain().lld().unwrap();
    // rust-lld writes the file's name into the module.
    let made = link.dir.path().join("made").join("small.wasm");
    std::fs::create_dir(made.parent().unwrap()).unwrap();
    let wrapped = |does: &str| {
        let script = link.dir.path().join("wasm-ld-of-mine");
        // The real one makes `made`; `$out` is where unpoison wants it.
        let text = format!(
            "#!/bin/sh\nset -e\nmade={}\n'{}' -flavor wasm \"$@\" -o $made\n\
             for word; do if [ \"$last\" = -o ]; then out=$word; fi; last=$word; done\n{does}\n",
            made.display(),
            lld.display(),
        );
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = link.link();
        command.env("UNPOISON_LLD", script);
        command
    };
    silent(&mut link.link()).unwrap();
    let module = read(&link.output()).unwrap();
    for does in [
        "cp $made $out",
        "cat $made > $out",
        // In pieces, the second of which comes late.
        "{ head -c 3000 $made; sleep 0.2; tail -c +3001 $made; } > $out",
        "mv -f $made $out",
        "rm $out; cp $made $out",
    ] {
        std::fs::remove_file(link.output()).unwrap();
        silent(&mut wrapped(does)).unwrap();
        assert!(read(&link.output()).unwrap() == module, "{does}");
    }
    std::fs::remove_file(link.output()).unwrap();
    link.fails(&mut wrapped("exit 0"), &["rust-lld wrote nothing"]);
    link.fails(&mut wrapped(": > $out"), &["rust-lld wrote nothing"]);
    link.fails(&mut wrapped("head -c 3000 $made > $out; exit 3"), &["rust-lld failed", "3"]);
    link.fails(&mut wrapped("cat $made > $out; exit 3"), &["rust-lld failed", "3"]);
    link.fails(&mut wrapped("head -c 3000 $made > $out; kill -9 $$"), &["rust-lld ", "signal"]);
    link.fails(&mut wrapped("head -c 3000 $made > $out"), &["module"]);
}

/// Called by hand without arguments it explains itself.
#[test]
fn no_arguments() {
    let unpoison = tools::unpoison().unwrap();
    let output: Output = run::output(&mut Command::new(unpoison)).unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    for word in ["linker", "cargo", ".cargo/config.toml"] {
        assert!(said.contains(word), "no `{word}` in: {said}");
    }
}

/// The words of the linker below pass through.
#[test]
fn version_and_help_are_rust_lld_s() {
    let unpoison = tools::unpoison().unwrap();
    for flag in ["--version", "--help"] {
        let said = |program: &Path| {
            let mut command = record::linker(toolchain(), program).unwrap();
            run::quiet(command.args(["-flavor", "wasm", flag])).unwrap()
        };
        let lld = said(&toolchain().lld().unwrap());
        assert!(lld.contains("LLD") || lld.contains("--gc-sections"), "{lld}");
        assert_eq!(said(&unpoison), lld, "{flag}");
    }
}

/// `unpoison check FILE | head -1`: who reads stops in the middle.
#[test]
fn a_reader_that_leaves_is_no_failure() {
    let spoilt = Spoilt::new();
    let module = spoilt.output();
    run::quiet(&mut spoilt.link()).unwrap();
    let plain = &spoilt.pair.plain;
    for (words, modules) in [
        (&["--unpoison-help"][..], &[][..]),
        (&["--unpoison-version"], &[]),
        (&["check"], &[plain]),
        (&["check"], &[&module]),
        (&["inspect"], &[&module]),
        (&["inspect", "--json"], &[&module]),
        (&["inspect", "--plan"], &[plain]),
        (&["check", "--diff"], &[&module, &module]),
        (&["sysroot", "list"], &[]),
        (&[], &[]),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(tools::unpoison().unwrap());
        command.args(words).args(modules).stdout(writer.try_clone().unwrap()).stderr(writer);
        let status = command.status().unwrap();
        // A panic's is 101; a signal has none.
        assert!(status.code().is_some_and(|code| code <= 2), "{words:?}: {status}");
    }
}
