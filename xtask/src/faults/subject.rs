//! The link that is disturbed, and what is looked at afterwards.

use super::Tally;
use crate::fixture::{self, Point};
use crate::record::Recorded;
use crate::toolchain::Toolchain;
use crate::{run, setup, tools};
use anyhow::{Context, Result, ensure};
use std::cell::Cell;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The most lines of a refusal, rust-lld's words among them.
const LINES: usize = 10;
/// What lies in the output's place before.
const OLD: &[u8] = b"an older module";
const OLD_TABLE: &[u8] = b"its table";

/// The link, and what must come out of it.
#[derive(Debug)]
pub struct Subject {
    pub(super) toolchain: Toolchain,
    pub(super) linker: PathBuf,
    pub(super) link: Recorded,
    module: Vec<u8>,
    table: Vec<u8>,
    scratch: TempDir,
    folders: Cell<usize>,
    random: Cell<u64>,
}

/// The folders of a link.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub root: PathBuf,
    pub out: PathBuf,
    pub cache: PathBuf,
    pub temp: PathBuf,
}

/// How a disturbed link may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Must {
    Succeed,
    Refuse,
    /// Either; or by a signal of the system's, as if it were killed.
    End,
}

/// A disturbed link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    /// Its name, for what is lost.
    pub name: &'a str,
    /// Its folders, where they can be looked at.
    pub place: &'a Place,
    /// Whether there was an older output.
    pub old: bool,
    pub must: Must,
    /// What a refusal names.
    pub path: &'a Path,
}

impl Subject {
    /// The fixture `small`, linked by this build of the linker or by another one.
    ///
    /// # Errors
    /// If it does not link undisturbed.
    pub fn new(linker: Option<&Path>, seed: u64) -> Result<Self> {
        let toolchain = setup::get().toolchain.clone();
        let linker = match linker {
            Some(linker) => std::path::absolute(linker)?,
            None => tools::unpoison()?,
        };
        let link = fixture::record(&toolchain, "small", &Point::RELEASE)?;
        let scratch = tempfile::Builder::new().prefix("faults-").tempdir()?;
        let mut subject = Self {
            toolchain,
            linker,
            link,
            module: Vec::new(),
            table: Vec::new(),
            scratch,
            folders: Cell::new(0),
            random: Cell::new(seed),
        };
        let place = subject.place()?;
        run::quiet(&mut subject.command(&place)?)?;
        subject.module = std::fs::read(subject.output(&place))?;
        subject.table = std::fs::read(subject.table_of(&place))?;
        ensure!(subject.module.starts_with(b"\0asm"), "the link gives no module");
        Ok(subject)
    }

    /// The compiler by its path: the linker's `PATH` has other folders first.
    pub(super) fn rustc(&self) -> PathBuf {
        let rustc = &self.toolchain.rustc;
        run::which(rustc).unwrap_or_else(|| rustc.clone())
    }

    /// Folders of their own.
    pub(super) fn place(&self) -> Result<Place> {
        let number = self.folders.get();
        self.folders.set(number + 1);
        Place::in_folder(self.scratch.path().join(number.to_string()))
    }

    /// The same with a cache that has the stubs.
    pub(super) fn warm_place(&self) -> Result<Place> {
        let place = self.place()?;
        run::quiet(&mut self.command(&place)?)?;
        self.remove_outputs(&place)?;
        Ok(place)
    }

    /// The link, undisturbed.
    pub(super) fn command(&self, place: &Place) -> Result<Command> {
        self.command_of(&self.link, place)
    }

    /// The same with inputs elsewhere.
    pub(super) fn command_of(&self, link: &Recorded, place: &Place) -> Result<Command> {
        let mut command = link.unpoison(&self.toolchain, &self.linker, &self.output(place))?;
        command.arg("--unpoison-sites=file");
        command.env("UNPOISON_CACHE", &place.cache).env("TMPDIR", &place.temp);
        Ok(command)
    }

    pub(super) fn output(&self, place: &Place) -> PathBuf {
        place.out.join(self.link.output_name())
    }

    fn table_of(&self, place: &Place) -> PathBuf {
        self.output(place).with_extension("unpoison.json")
    }

    /// Puts an older output in place, or none.
    pub(super) fn prepare(&self, place: &Place, old: bool) -> Result<()> {
        self.remove_outputs(place)?;
        if old {
            std::fs::write(self.output(place), OLD)?;
            std::fs::write(self.table_of(place), OLD_TABLE)?;
        }
        Ok(())
    }

    fn remove_outputs(&self, place: &Place) -> Result<()> {
        for path in [self.output(place), self.table_of(place)] {
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(e.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// A random number below another one.
    pub(super) fn random(&self, below: u64) -> u64 {
        // splitmix64
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }

    /// Looks at a link that came to its end, and counts it.
    pub(super) fn judge(&self, case: &Case, output: &Output, tally: &mut Tally) {
        tally.rounds += 1;
        let said = String::from_utf8_lossy(&output.stderr);
        let found = match (output.status.code(), case.must) {
            (Some(0), Must::Refuse) => Err("it succeeded".into()),
            (Some(0), _) => self.is_new(case.place).map(|()| &mut tally.right),
            (None, Must::End) => self.is_whole(case).map(|()| &mut tally.ended),
            (Some(1), Must::Refuse | Must::End) => self
                .is_untouched(case)
                .and_then(|()| is_proper(&said, case.path))
                .map(|()| &mut tally.refused),
            _ => Err(output.status.to_string()),
        };
        match found {
            Ok(count) => *count += 1,
            Err(why) => tally.lose(format!("{}: {why}\n{said}", case.name)),
        }
    }

    /// Looks at what a killed link left.
    pub(super) fn judge_killed(&self, case: &Case, tally: &mut Tally) {
        tally.rounds += 1;
        match self.is_whole(case) {
            Ok(()) => tally.ended += 1,
            Err(why) => tally.lose(format!("{}: {why}", case.name)),
        }
    }

    /// The next link with the same folders is right, and leaves the output alone.
    pub(super) fn settle(
        &self,
        case: &Case,
        command: &mut Command,
        tally: &mut Tally,
    ) -> Result<()> {
        let output = run::output(command)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let place = case.place;
        let found = match output.status.success() && output.stderr.is_empty() {
            true => self.is_new(place).and_then(|()| self.is_clean(place)),
            false => Err(format!("{}\n{said}", output.status)),
        };
        if let Err(why) = found {
            tally.lose(format!("{}, the next link: {why}", case.name));
        }
        Ok(())
    }

    fn is_new(&self, place: &Place) -> Result<(), String> {
        match self.outputs(place)? {
            [Some(module), _] if module != self.module => Err("another module came out".into()),
            [_, Some(table)] if table != self.table => Err("another table came out".into()),
            [Some(_), Some(_)] => Ok(()),
            _ => Err("no output".into()),
        }
    }

    fn is_untouched(&self, case: &Case) -> Result<(), String> {
        let [module, table] = self.outputs(case.place)?;
        let (old, old_table) = (case.old.then_some(OLD), case.old.then_some(OLD_TABLE));
        if module.as_deref() == old && table.as_deref() == old_table {
            return Ok(());
        }
        Err("it failed, and the output is not what it was".into())
    }

    /// The module is the old one or the new one, and the table its own or none.
    fn is_whole(&self, case: &Case) -> Result<(), String> {
        let [module, table] = self.outputs(case.place)?;
        let right_table: &[u8] = match &module {
            None if !case.old => b"",
            Some(module) if case.old && module == OLD => OLD_TABLE,
            Some(module) if *module == self.module => &self.table,
            _ => return Err("the output is neither the old one nor the new one".into()),
        };
        match table {
            Some(table) if table != right_table => Err("the table is another module's".into()),
            _ => Ok(()),
        }
    }

    /// The module and its table.
    fn outputs(&self, place: &Place) -> Result<[Option<Vec<u8>>; 2], String> {
        Ok([read(&self.output(place))?, read(&self.table_of(place))?])
    }

    /// Nothing is beside the output, or among the temporary files.
    fn is_clean(&self, place: &Place) -> Result<(), String> {
        let ours = [self.output(place), self.table_of(place)];
        let mut left = Vec::new();
        for folder in [&place.out, &place.temp] {
            let entries = std::fs::read_dir(folder).map_err(|e| e.to_string())?;
            left.extend(entries.flatten().map(|entry| entry.path()));
        }
        left.retain(|path| !ours.contains(path));
        if left.is_empty() { Ok(()) } else { Err(format!("left behind: {left:?}")) }
    }
}

impl Place {
    /// Makes the folders.
    pub(super) fn in_folder(root: PathBuf) -> Result<Self> {
        let folder = |name: &str| -> Result<PathBuf> {
            let folder = root.join(name);
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
            Ok(folder)
        };
        Ok(Self { out: folder("out")?, cache: folder("cache")?, temp: folder("temp")?, root })
    }

    /// A program in a folder of its own.
    pub(super) fn script(&self, name: &str, text: &str) -> Result<PathBuf> {
        let script = self.root.join(name);
        std::fs::write(&script, text)?;
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
        Ok(script)
    }

    /// Empties the cache.
    pub(super) fn cool(&self) -> Result<()> {
        std::fs::remove_dir_all(&self.cache)?;
        Ok(std::fs::create_dir(&self.cache)?)
    }

    /// The objects in the cache.
    pub(super) fn objects(&self) -> Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(&self.cache)?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("stubs-"))
        });
        paths.sort();
        Ok(paths)
    }
}

/// A command run by another program: words that come before it.
pub(super) fn wrapped<W: Into<OsString>>(
    words: impl IntoIterator<Item = W>,
    command: &Command,
) -> Command {
    let mut words = words.into_iter().map(Into::into);
    let mut outer = Command::new(words.next().unwrap_or_default());
    outer.args(words).arg(command.get_program()).args(command.get_args());
    take_variables(&mut outer, command);
    outer
}

/// What one command sets and takes away of the environment, for another.
pub(super) fn take_variables(to: &mut Command, from: &Command) {
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
}

/// A refusal is short, of unpoison's own, and names the path.
fn is_proper(said: &str, path: &Path) -> Result<(), String> {
    let path = path.display().to_string();
    // LLVM's report of a crash is as long as it is.
    let crashed = said.contains("PLEASE submit a bug report to https://github.com/llvm");
    let complaints = [
        (!crashed && said.lines().count() > LINES, "it says too much"),
        (!said.lines().any(|line| line.starts_with("unpoison: error: ")), "no `unpoison: error:`"),
        (said.contains("panicked at"), "it panicked"),
        (!said.contains(&path), "it does not name the path"),
    ];
    match complaints.into_iter().find(|(is_so, _)| *is_so) {
        Some((_, complaint)) => Err(format!("{complaint} ({path})")),
        None => Ok(()),
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(format!("{}: {e}", path.display())),
    }
}
