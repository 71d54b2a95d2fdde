//! The lines in a config file, and whose settings count for the library's own build.

use crate::{Small, error_of};

const THEIRS: &str = "\
# ours
[build]
target-dir = \"elsewhere\"

[target.wasm32-unknown-unknown] # wasm
runner = \"run-it\"
rustflags = [
    # small
    \"-Ctarget-cpu=mvp\",
    \"--sysroot\", \"/an/older/one\",
]
";

#[test]
fn write_keeps_the_rest_and_says_it_once() {
    let small = Small::new();
    let file = small.dir.path().join(".cargo/config.toml");
    let read = || std::fs::read_to_string(&file).unwrap();
    assert_eq!(small.run(&["--write"]), "");
    assert_eq!(read(), small.run(&[]));

    std::fs::write(&file, THEIRS).unwrap();
    small.run(&["--write"]);
    let first = read();
    for line in THEIRS.lines().filter(|line| !line.contains("older")) {
        assert!(first.contains(line), "no `{line}` in {first}");
    }
    assert!(!first.contains("older"), "{first}");
    small.run(&["--write", ".cargo/config.toml"]);
    assert_eq!(read(), first);
    // Another flavour takes its place.
    small.run(&["--write", "--eh", "exnref"]);
    assert_eq!(read().matches("--sysroot").count(), 1, "{}", read());
    assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_config_file_that_is_none() {
    let small = Small::new();
    let file = small.dir.path().join("broken.toml");
    std::fs::write(&file, "[target\n").unwrap();
    let said = error_of(&mut small.command(&["--write", "broken.toml"]));
    assert!(said.contains("broken.toml"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "[target\n");
}

/// Settings for the user's builds would break the library's.
#[test]
fn a_project_s_own_settings_do_not_count() {
    let small = Small::new();
    let config = small.dir.path().join(".cargo/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(
        &config,
        "[build]\ntarget = \"no-such-target\"\nrustflags = [\"-Cno-such\"]\n\
         [target.wasm32-unknown-unknown]\nlinker = \"no-such\"\nrustflags = [\"-Cno-such\"]\n\
         [profile.dist]\nopt-level = \"no-such\"\n",
    )
    .unwrap();
    let mut command = small.command(&[]);
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    ] {
        command.env(name, "-Cno-such");
    }
    command.env("CARGO_BUILD_TARGET", "no-such-target").env("RUSTC_WRAPPER", "no-such");
    command.env("CARGO_TARGET_DIR", small.dir.path().join("elsewhere"));
    xtask::run::quiet(&mut command).unwrap();
    assert!(!small.dir.path().join("elsewhere").exists());
}
