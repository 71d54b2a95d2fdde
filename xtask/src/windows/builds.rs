//! Crates, built by cargo under wine.

use super::Tally;
use super::machine::{Machine, OTHERS};
use crate::toolchain::TARGET;
use crate::{fixture, run};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The host's half: what it sees of a panic, and of the next call.
const HOST: &str = r#"
import { readFileSync } from "node:fs";
const { PanicError, recoverSync } = await import(process.argv[1]);
const { exports } = recoverSync(readFileSync(process.argv[2]), {}, { policy: "seal" });
console.log(exports.words(5), exports.third(1));
for (const call of [() => exports.halve(3), () => exports.words(5)]) {
  try {
    console.log(call());
  } catch (e) {
    console.log(e instanceof PanicError ? `${e.message} at ${e.file}:${e.line}` : e.name);
  }
}
"#;

/// Runs the fixture's module in Node; answers what was said.
pub(super) fn run(machine: &Machine, module: &Path) -> Result<String> {
    let mut node = Command::new(&machine.node);
    node.args(["--input-type=module", "-e", HOST]).arg(run::root().join("hosts/js/src/index.js"));
    run::quiet(node.arg(module))
}

/// The panic has a message and a place in this file, and nothing runs after it.
pub(super) fn is_protected(said: &str, file: &str) -> Result<()> {
    let expected = format!("5 20\n3 is odd at {file}:20\nSealedError\n");
    ensure!(said == expected, "Node said {said:?}");
    Ok(())
}

/// The fixture as a crate in a folder, with lines of configuration.
fn place(folder: &Path, config: &str) -> Result<()> {
    let from = fixture::crate_dir("small");
    for (name, text) in [
        ("Cargo.toml", std::fs::read_to_string(from.join("Cargo.toml"))?),
        ("Cargo.lock", std::fs::read_to_string(from.join("Cargo.lock"))?),
        ("src/lib.rs", std::fs::read_to_string(from.join("src/lib.rs"))?),
        (".cargo/config.toml", config.to_owned()),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().context("a path without a folder")?)?;
        // As an editor on Windows leaves them.
        std::fs::write(path, text.replace('\n', "\r\n"))?;
    }
    Ok(())
}

fn build(machine: &Machine, folder: &Path, target: &str) -> Command {
    let mut cargo = machine.program("cargo");
    cargo.args(["build", "--quiet", "--release", "--offline", "-j1", "--target", target]);
    cargo.current_dir(folder);
    cargo
}

pub(super) fn cargo(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let linker = machine.seen(&machine.linker);
    let table = format!("[target.{TARGET}]\nlinker");
    let whole = format!("{table} = '{linker}'\n");
    let escaped = format!("{table} = \"{}\"\n", linker.replace('\\', r"\\"));
    let slashes = format!("{table} = \"{}\"\n", linker.replace('\\', "/"));
    let no_limit = format!("{table} = '\\\\?\\{linker}'\n");
    let many = format!("{whole}[profile.release]\nlto = \"off\"\ncodegen-units = 256\n");
    // Of the crate's own folder Windows takes no more than 260, whatever its programs do.
    let long = ["a folder with thirty letters"; 12].join("/");
    for (name, folder, config) in [
        ("a whole path, spaces", "with  spaces", &*whole),
        ("a whole path, not ASCII", "größe 大きさ", &escaped),
        ("slashes", "plain", &slashes),
        ("a path without a limit", "plain", &no_limit),
        ("by its name in PATH", "plain", &format!("{table} = \"unpoison\"\n")),
        (
            "a path beside the crate",
            "plain",
            &format!("{table} = \"../../program files/unpoison\"\n"),
        ),
        ("more than 260 characters", "plain", &whole),
        ("more than 260 characters, many objects", "plain", &many),
    ] {
        let folder = machine.folder()?.join(folder);
        place(&folder, config)?;
        let mut cargo = build(machine, &folder, TARGET);
        let mut target = folder.join("target");
        if name.starts_with("more than 260") {
            target.push(&long);
            cargo.env("CARGO_TARGET_DIR", machine.seen(&target));
        }
        if config.contains("\"unpoison\"") {
            let programs = machine.linker.parent().context("a program without a folder")?;
            let path = cargo.get_envs().find(|(name, _)| *name == "WINEPATH");
            let path = path.and_then(|(_, path)| path).context("no WINEPATH")?.to_owned();
            cargo.env("WINEPATH", format!("{};{}", path.display(), machine.seen(programs)));
        }
        let held = run::quiet(&mut cargo)
            .and_then(|_| run(machine, &target.join(TARGET).join("release/small.wasm")))
            .and_then(|said| is_protected(&said, r"src\lib.rs"));
        tally.count(name, held);
    }
    Ok(())
}

/// Files beside the module, with the same names of sources as on this machine.
pub(super) fn debug(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let options = "rustflags = [\"-Clink-arg=--unpoison-source-map=on\", \
                   \"-Clink-arg=--unpoison-debug=split\"]\n\
                   [profile.release]\ndebug = \"full\"\n";
    let folder = machine.folder()?.join("größe");
    let linker = machine.seen(&machine.linker);
    place(&folder, &format!("[target.{TARGET}]\nlinker = '{linker}'\n{options}"))?;
    run::quiet(&mut build(machine, &folder, TARGET))?;
    let deps = folder.join("target").join(TARGET).join("release/deps");
    let temporary = tempfile::tempdir()?;
    let there = temporary.path().join("größe");
    place(
        &there,
        &format!("[target.{TARGET}]\nlinker = '{}'\n{options}", machine.linux.display()),
    )?;
    run::quiet(machine.toolchain.cargo("build", &there).args(["--quiet", "--release"]))?;
    let on_linux = there.join("target").join(TARGET).join("release/deps");

    tally.count(
        "the module",
        run(machine, &deps.join("small.wasm")).and_then(|said| is_protected(&said, r"src\lib.rs")),
    );
    let split = deps.join("small.debug.wasm");
    tally.count(
        "the split file",
        match split.is_file() {
            true => Ok(()),
            false => Err(anyhow::anyhow!("it is not there")),
        },
    );
    let here = sources(&deps.join("small.wasm.map"))?;
    let same = sources(&on_linux.join("small.wasm.map")).and_then(|linux| {
        let differ: Vec<_> = here.symmetric_difference(&linux).collect();
        ensure!(differ.is_empty(), "other names: {differ:?}");
        Ok(())
    });
    tally.count("the source map's sources", same);
    let own = here.iter().any(|name| name.ends_with("src/lib.rs"));
    let own = own && here.iter().all(|name| !name.contains('\\'));
    tally.count(
        "their slashes",
        match own {
            true => Ok(()),
            false => Err(anyhow::anyhow!("{here:?}")),
        },
    );
    let mut explain = machine.unpoison();
    explain.args(["explain", "small.wasm", "--stack"]).current_dir(&deps);
    // Somewhere in the code; what it is does not matter.
    let trace = there.join("trace");
    std::fs::write(&trace, "at wasm://wasm/0a1b:wasm-function[3]:0x200\r\n")?;
    let said = run::quiet(explain.stdin(std::fs::File::open(trace)?));
    tally.count(
        "a stack trace",
        said.and_then(|said| {
            ensure!(said.contains(".rs:") && !said.contains('\\'), "{said}");
            Ok(())
        }),
    );
    Ok(())
}

fn sources(map: &Path) -> Result<BTreeSet<String>> {
    let map: serde_json::Value = serde_json::from_slice(&std::fs::read(map)?)?;
    let sources = map["sources"].as_array().context("no sources")?;
    Ok(sources.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect())
}

pub(super) fn targets(machine: &Machine, tally: &mut Tally) -> Result<()> {
    for target in OTHERS {
        let folder = machine.folder()?.join("with  spaces größe");
        let linker = machine.seen(&machine.linker);
        place(&folder, &format!("[target.{target}]\nlinker = '{linker}'\n"))?;
        std::fs::remove_file(folder.join("src/lib.rs"))?;
        let manifest = folder.join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest)?;
        std::fs::write(manifest, text.replace("[lib]\r\ncrate-type = [\"cdylib\"]\r\n", ""))?;
        let main = "fn main() { assert!(std::env::args().count() != 7, \"seven\") }";
        std::fs::write(folder.join("src/main.rs"), main)?;
        let held = run::quiet(&mut build(machine, &folder, target)).and_then(|_| {
            let file = folder.join("target").join(target).join("release/small.wasm");
            // Of a component there is no command that looks at the module in it.
            let module = std::fs::read(&file)?;
            let table = b"{\"version\":1,\"panic\":\"abort\"";
            let protected = module.windows(table.len()).any(|bytes| bytes == table);
            ensure!(protected, "{} has no table of sites", file.display());
            Ok(())
        });
        tally.count(target, held);
    }
    Ok(())
}
