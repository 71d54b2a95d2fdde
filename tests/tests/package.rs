//! What is published: each crate holds its source, and compiles without the repository around it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::links::toolchain;
use xtask::{dist, run, toolchain, tools};

/// A crate that is published.
struct Published {
    name: &'static str,
    folder: &'static str,
    /// A file of source outside of `src`.
    more: Option<&'static str>,
}

const CRATES: &[Published] = &[
    Published { name: "unpoison-runtime-stubs", folder: "runtime-stubs", more: Some("source.rs") },
    Published { name: "unpoison-sysroot", folder: "linker/sysroot", more: None },
    Published { name: "unpoison", folder: "linker", more: None },
    Published { name: "unpoison-wasmtime", folder: "hosts/wasmtime", more: None },
];

/// `cargo package`, which takes what is not committed, too: a test is no release.
fn package(args: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    run::without_outer_cargo(&mut cargo).env("CARGO_TARGET_DIR", run::target_dir());
    cargo.args(["package", "--locked", "--quiet", "--allow-dirty"]).args(args);
    cargo.current_dir(run::root());
    cargo
}

/// The files below a folder of a package, as cargo names them.
fn below(package: &Path, folder: &str) -> BTreeSet<String> {
    let files = run::files_below(&package.join(folder)).unwrap().into_iter();
    let name = |file: PathBuf| {
        let parts = file.strip_prefix(package).unwrap().iter();
        parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    files.map(name).collect()
}

#[test]
fn a_crate_holds_its_source_and_nothing_else() {
    for Published { name, folder, more } in CRATES {
        let folder = run::root().join(folder);
        let listed = run::quiet(&mut package(&["--list", "--package", name])).unwrap();
        let listed = listed.lines().map(|line| line.replace('\\', "/"));
        // Which commit it is of: where git is.
        let listed: BTreeSet<_> = listed.filter(|file| file != ".cargo_vcs_info.json").collect();
        let mut wanted: BTreeSet<_> =
            ["Cargo.lock", "Cargo.toml", "Cargo.toml.orig", "README.md"].map(String::from).into();
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let read = |at: &Path| std::fs::read(at.join(licence)).unwrap();
            assert!(read(&folder) == read(&run::root()), "{name}: another {licence}");
            wanted.insert(licence.to_owned());
        }
        wanted.extend(below(&folder, "src"));
        wanted.extend(more.map(str::to_owned));
        assert_eq!(listed, wanted, "{name}: left, packed; right, wanted");
    }
}

/// With the packages it is made of. Not the crate for wasmtime, which takes minutes to compile
/// and needs nothing of the repository.
#[test]
fn the_linker_compiles_of_its_package() {
    let parts = ["unpoison-runtime-stubs", "unpoison-sysroot", "unpoison"];
    let mut verify =
        package(&parts.map(|name| format!("--package={name}")).each_ref().map(String::as_str));
    // As the workspace builds its dependencies: where those are built, they are taken.
    verify.env("CARGO_PROFILE_DEV_DEBUG", "false").env("CARGO_PROFILE_DEV_INCREMENTAL", "false");
    run::quiet(&mut verify).unwrap();
}

#[test]
fn what_registries_show_of_a_crate_is_there() {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--no-deps", "--locked", "--format-version=1"]);
    let said = run::quiet(cargo.current_dir(run::root())).unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&said).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let published: BTreeSet<_> = packages
        .iter()
        .filter(|package| package["publish"].is_null())
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    assert_eq!(published, CRATES.iter().map(|one| one.name).collect());
    for package in packages.iter().filter(|package| package["publish"].is_null()) {
        for field in ["description", "documentation", "license", "readme", "rust_version"] {
            assert!(package[field].is_string(), "{}: no {field}", package["name"]);
        }
        for (field, most) in [("keywords", 5), ("categories", 5)] {
            let count = package[field].as_array().map_or(0, Vec::len);
            assert!((1..=most).contains(&count), "{}: {count} {field}", package["name"]);
        }
    }
}

/// Beside the packages of a release, which `cargo xtask dist` makes of the same list.
#[test]
fn the_npm_package_holds_what_programs_import_and_nothing_else() {
    let folder = run::root().join("hosts/js");
    let packed: BTreeSet<_> = dist::npm::packed(&folder).unwrap().into_iter().collect();
    let mut wanted: BTreeSet<_> =
        ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"].map(String::from).into();
    for part in ["bin", "dist", "src"] {
        wanted.extend(below(&folder, part));
    }
    assert_eq!(packed, wanted, "left, packed; right, wanted");
}

/// `npx unpoison` in a project of npm's, with the packages that a release consists of.
#[test]
fn npm_brings_the_linker() {
    let dir = tempfile::tempdir().unwrap();
    let host = toolchain::host(&toolchain().rustc).unwrap();
    dist::npm::write(dir.path(), &host, &tools::unpoison().unwrap()).unwrap();
    let packages: Vec<_> =
        std::fs::read_dir(dir.path().join("npm")).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(packages.len(), 2, "{packages:?}");

    let project = dir.path().join("project");
    std::fs::create_dir(&project).unwrap();
    std::fs::write(project.join("package.json"), "{}").unwrap();
    std::fs::write(project.join("Cargo.toml"), "[package]\nname = \"app\"\n").unwrap();
    let called = |program: &str, args: &[&str]| {
        // npx and npm are scripts of a shell's there.
        let program = if cfg!(windows) { format!("{program}.cmd") } else { program.to_owned() };
        run::output(Command::new(program).args(args).current_dir(&project)).unwrap()
    };
    let said = |program: &str, args: &[&str]| {
        let output = called(program, args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let mut install = vec!["install", "--no-audit", "--no-fund", "--offline"];
    install.extend(packages.iter().map(|path| path.to_str().unwrap()));
    said("npm", &install);
    let version = format!("unpoison {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(said("npx", &["unpoison", "--version"]), version);
    assert!(said("npx", &["unpoison", "init"]).starts_with("wrote .cargo/config.toml\n"));
    let missing = called("npx", &["unpoison", "check", "no.wasm"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("cannot read no.wasm"));

    // Where npm was told to leave optional packages out.
    std::fs::remove_dir_all(project.join("node_modules/@unpoison")).unwrap();
    let without = called("npx", &["unpoison", "init"]);
    let stderr = String::from_utf8_lossy(&without.stderr).into_owned();
    assert!(!without.status.success() && stderr.contains("`cargo install unpoison`"), "{stderr}");
}
