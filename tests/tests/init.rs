//! `unpoison init`, in projects as people have them.

use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;
use unpoison_tests::links::toolchain;
use unpoison_tests::pages;
use xtask::{run, tools};

/// A project with this `Cargo.toml`, and a `src/lib.rs` that panics.
fn project(manifest: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("src")).unwrap();
    std::fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
    let source = "#[unsafe(no_mangle)]\npub extern \"C\" fn fail() { panic!(\"it failed\") }\n";
    std::fs::write(dir.path().join("src/lib.rs"), source).unwrap();
    dir
}

fn package(dependencies: &str) -> String {
    format!(
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\n[dependencies]\n{dependencies}"
    )
}

fn init(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(tools::unpoison().unwrap());
    run::output(command.arg("init").args(args).current_dir(folder)).unwrap()
}

fn said(folder: &Path, args: &[&str]) -> String {
    let output = init(folder, args);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn config(folder: &Path) -> String {
    std::fs::read_to_string(folder.join(".cargo/config.toml")).unwrap()
}

const LINES: &str = "[target.wasm32-unknown-unknown]\nlinker = \"unpoison\"\n";

/// As a newcomer does it: `cargo build` is all that follows.
#[test]
fn a_project_is_linked_by_unpoison_from_then_on() {
    let project = project(&package(""));
    let text = said(project.path(), &[]);
    assert!(text.starts_with("wrote .cargo/config.toml\nnext:\n- unpoison doctor"), "{text}");
    assert_eq!(config(project.path()), LINES);
    let again = said(project.path(), &[]);
    assert!(again.starts_with(".cargo/config.toml says so already\n"), "{again}");
    assert_eq!(config(project.path()), LINES);

    let unpoison = tools::unpoison().unwrap();
    let mut cargo = toolchain().cargo("build", project.path());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let bin = unpoison.parent().unwrap().to_owned();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path)));
    cargo.arg("--release").env("PATH", path.unwrap());
    run::quiet(&mut cargo).unwrap();
    let module = project.path().join("target/wasm32-unknown-unknown/release/app.wasm");
    let checked = run::quiet(Command::new(unpoison).arg("check").arg(module)).unwrap();
    assert!(checked.contains("is protected: 1 export is guarded"), "{checked}");
}

#[test]
fn what_is_there_stays_there() {
    let project = project(&package(""));
    let folder = project.path().join(".cargo");
    std::fs::create_dir(&folder).unwrap();
    let old = "# mine\n[build]\ntarget = \"wasm32-wasip1\" # always\n\n\
               [target.wasm32-wasip1]\nrunner = \"wasmtime\"\nrustflags = [\"-Ca=b\"]\n";
    std::fs::write(folder.join("config.toml"), old).unwrap();
    said(project.path(), &[]);
    assert_eq!(config(project.path()), format!("{old}linker = \"unpoison\"\n"));
    // Another linker is not taken away, and that is said.
    let other = old.replace("runner = \"wasmtime\"", "linker = \"wild\"");
    std::fs::write(folder.join("config.toml"), &other).unwrap();
    let text = said(project.path(), &[]);
    assert!(text.contains("the linker stays wild"), "{text}");
    assert_eq!(config(project.path()), other);
}

#[test]
fn it_knows_what_the_project_is() {
    for (dependencies, wanted) in [
        ("worker = \"0.8\"\nwasm-bindgen = \"0.2\"\n", "npx unpoison worker-build --release"),
        ("leptos = { version = \"0.8\", features = [\"csr\"] }\n", "docs/frameworks.md"),
        ("wasm-bindgen = \"0.2\"\n", "recoverBindgen(glue)"),
        ("extism-pdk = \"1\"\n", "docs/extism.md"),
        ("serde = \"1\"\n", "recover(module)"),
    ] {
        let project = project(&package(dependencies));
        let text = said(project.path(), &[]);
        assert!(text.contains(wanted), "{dependencies}: {text}");
    }
}

#[test]
fn the_page_shows_what_is_said() {
    let page = std::fs::read_to_string(run::root().join("docs/options.md")).unwrap();
    let shown = pages::block(pages::section(&page, "Into a project"), "text");
    let project = project(&package("wasm-bindgen = \"0.2\"\n"));
    assert_eq!(said(project.path(), &[]).trim_end(), shown);
}

#[test]
fn in_a_workspace_it_is_the_workspace_that_is_configured() {
    let workspace = project("[workspace]\nmembers = [\"app\"]\n");
    let member = workspace.path().join("app");
    std::fs::create_dir_all(member.join("src")).unwrap();
    std::fs::write(member.join("Cargo.toml"), package("wasm-bindgen = \"0.2\"\n")).unwrap();
    for folder in [&member.join("src"), workspace.path()] {
        let text = said(folder, &[]);
        assert!(text.contains("recoverBindgen"), "{}: {text}", folder.display());
    }
    assert_eq!(config(workspace.path()), LINES);
    assert!(!member.join(".cargo").exists());
}

#[test]
fn what_cannot_be_done_is_one_sentence_and_nothing_is_written() {
    let nowhere = tempfile::tempdir().unwrap();
    let with_config = |text: &str| {
        let project = project(&package(""));
        std::fs::create_dir(project.path().join(".cargo")).unwrap();
        std::fs::write(project.path().join(".cargo/config.toml"), text).unwrap();
        project
    };
    let (plain, broken) = (project(&package("")), with_config("[target\n"));
    let odd = with_config("target = 1\n");
    for (project, args, wanted) in [
        (&nowhere, &[][..], "there is no Cargo.toml here"),
        (&plain, &["--target", "x86_64-unknown-linux-gnu"], "unpoison links wasm32 targets"),
        (&plain, &["--target"], "init takes --target with a name"),
        (&plain, &["--nonsense"], "init takes --target with a name"),
        (&broken, &[], "config.toml"),
        (&odd, &[], "`target` is not a table"),
    ] {
        let before = std::fs::read(project.path().join(".cargo/config.toml")).ok();
        let output = init(project.path(), args);
        assert_eq!(output.status.code(), Some(1), "{wanted}: {output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with("unpoison: error: ") && text.contains(wanted), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(std::fs::read(project.path().join(".cargo/config.toml")).ok(), before);
    }
}
