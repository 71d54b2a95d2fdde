//! `cargo xtask reach`: the compilers that the contract holds with.
//!
//! They are installed apart from the person's own, into the target folder: `stable` and
//! `nightly` there are the newest, whatever the machine works with.

use crate::toolchain::{self, Toolchain};
use crate::{disk, reach_page, run, setup};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

/// The oldest compiler that is supported: `1.N`.
const OLDEST: u32 = 85;

/// For the test `reach`: the compilers to try, with commas between.
pub const COMPILERS: &str = "UNPOISON_REACH";
/// For the test `reach`: what becomes of panics, with commas between; all if unset.
pub const PANICS: &str = "UNPOISON_REACH_PANICS";
/// For the test `reach`: the file to write the cells to.
pub const CELLS: &str = "UNPOISON_REACH_CELLS";

/// What a compiler is tried with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// The compiler, as it names itself.
    pub compiler: String,
    /// What becomes of panics: "abort", "legacy" or "exnref"; or a target's name.
    pub panics: String,
    /// `lto`.
    pub lto: String,
    /// Cases that held.
    pub held: usize,
    /// Cases that were tried; none if there is no module.
    pub tried: usize,
    /// What is wrong, if anything is.
    pub faults: Vec<String>,
}

/// A compiler that was installed for this.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// What it calls itself, without the date.
    pub version: String,
    /// Its programs.
    pub toolchain: Toolchain,
    /// Held, with others, by who uses it.
    _used: Option<Arc<File>>,
}

impl Compiler {
    /// The compiler that the tests are built with.
    pub fn own(toolchain: Toolchain) -> Self {
        Self { version: "own".into(), toolchain, _used: None }
    }
}

/// The compilers at the ends: what ordinary tests go through.
pub fn ends() -> Vec<String> {
    [&*format!("1.{OLDEST}"), "stable", "beta", "nightly"].map(str::to_owned).to_vec()
}

/// Where rustup puts them.
pub fn home() -> PathBuf {
    run::target_dir().join("reach/rustup")
}

/// Makes sure of a compiler with the wasm target and the library's source.
///
/// # Errors
/// Where it is not there and rustup does not reach its server.
pub fn compiler(name: &str) -> Result<Compiler> {
    let home = home();
    let _turn = setup::turn("reach-rustup")?;
    let used = Arc::new(use_of(name)?);
    used.lock_shared()?;
    let found = || -> Result<Option<PathBuf>> {
        let folders = std::fs::read_dir(home.join("toolchains")).into_iter().flatten().flatten();
        let mut named = folders.map(|entry| entry.path()).filter(|path| {
            // `1.85-x86_64-unknown-linux-gnu`; not `1.8`'s.
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
        });
        Ok(named.find(|path| toolchain::has_target(path) && toolchain::has_source(path)))
    };
    let folder = match found()? {
        Some(folder) => folder,
        None => {
            eprintln!("xtask: installing Rust {name}");
            let mut rustup = Command::new("rustup");
            rustup.env("RUSTUP_HOME", &home).args(["toolchain", "install", name]);
            rustup.args(["--no-self-update", "--profile", "minimal"]);
            rustup.args(["--target", toolchain::TARGET, "--component", "rust-src"]);
            run::quiet(&mut rustup).with_context(|| format!("rustup does not bring {name}"))?;
            found()?.with_context(|| format!("rustup brought something else than {name}"))?
        }
    };
    let program =
        |name: &str| folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let toolchain = Toolchain { cargo: program("cargo"), rustc: program("rustc") };
    let said = run::quiet(Command::new(&toolchain.rustc).arg("-V"))?;
    let version = said.split(' ').nth(1).context("`rustc -V`")?.to_owned();
    Ok(Compiler { version, toolchain, _used: Some(used) })
}

/// Says that a compiler is not needed any more; it goes from a disk that is nearly full if
/// nobody else uses it. A failure costs room, and nothing else.
pub fn spare(name: &str, compiler: Compiler) {
    drop(compiler);
    let (Ok(_turn), Ok(used)) = (setup::turn("reach-rustup"), use_of(name)) else {
        return;
    };
    if disk::is_short() && used.try_lock().is_ok() {
        let mut rustup = Command::new("rustup");
        rustup.env("RUSTUP_HOME", home()).args(["toolchain", "uninstall", name]);
        if let Err(e) = run::quiet(&mut rustup) {
            eprintln!("xtask: {e:#}");
        }
    }
}

fn use_of(name: &str) -> Result<File> {
    setup::lock(&format!("reach-{name}"))
}

/// All compilers, oldest first.
///
/// # Errors
/// Where the newest one is not known.
pub fn every() -> Result<Vec<String>> {
    let newest = compiler("stable")?.version;
    let minor = newest.split('.').nth(1).and_then(|minor| minor.parse().ok());
    let minor: u32 = minor.with_context(|| format!("the version {newest}"))?;
    let older = (OLDEST..minor).map(|minor| format!("1.{minor}"));
    Ok(older.chain(["stable", "beta", "nightly"].map(str::to_owned)).collect())
}

/// Tries the compilers, prints the table, and writes it unless it is a part.
pub fn run(only: &[String], panics: &[String]) -> Result<()> {
    let names = if only.is_empty() { every()? } else { only.to_vec() };
    let file = tempfile::NamedTempFile::new()?;
    let mut test = Command::new("cargo");
    test.args(["test", "--quiet", "--package", "unpoison-tests", "--test", "reach"])
        // Not the tests of the stubs' layers, which stand beside it.
        .args(["the_contract_holds", "--", "--nocapture"])
        .env(COMPILERS, names.join(","))
        .env(PANICS, panics.join(","))
        .env(CELLS, file.path())
        .current_dir(run::root());
    let held = run::visible(&mut test);
    let cells = std::fs::read(file.path())?;
    let cells: Vec<Cell> = serde_json::from_slice(&cells).context("the test wrote no cells")?;
    let table = format!("{HEAD}{}", rows(&cells));
    println!("{table}");
    if only.is_empty() && panics.is_empty() {
        reach_page::put(&table)?;
    }
    held
}

const HEAD: &str = "# Reach

What `cargo xtask reach` printed: cases of the contract that held, of those tried, with
each compiler that rustup offers. `abort`: panic=abort; `legacy` and `exnref`:
panic=unwind through `unpoison sysroot`, in either encoding of exceptions. Each without
link-time optimization and with `lto = \"fat\"`.

";

/// The cells as a table, and below it what did not hold.
pub fn rows(cells: &[Cell]) -> String {
    let mut text = String::new();
    let mut columns: Vec<(&str, &str)> = Vec::new();
    let mut rows: Vec<&str> = Vec::new();
    for cell in cells {
        let column = (&*cell.panics, &*cell.lto);
        if !columns.contains(&column) {
            columns.push(column);
        }
        if !rows.contains(&&*cell.compiler) {
            rows.push(&cell.compiler);
        }
    }
    text.push_str("| compiler |");
    for (panics, lto) in &columns {
        let lto = if *lto == "off" { "" } else { ", fat" };
        let _ = write!(text, " {panics}{lto} |");
    }
    let _ = write!(text, "\n| --- |{}", " --- |".repeat(columns.len()));
    let mut notes = String::new();
    for row in rows {
        let _ = write!(text, "\n| {row} |");
        for column in &columns {
            let of_column =
                |cell: &&Cell| cell.compiler == row && (&*cell.panics, &*cell.lto) == *column;
            let Some(cell) = cells.iter().find(of_column) else {
                text.push_str(" |");
                continue;
            };
            match cell.tried {
                0 => text.push_str(" no module |"),
                _ => {
                    let _ = write!(text, " {}/{} |", cell.held, cell.tried);
                }
            }
            for fault in &cell.faults {
                let (panics, lto) = column;
                let line = fault.replace('\n', " ");
                let _ = writeln!(notes, "- {row}, {panics}, lto {lto}: {line}");
            }
        }
    }
    text.push('\n');
    if !notes.is_empty() {
        let _ = write!(text, "\nWhat did not hold:\n\n{notes}");
    }
    text
}
