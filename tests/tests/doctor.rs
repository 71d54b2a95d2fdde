//! `unpoison doctor` in a project: what a person is told who has forgotten something.

use std::path::Path;
use std::process::Command;
use unpoison_tests::links::toolchain;
use unpoison_tests::pages;
use xtask::{run, tools};

const TARGET: &str = "wasm32-unknown-unknown";

/// A project with a configuration.
fn project(config: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(".cargo")).unwrap();
    std::fs::write(dir.path().join(".cargo/config.toml"), config).unwrap();
    dir
}

/// The lines, and whether all is well.
fn doctor(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> (Vec<String>, bool) {
    let mut command = Command::new(tools::unpoison().unwrap());
    run::without_outer_cargo(&mut command);
    let programs = toolchain().rustc.parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path)));
    command.env("PATH", path.unwrap()).current_dir(folder).arg("doctor").args(words);
    let output = run::output(command.envs(variables.iter().copied())).unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    (text.lines().map(str::to_owned).collect(), output.status.success())
}

fn config() -> String {
    let linker = tools::unpoison().unwrap().display().to_string();
    format!(
        "[target.{TARGET}]\nlinker = {linker:?}\nrustflags = [\"-Clink-arg=--unpoison-guard=off\"]\n"
    )
}

#[test]
fn a_project_that_is_well() {
    let dir = project(&config());
    let (lines, good) = doctor(dir.path(), &[], &[]);
    assert!(good, "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with("ok ")), "{lines:#?}");
    for words in [
        "the standard library for wasm32-unknown-unknown",
        "a trial link: the module is protected",
        "option --unpoison-guard=off",
    ] {
        assert!(lines.iter().any(|line| line.contains(words)), "{words}: {lines:#?}");
    }
    let linked = |line: &String| line.contains("cargo links by") && line.contains(TARGET);
    assert!(lines.iter().any(linked), "{lines:#?}");
}

#[test]
fn a_project_that_forgot_the_line() {
    let dir = project("");
    let (lines, good) = doctor(dir.path(), &[], &[]);
    assert!(!good, "{lines:#?}");
    let [.., error, way_out] = &lines[..] else { panic!("{lines:#?}") };
    assert!(error.starts_with("error    cargo does not link"), "{lines:#?}");
    assert!(way_out.contains("linker = \"unpoison\""), "{lines:#?}");
}

#[test]
fn a_variable_that_hides_the_flags_of_the_project() {
    let dir = project(&config());
    let (lines, good) = doctor(dir.path(), &[], &[("RUSTFLAGS", "-Dwarnings")]);
    // The linker is configured all the same.
    assert!(good, "{lines:#?}");
    let warning = "warning  cargo takes no notice of [target] rustflags \
                   (-Clink-arg=--unpoison-guard=off): RUSTFLAGS is set";
    assert!(lines.iter().any(|line| line == warning), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("option")), "{lines:#?}");
}

#[test]
fn what_a_compiler_lacks() {
    let dir = project(&config());
    let (lines, good) = doctor(dir.path(), &[], &[("UNPOISON_STUBS_WITHOUT", "payload")]);
    assert!(good, "{lines:#?}");
    let lacks = "warning  the runtime stubs lack a layer with this compiler: `payload`";
    assert!(lines.iter().any(|line| line.starts_with(lacks)), "{lines:#?}");

    let (lines, good) = doctor(dir.path(), &["--target", "wasm32-nothing"], &[]);
    assert!(!good, "{lines:#?}");
    let missing = lines.iter().position(|l| l == "error    no standard library for wasm32-nothing");
    assert_eq!(lines[missing.unwrap() + 1].trim_start(), "rustup target add wasm32-nothing");
}

/// The page shows such a warning.
#[test]
fn the_page_shows_what_is_said() {
    let page = std::fs::read_to_string(run::root().join("docs/options.md")).unwrap();
    let dir = project(&config());
    let (lines, _) = doctor(dir.path(), &[], &[("RUSTFLAGS", "-Dwarnings")]);
    let shown = pages::block(pages::section(&page, "Is it on?"), "text");
    assert!(lines.join("\n").contains(shown.trim_end()), "{lines:#?}");
}
