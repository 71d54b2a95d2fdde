//! What cannot be built: a short error with the way out, and nothing left behind.

use crate::{Small, error_of};
use unpoison_tests::links::toolchain;
use xtask::run;
use xtask::sysroot;

#[test]
fn a_flavour_or_a_word_that_there_is_not() {
    let small = Small::new();
    for words in [&["--eh", "sjlj"][..], &["--no-such"], &["no-such"]] {
        let output = run::output(&mut small.command(words)).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("--help"), "{said}");
    }
    let output = run::output(&mut small.command(&["--eh", "sjlj"])).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("legacy") && said.contains("exnref"), "{said}");
}

#[test]
fn help_explains_it() {
    let small = Small::new();
    let said = small.run(&["list", "--help"]);
    assert!(said.contains("unpoison sysroot list"), "{said}");
    let mut help = sysroot::command(toolchain(), &small.data()).unwrap();
    let said = run::quiet(help.arg("-h")).unwrap();
    for word in ["--write", "--eh", "list", "path", "remove", "Examples"] {
        assert!(said.contains(word), "no `{word}` in: {said}");
    }
}

#[test]
fn the_page_explains_every_option() {
    let small = Small::new();
    let page = std::fs::read_to_string(run::root().join("docs/sysroot.md")).unwrap();
    let said = small.run(&["build", "--help"]);
    let options = said.split([' ', '[', '`', '\n']).filter(|word| word.starts_with("--"));
    for option in options.filter(|option| *option != "--help") {
        let option = option.trim_end_matches(|c: char| !c.is_alphanumeric());
        assert!(page.contains(&format!("| `{option}")), "no {option} on the page");
    }
}

#[test]
fn a_toolchain_or_a_target_that_there_is_not() {
    let small = Small::new();
    let said = error_of(&mut small.command(&["--toolchain", "no-such-toolchain"]));
    assert!(said.contains("no-such-toolchain"), "{said}");
    let said = error_of(&mut small.command(&["--toolchain", "/no/such/folder"]));
    assert!(said.contains("/no/such/folder"), "{said}");
    let said = error_of(&mut small.command(&["--target", "x86_64-unknown-linux-gnu"]));
    assert!(said.contains("wasm32-unknown-unknown"), "{said}");
    assert_eq!(small.kept(), [""; 0]);
}

/// A compiler that rustup does not know, without the library's source.
#[cfg(unix)]
#[test]
fn no_source() {
    use std::os::unix::fs::PermissionsExt;
    let small = Small::new();
    let fake = small.dir.path().join("toolchain");
    std::fs::create_dir_all(fake.join("bin")).unwrap();
    let rustc = fake.join("bin/rustc");
    let real = xtask::toolchain::sysroot(&toolchain().rustc).unwrap().join("bin/rustc");
    let script =
        format!("#!/bin/sh\nexec '{}' --sysroot '{}' \"$@\"\n", real.display(), fake.display());
    std::fs::write(&rustc, script).unwrap();
    std::fs::set_permissions(&rustc, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = sysroot::command(toolchain(), &small.data()).unwrap();
    let said = error_of(command.arg("--toolchain").arg(&fake));
    assert!(said.contains("rustup component add rust-src") && said.contains("--src"), "{said}");
    assert_eq!(small.kept(), [""; 0]);
}

#[test]
fn a_source_that_is_not_the_compiler_s() {
    let small = Small::new();
    std::fs::write(small.dir.path().join("source/version"), "1.2.3 (abcdef 2020-01-01)").unwrap();
    let said = error_of(&mut small.command(&[]));
    assert!(said.contains("1.2.3"), "{said}");
    let mut command = sysroot::command(toolchain(), &small.data()).unwrap();
    let said = error_of(command.args(["--src", "/no/such/folder"]));
    assert!(said.contains("/no/such/folder"), "{said}");
    assert_eq!(small.kept(), [""; 0]);
}

/// The source is never written to; `--locked` insists on its lock.
#[test]
fn a_source_without_a_lock() {
    let small = Small::new();
    for lock in ["Cargo.lock", "sysroot/Cargo.lock"] {
        std::fs::remove_file(small.workspace().join(lock)).unwrap();
    }
    let said = error_of(&mut small.command(&["--locked"]));
    assert!(said.contains("Cargo.lock"), "{said}");
    small.run(&[]);
    assert!(!small.workspace().join("sysroot/Cargo.lock").exists());
}

#[test]
fn a_library_that_does_not_compile() {
    let small = Small::new();
    std::fs::write(small.workspace().join("sysroot/src/lib.rs"), "#![no_std]\nfn f() { x }")
        .unwrap();
    let said = error_of(&mut small.command(&[]));
    assert!(said.contains("cannot find value `x`"), "{said}");
    let log = said.rsplit_once(" are in ").unwrap().1;
    assert!(std::fs::read_to_string(log).unwrap().contains("cannot find value"), "{log}");
    assert_eq!(small.kept(), [""; 0]);
    std::fs::write(small.workspace().join("sysroot/src/lib.rs"), crate::LANDING_PAD).unwrap();
    small.run(&[]);
    assert!(!std::path::Path::new(log).exists());
}

#[test]
fn no_network() {
    let small = Small::new();
    let manifest = format!("{}[dependencies]\nhashbrown = \"=0.16.1\"\n", crate::MANIFEST);
    let lock = format!(
        "{} dependencies = [\"hashbrown\"]\n\n[[package]]\nname = \"hashbrown\"\nversion = \"0.16.1\"\n\
         source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
         checksum = \"841d1cc9bed7f9236f321df977030373f4a4163ae1a7dbfe1a51a2c1a51d9100\"\n",
        crate::LOCK
    );
    std::fs::write(small.workspace().join("sysroot/Cargo.toml"), manifest).unwrap();
    std::fs::write(small.workspace().join("sysroot/Cargo.lock"), lock).unwrap();
    let mut command = small.command(&[]);
    // Nothing is downloaded yet, and a port that nobody listens on.
    command.env("CARGO_HOME", small.dir.path().join("home")).env("CARGO_NET_RETRY", "0");
    for proxy in ["CARGO_HTTP_PROXY", "https_proxy", "HTTPS_PROXY"] {
        command.env(proxy, "http://127.0.0.1:9");
    }
    let said = error_of(&mut command);
    assert!(said.contains("network"), "{said}");
    assert_eq!(small.kept(), [""; 0]);
}
