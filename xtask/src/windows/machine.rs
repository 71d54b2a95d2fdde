//! Windows, as far as wine has it: a drive, a compiler, the linker.

use crate::record::Recorded;
use crate::toolchain::{self, TARGET, Toolchain};
use crate::{debian, fixture, node, run, setup, tools};
use anyhow::{Context, Result, bail, ensure};
use std::cell::Cell;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What the linker is built for.
const HOST: &str = "x86_64-pc-windows-gnu";
/// The C compiler whose libraries that target needs.
const MINGW: &str = "x86_64-w64-mingw32-gcc";
const PACKAGES: [&str; 3] = ["wine", "wine64", "gcc-mingw-w64-x86-64"];
/// Targets beside the usual one.
pub(super) const OTHERS: [&str; 2] = ["wasm32-wasip1", "wasm32-wasip2"];

/// What Rust's standard library asks of Windows 10, and wine 8 lacks.
const RANDOM: &str = r#"
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
    while (size) {
        ULONG part = size > 65536 ? 65536 : (ULONG)size;
        if (!SystemFunction036(data, part)) return FALSE;
        data += part;
        size -= part;
    }
    return TRUE;
}
"#;

/// A program that keeps a file open until its input ends. `alone`: nobody may remove it.
const HOLDER: &str = r#"
use std::os::windows::fs::OpenOptionsExt;
fn main() {
    let args: Vec<_> = std::env::args_os().collect();
    let share = if args[2] == "alone" { 1 } else { 7 };
    let _file = std::fs::File::options().read(true).share_mode(share).open(&args[1]).unwrap();
    println!("open");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}
"#;

/// All that cases need.
pub(super) struct Machine {
    /// wine, the compiler, in a line.
    pub description: String,
    /// The linker for this machine, and its compiler.
    pub linux: PathBuf,
    pub toolchain: Toolchain,
    /// The linker for Windows.
    pub linker: PathBuf,
    pub holder: PathBuf,
    /// The compiler for Windows.
    pub sysroot: PathBuf,
    /// A link, and what comes out of it on this machine: the module, its table.
    pub link: Recorded,
    pub module: Vec<u8>,
    pub table: Vec<u8>,
    pub node: PathBuf,
    prefix: PathBuf,
    folders: Cell<usize>,
    /// While a program runs, the next ones begin at once.
    awake: Option<Child>,
}

impl Machine {
    pub(super) fn new() -> Result<Self> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            bail!("this is for Linux on x86-64, where wine runs programs for Windows");
        }
        let _turn = setup::turn("windows")?;
        let own = {
            let _turn = setup::turn("setup")?;
            toolchain::setup()?
        };
        let there = |program: &str| run::which(Path::new(program)).is_some();
        if !(there("wine") && there(MINGW)) {
            debian::apt(&PACKAGES).context("wine and MinGW are missing")?;
        }
        let dir = run::target_dir().join("windows");
        let sysroot = compiler(&own, &dir)?;
        let program = linker()?;
        let prefix = dir.join("prefix");
        let drive = prefix.join("drive_c");
        drive_c(&prefix, &dir)?;

        // Of a run before.
        let work = drive.join("unpoison");
        if work.exists() {
            std::fs::remove_dir_all(&work)?;
        }
        std::fs::create_dir_all(&work)?;
        let linker = work.join("program files").join("unpoison.exe");
        std::fs::create_dir_all(work.join("program files"))?;
        std::fs::copy(program, &linker)?;
        let source = dir.join("holder.rs");
        std::fs::write(&source, HOLDER)?;
        let holder = work.join("holder.exe");
        let mut rustc = Command::new(&own.rustc);
        rustc.args(["--target", HOST, "--edition", "2024", "-o"]).arg(&holder).arg(source);
        run::quiet(&mut rustc)?;

        let mut machine = Self {
            description: String::new(),
            linux: tools::unpoison()?,
            linker,
            holder,
            sysroot,
            link: fixture::record(&own, "small", &fixture::Point::RELEASE)?,
            module: Vec::new(),
            table: Vec::new(),
            node: node::system()?,
            prefix,
            folders: Cell::new(0),
            awake: None,
            toolchain: own,
        };
        let here = tempfile::tempdir()?;
        let output = here.path().join(machine.link.output_name());
        let mut link = machine.link.unpoison(&machine.toolchain, &machine.linux, &output)?;
        run::quiet(link.args(["--unpoison-sites=file"]))?;
        machine.module = std::fs::read(&output)?;
        machine.table = std::fs::read(output.with_extension("unpoison.json"))?;
        machine.description = machine.describe()?;
        let file = machine.folder()?.join("awake");
        std::fs::write(&file, "")?;
        machine.awake = Some(machine.hold(&file, "shared")?);
        Ok(machine)
    }

    fn describe(&self) -> Result<String> {
        let wine = run::quiet(Command::new("wine").arg("--version").env("WINEDEBUG", "-all"))?;
        let rustc = run::quiet(self.program("rustc").arg("-V"))?;
        let lld = run::quiet(self.run(&self.tool("rust-lld")).args(["-flavor", "wasm", "-v"]))?;
        let lld = lld.split(" (").next().unwrap_or_default();
        Ok(format!("{}, {} for {HOST}, {}", wine.trim(), rustc.trim(), lld.trim()))
    }

    /// A program for Windows, by its path here. Nothing is in its environment that an outer
    /// cargo put there.
    pub(super) fn run(&self, program: &Path) -> Command {
        let mut command = Command::new("wine");
        run::without_outer_cargo(&mut command);
        for name in ["CARGO", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "RUST_RECURSION_COUNT"] {
            command.env_remove(name);
        }
        let tools = self.tool("rust-lld");
        let path = [tools.parent().unwrap_or(&tools), &self.sysroot.join("bin")];
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            // By this wine knows which letters file names have.
            .env("LC_ALL", "C.UTF-8")
            .env("WINEPATH", path.map(|folder| self.seen(folder)).join(";"))
            .env("CARGO_HOME", r"C:\unpoison\cargo home")
            .env(run::VALIDATE, "1")
            .arg(self.seen(program));
        command
    }

    /// The linker.
    pub(super) fn unpoison(&self) -> Command {
        self.run(&self.linker)
    }

    /// One of the compiler's programs.
    pub(super) fn program(&self, name: &str) -> Command {
        self.run(&self.sysroot.join("bin").join(format!("{name}.exe")))
    }

    fn tool(&self, name: &str) -> PathBuf {
        let tools = self.sysroot.join("lib/rustlib").join(HOST).join("bin");
        tools.join(format!("{name}.exe"))
    }

    /// Has a program open a file, until its input ends: `shared`, or `alone`.
    pub(super) fn hold(&self, path: &Path, how: &str) -> Result<Child> {
        let mut holder = self.run(&self.holder);
        holder.arg(self.seen(path)).arg(how).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut held = holder.spawn()?;
        let mut said = String::new();
        let out = held.stdout.take().context("no output")?;
        BufReader::new(out).read_line(&mut said)?;
        ensure!(said.trim() == "open", "{} cannot be opened", path.display());
        Ok(held)
    }

    /// An empty folder on `C:`.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        let number = self.folders.get();
        self.folders.set(number + 1);
        let folder = self.prefix.join("drive_c/unpoison").join(number.to_string());
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// A path as Windows has it.
    pub(super) fn seen(&self, path: &Path) -> String {
        let (letter, rest) = match path.strip_prefix(self.prefix.join("drive_c")) {
            Ok(rest) => (r"C:\", rest.to_string_lossy()),
            Err(_) => ("Z:", path.to_string_lossy()),
        };
        format!("{letter}{}", rest.replace('/', r"\"))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(held) = self.awake.take() {
            // wine ends with its last program.
            let _ = let_go(held);
        }
    }
}

/// Ends a program that holds a file.
pub(super) fn let_go(mut held: Child) -> Result<()> {
    drop(held.stdin.take());
    held.wait()?;
    Ok(())
}

/// rustup's compiler for Windows of the same version, apart from the machine's own ones.
fn compiler(own: &Toolchain, dir: &Path) -> Result<PathBuf> {
    let said = run::quiet(Command::new(&own.rustc).arg("-V"))?;
    let version = said.split(' ').nth(1).context("`rustc -V`")?;
    let name = format!("{version}-{HOST}");
    let home = dir.join("rustup");
    let sysroot = home.join("toolchains").join(&name);
    let all = [TARGET, OTHERS[0], OTHERS[1]];
    let of_target = |target: &&str| sysroot.join("lib/rustlib").join(target).is_dir();
    if !(sysroot.join("bin/rustc.exe").is_file() && all.iter().all(of_target)) {
        eprintln!("xtask: installing Rust {name}");
        let mut rustup = Command::new("rustup");
        rustup.env("RUSTUP_HOME", &home).args(["toolchain", "install", &name]);
        rustup.args(["--force-non-host", "--no-self-update", "--profile", "minimal"]);
        rustup.args(["--target", &all.join(",")]);
        run::quiet(&mut rustup).with_context(|| format!("rustup does not bring {name}"))?;
    }
    // The library for programs that are built here and run there.
    let mut add = Command::new("rustup");
    let added = run::quiet(add.args(["target", "add", HOST]).current_dir(run::root()));
    added.with_context(|| format!("rustup does not bring the library for {HOST}"))?;
    Ok(sysroot)
}

/// Builds the linker.
fn linker() -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    run::without_outer_cargo(&mut cargo).env("CARGO_TARGET_DIR", run::target_dir());
    cargo.args(["build", "--quiet", "--release", "--locked", "--package", "unpoison"]);
    run::quiet(cargo.args(["--bin", "unpoison", "--target", HOST]).current_dir(run::root()))?;
    Ok(run::target_dir().join(HOST).join("release/unpoison.exe"))
}

/// Makes wine's drive.
fn drive_c(prefix: &Path, dir: &Path) -> Result<()> {
    let system = prefix.join("drive_c/windows/system32");
    if !system.join("cmd.exe").is_file() {
        std::fs::create_dir_all(prefix)?;
        let mut boot = Command::new("wine");
        boot.args(["wineboot", "--init"]).env("WINEPREFIX", prefix);
        run::quiet(boot.env("WINEARCH", "win64").env("WINEDEBUG", "-all"))?;
        ensure!(system.join("cmd.exe").is_file(), "wine makes no drive in {}", prefix.display());
    }
    let library = system.join("bcryptprimitives.dll");
    if !library.is_file() {
        let source = dir.join("bcryptprimitives.c");
        std::fs::write(&source, RANDOM)?;
        let mut gcc = Command::new(MINGW);
        gcc.args(["-shared", "-O2", "-o"]).arg(library).arg(source);
        run::quiet(gcc.arg("-ladvapi32"))?;
    }
    Ok(())
}
