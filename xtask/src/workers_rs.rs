//! `examples/workers-rs`, built by worker-build, in miniflare: what its clients see of
//! failures, plain and unpoisoned.

use crate::toolchain::{TARGET, Toolchain};
use crate::worker::Build;
use crate::{fixture, reach, run, setup, sysroot, toolchain, tools};
use anyhow::{Context, Result};
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of worker-build, and of the crate `worker` in the example.
const VERSION: &str = "0.8.7";

/// What a user has set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Nothing: rust-lld, `worker-build`.
    Plain,
    /// The same with worker-build's own `--panic-unwind`, which takes nightly Rust.
    Nightly,
    /// `linker = "unpoison"`, `worker-build`.
    Linker,
    /// `linker = "unpoison"`, `npx unpoison worker-build`.
    Entry,
}

/// The real program, installed for this workspace.
pub fn worker_build() -> Result<PathBuf> {
    let root = run::target_dir().join("worker-build").join(VERSION);
    let program = root.join("bin").join(format!("worker-build{}", std::env::consts::EXE_SUFFIX));
    let _turn = setup::turn("worker-build")?;
    if !program.is_file() {
        let mut cargo = Command::new("cargo");
        run::without_outer_cargo(&mut cargo);
        cargo.args(["install", "--quiet", "--locked", "--version", VERSION, "worker-build"]);
        cargo.args(["--bin", "worker-build", "--root"]).arg(&root);
        run::quiet(&mut cargo).context("cannot install worker-build")?;
    }
    Ok(program)
}

/// The folder that worker-build makes of the example.
pub fn folder(toolchain: &Toolchain, way: Way, build: Build) -> Result<PathBuf> {
    let worker_build = worker_build()?;
    let linker = match way {
        Way::Plain | Way::Nightly => toolchain.lld()?,
        Way::Linker | Way::Entry => tools::unpoison()?,
    };
    let name = format!("{way:?}-{build:?}").to_lowercase();
    let _turn = setup::turn("workers-rs")?;
    let mut command = match way {
        Way::Entry => {
            let mut node = Command::new(&setup::get().node.system);
            node.arg(run::root().join("hosts/js/bin/unpoison.mjs")).arg("worker-build");
            node
        }
        Way::Plain | Way::Linker | Way::Nightly => Command::new(&worker_build),
    };
    run::without_outer_cargo(&mut command);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let bin = worker_build.parent().into_iter().map(PathBuf::from);
    command
        .args(["--release", "--out-dir"])
        .arg(&name)
        .env("PATH", std::env::join_paths(bin.chain(std::env::split_paths(&path)))?)
        .env("WASM_BINDGEN_BIN", tools::bindgen()?)
        .env("ESBUILD_BIN", modules().join(".bin/esbuild"))
        .env("WASM_OPT_BIN", modules().join(".bin/wasm-opt"))
        .current_dir(example());
    match way {
        Way::Nightly => {
            command.arg("--panic-unwind").env("RUSTUP_HOME", reach::home());
            // It asks for nightly by name, but not everywhere.
            command.env("RUSTUP_TOOLCHAIN", "nightly");
            command.env("CARGO_TARGET_DIR", dir().join("nightly"));
            let lld = reach::compiler("nightly")?.toolchain.lld()?;
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", lld);
        }
        _ => drop(cargo_builds(&mut command, toolchain, build, &linker)?),
    }
    run::quiet(&mut command).context("worker-build")?;
    // It builds beside `Cargo.toml` only.
    let (made, out) = (example().join(&name), dir().join(&name));
    empty(&out)?;
    std::fs::remove_dir(&out)?;
    std::fs::rename(&made, &out).with_context(|| format!("cannot move {}", made.display()))?;
    Ok(out)
}

/// The same by the steps of worker-build's that matter, for machines on which it is not
/// installed: minutes to compile. The entry is made by the very script that it would call,
/// with the example's options or without.
pub fn folder_by_steps(toolchain: &Toolchain, build: Build, options: bool) -> Result<PathBuf> {
    let _turn = setup::turn("workers-rs")?;
    let out = dir().join(format!("steps-{build:?}-{options}").to_lowercase());
    empty(&out)?;
    let mut cargo = toolchain.cargo("build", &example());
    cargo.args(["--quiet", "--release", "--locked"]).env("WASM_BINDGEN_USE_JS_SYS", "1");
    let target = cargo_builds(&mut cargo, toolchain, build, &tools::unpoison()?)?;
    // Not for speed: as quickly as it compiles.
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    run::quiet(&mut cargo).context("cannot build examples/workers-rs")?;
    let mut bindgen = Command::new(tools::bindgen()?);
    bindgen.arg(target.join(TARGET).join("release/workers_rs_example.wasm"));
    bindgen.arg("--out-dir").arg(&out).args(["--out-name", "index", "--target", "module"]);
    bindgen.args(["--no-typescript", "--experimental-reset-state-function"]);
    run::quiet(bindgen.arg("--force-enable-abort-handler"))?;
    std::fs::write(out.join("shim.js"), "throw new Error('not replaced');")?;
    let mut esbuild = Command::new(&setup::get().node.system);
    esbuild.arg(run::root().join("hosts/js/bin/esbuild.mjs"));
    esbuild.args(["--external:./index_bg.wasm", "--external:cloudflare:*", "--format=esm"]);
    esbuild.args(["--bundle", "./shim.js", "--outfile=index.js", "--allow-overwrite", "--minify"]);
    if options {
        esbuild.env("UNPOISON_OPTIONS", example().join("unpoison.worker.js"));
    }
    esbuild.env("UNPOISON_ESBUILD", modules().join(".bin/esbuild")).current_dir(&out);
    run::quiet(&mut esbuild)?;
    let index = out.join("index.js");
    let text = std::fs::read_to_string(&index)?;
    std::fs::write(&index, text.replace("import source ", "import "))?;
    Ok(out)
}

fn example() -> PathBuf {
    run::root().join("examples/workers-rs")
}

fn dir() -> PathBuf {
    run::target_dir().join("workers-rs")
}

fn modules() -> PathBuf {
    run::root().join("tests/node_modules")
}

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    Ok(())
}

/// Where and how a cargo inside a command builds; answers its target folder.
fn cargo_builds(
    command: &mut Command,
    toolchain: &Toolchain,
    build: Build,
    linker: &Path,
) -> Result<PathBuf> {
    let target = fixture::shared("workers_rs").join(format!("{build:?}").to_lowercase());
    command.env("CARGO_TARGET_DIR", &target);
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    if build == Build::Unwind {
        let flags = sysroot::unwinding(toolchain, "legacy")?.rustflags.join("\u{1f}");
        command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    }
    if toolchain.rustc.is_absolute() {
        command.env("RUSTC", &toolchain.rustc);
    }
    // cargo does not see that the linker changed.
    let _ = std::fs::remove_file(target.join(TARGET).join("release/deps/workers_rs_example.wasm"));
    Ok(target)
}

/// What `tests/js/workers-rs.mjs` tells: "rows" or "load", with compatibility flags of workerd.
pub fn told(folder: &Path, what: &str, flags: &[&str], requests: u32) -> Result<Value> {
    let mut node = Command::new(&setup::get().node.newer);
    node.arg(run::root().join("tests/js/workers-rs.mjs")).arg(folder).arg(what).args(flags);
    node.env("UNPOISON_REQUESTS", requests.to_string());
    let said = run::quiet(&mut node)?;
    serde_json::from_str(&said).with_context(|| format!("it printed: {said}"))
}

/// The flag of workerd's that docs/workers.md speaks of.
pub const FLAG: &str = "no_handle_cross_request_promise_resolution";

/// Builds all, and prints what clients see and, unless it is left out, what a load comes to.
pub fn run(load: bool) -> Result<()> {
    let toolchain = {
        let _turn = setup::turn("setup")?;
        toolchain::setup()?
    };
    let ways = [
        ("plain", Way::Plain, Build::Abort),
        ("linker", Way::Linker, Build::Abort),
        ("linker, entry", Way::Entry, Build::Abort),
        ("nightly, `--panic-unwind`", Way::Nightly, Build::Unwind),
        ("linker, entry, unwinding", Way::Entry, Build::Unwind),
    ];
    // Makes sure of it.
    let nightly = reach::compiler("nightly");
    let mut columns = Vec::new();
    for (name, way, build) in ways {
        match (&nightly, way) {
            (Err(e), Way::Nightly) => eprintln!("workers: nightly is not tried: {e:#}"),
            _ => columns.push((name, folder(&toolchain, way, build)?)),
        }
    }
    println!("{}", table(&columns)?);
    if !load {
        return Ok(());
    }
    println!("10,000 requests, 32 at once, 1 % panic and 0.1 % abort; milliseconds\n");
    println!(
        "| | flag | others right | 503 | wrong | slowest without failures | with | median | with |"
    );
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (name, folder) in &columns {
        for flags in [&[][..], &[FLAG]] {
            let told = told(folder, "load", flags, 10_000)?;
            let (without, with) = (&told["without"], &told["with"]);
            let others = with["count"].as_u64().unwrap_or(0) - with["failed"].as_u64().unwrap_or(0);
            println!(
                "| {name} | {} | {} of {others} | {} | {} | {} | {} | {} | {} |",
                if flags.is_empty() { "no" } else { "yes" },
                with["right"],
                with["unavailable"],
                with["wrong"].as_array().map_or(0, Vec::len),
                without["slowest"],
                with["slowest"],
                without["median"],
                with["median"],
            );
        }
    }
    Ok(())
}

/// What a client sees, a row each, in every column.
fn table(columns: &[(&str, PathBuf)]) -> Result<String> {
    let told: Vec<Value> =
        columns.iter().map(|(_, folder)| told(folder, "rows", &[], 0)).collect::<Result<_>>()?;
    let mut text = String::from("|");
    for name in [""].into_iter().chain(columns.iter().map(|(name, _)| *name)) {
        let _ = write!(text, " {name} |");
    }
    text.push_str("\n|");
    text.push_str(&" --- |".repeat(columns.len() + 1));
    let answer = |of: &Value| {
        let text = of["text"].as_str().unwrap_or_default();
        let text = match text.split_once(" canceled this request") {
            Some(_) => "canceled as hung",
            None => text.strip_prefix("Error: ").unwrap_or(text),
        };
        match of["status"].as_u64() {
            Some(0) => "no answer in 5 s".to_owned(),
            status => format!("{} {text}, {} ms", status.unwrap_or_default(), of["took"]),
        }
    };
    let mut row = |what: &str, cell: &dyn Fn(&Value) -> String| {
        let _ = write!(text, "\n| {what} |");
        for told in &told {
            let _ = write!(text, " {} |", cell(told));
        }
    };
    row("a good request", &|told| answer(&told["good"]));
    for (fault, words) in
        [("panic", "a panic"), ("abort", "an abort"), ("overflow", "a stack overflow")]
    {
        row(words, &|told| answer(&told[&format!("{fault} later")]["failing"]));
        row("in flight", &|told| answer(&told[&format!("{fault} later")]["stateless"]));
        row("in flight, Durable Object", &|told| {
            answer(&told[&format!("{fault} later")]["object"])
        });
        row("the next request", &|told| answer(&told[&format!("{fault} later")]["next"]));
        row("first line of the log", &|told| {
            let line = &told[&format!("{fault} later")]["log"][0];
            line.as_str().unwrap_or("nothing").trim().to_owned()
        });
    }
    text.push('\n');
    Ok(text)
}
