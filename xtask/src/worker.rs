//! `examples/worker`, built and put together as workerd takes it.

use crate::toolchain::{TARGET, Toolchain};
use crate::{run, setup, sysroot, tools};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How the crate is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// By plain stable cargo.
    Abort,
    /// With the sysroot that unwinds.
    Unwind,
}

/// The files that the example brings, but for Rust's.
const SCRIPTS: [&str; 4] = ["worker.js", "ledger.js", "requests.js", "rust.js"];

/// A folder with a `config.capnp` for workerd.
pub fn folder(toolchain: &Toolchain, build: Build) -> Result<PathBuf> {
    let name = match build {
        Build::Abort => "abort",
        Build::Unwind => "unwind",
    };
    let _turn = setup::turn(&format!("worker-{name}"))?;
    let dir = run::target_dir().join("worker").join(name);
    let example = run::root().join("examples/worker");
    let mut cargo = toolchain.cargo("build", &example);
    let target_dir = dir.join("cargo");
    let linker = tools::unpoison()?;
    cargo
        .args(["--quiet", "--release", "--locked", "--target-dir"])
        .arg(&target_dir)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &linker);
    if build == Build::Unwind {
        let flags = serde_json::to_string(&sysroot::unwinding(toolchain, "legacy")?.rustflags)?;
        cargo.args(["--config", &format!("target.{TARGET}.rustflags={flags}")]);
    }
    // cargo does not see that the linker changed.
    let module = target_dir.join(TARGET).join("release/worker.wasm");
    let _ = std::fs::remove_file(target_dir.join(TARGET).join("release/deps/worker.wasm"));
    run::quiet(&mut cargo).context("cannot build examples/worker")?;
    let out = dir.join("serve");
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    run::quiet(Command::new(tools::bindgen()?).arg(&module).arg(&out))?;
    // A name that is not the entry's.
    std::fs::rename(out.join("worker.js"), out.join("worker_bg.js"))?;
    assemble(&example, &out)?;
    Ok(out)
}

fn assemble(example: &Path, out: &Path) -> Result<()> {
    let mut modules = String::new();
    let mut add = |name: &str, kind: &str| {
        let _ = writeln!(modules, "  (name = \"{name}\", {kind} = embed \"{name}\"),");
    };
    for script in SCRIPTS {
        std::fs::copy(example.join(script), out.join(script))?;
        add(script, "esModule");
    }
    add("worker_bg.js", "esModule");
    add("worker_bg.wasm", "wasm");
    std::fs::create_dir(out.join("unpoison"))?;
    for file in std::fs::read_dir(run::root().join("hosts/js/src"))? {
        let file = file?;
        let name = format!("unpoison/{}", file.file_name().to_string_lossy());
        if name.ends_with(".js") {
            std::fs::copy(file.path(), out.join(&name))?;
            add(&name, "esModule");
        }
    }
    let package = "  (name = \"unpoison\", esModule = \"export * from './unpoison/index.js'\"),\n";
    let text = format!(
        "@0xd2b1f5c0a3e49787;\nusing Workerd = import \"/workerd/workerd.capnp\";\n\
         const modules :List(Workerd.Worker.Module) = [\n{modules}{package}];\n"
    );
    std::fs::write(out.join("modules.capnp"), text)?;
    let config = std::fs::read_to_string(example.join("config.capnp"))?;
    std::fs::write(out.join("config.capnp"), config)?;
    Ok(())
}
