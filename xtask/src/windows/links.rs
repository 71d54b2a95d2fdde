//! One recorded link, done under wine.

use super::Tally;
use super::machine::{Machine, let_go};
use crate::{run, toolchain};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const OLD: &[u8] = b"an older module";
const OLD_TABLE: &[u8] = b"its table";

/// The folders of a link.
pub(super) struct Place {
    pub root: PathBuf,
    pub out: PathBuf,
    pub cache: PathBuf,
}

impl Place {
    pub(super) fn new(root: PathBuf) -> Result<Self> {
        let place = Self { out: root.join("out"), cache: root.join("cache"), root };
        std::fs::create_dir_all(&place.out)
            .with_context(|| format!("cannot create {}", place.out.display()))?;
        Ok(place)
    }

    /// The module of a link here.
    pub(super) fn module(&self, machine: &Machine) -> PathBuf {
        self.out.join(machine.link.output_name())
    }

    /// The folder's link to the recording: what is linked is seen below the folder's name, too.
    fn inputs(&self, machine: &Machine) -> Result<PathBuf> {
        let inputs = self.root.join("in");
        if !inputs.exists() {
            let all = machine.link.inputs();
            let of = all.first().and_then(|input| input.parent()).context("no inputs")?;
            std::os::unix::fs::symlink(of, &inputs)?;
        }
        Ok(inputs)
    }

    /// The words of the link, with the output spelled so.
    pub(super) fn words(&self, machine: &Machine, output: &str) -> Result<Vec<String>> {
        let link = machine.link.at(&self.inputs(machine)?);
        let of_link: Vec<PathBuf> = link.inputs();
        // The library's folder, by which the linker knows the target.
        let own = toolchain::sysroot(&machine.toolchain.rustc)?;
        let words = link.args(Path::new(output)).into_iter().map(|word| {
            let path = Path::new(&word);
            match path.strip_prefix(&own) {
                Ok(rest) => machine.seen(&machine.sysroot.join(rest)),
                Err(_) if of_link.iter().any(|input| input == path) => machine.seen(path),
                Err(_) => word.to_string_lossy().into_owned(),
            }
        });
        Ok(words.chain(["--unpoison-sites=file".to_owned()]).collect())
    }

    /// The link.
    pub(super) fn link(&self, machine: &Machine) -> Result<Command> {
        let output = machine.seen(&self.module(machine));
        let mut link = self.bare(machine);
        link.args(self.words(machine, &output)?);
        Ok(link)
    }

    /// The same without arguments.
    pub(super) fn bare(&self, machine: &Machine) -> Command {
        let mut link = machine.unpoison();
        link.env("UNPOISON_CACHE", machine.seen(&self.cache));
        // Windows has no longer ones for programs to run in.
        if machine.seen(&self.root).chars().count() < 240 {
            link.current_dir(&self.root);
        }
        link
    }

    /// Does a link, which says nothing; the output is that of this machine.
    pub(super) fn holds(&self, machine: &Machine, link: &mut Command) -> Result<()> {
        self.says_nothing(link)?;
        self.is_new(machine)?;
        self.is_clean()
    }

    fn says_nothing(&self, link: &mut Command) -> Result<()> {
        let output = run::output(link)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && said.is_empty(), "{}: {said}", output.status);
        Ok(())
    }

    fn is_new(&self, machine: &Machine) -> Result<()> {
        let module = std::fs::read(self.module(machine)).context("no module came out")?;
        ensure!(module == machine.module, "another module came out: {} bytes", module.len());
        let table = std::fs::read(self.module(machine).with_extension("unpoison.json"))?;
        ensure!(table == machine.table, "another table came out");
        Ok(())
    }

    /// Nothing is left beside the output.
    fn is_clean(&self) -> Result<()> {
        let entries = std::fs::read_dir(&self.out)?.flatten().map(|entry| entry.file_name());
        let left: Vec<_> = entries.filter(|name| name.to_string_lossy().starts_with('.')).collect();
        ensure!(left.is_empty(), "left behind: {left:?}");
        Ok(())
    }

    fn put_old(&self, machine: &Machine) -> Result<()> {
        let module = self.module(machine);
        std::fs::write(module.with_extension("unpoison.json"), OLD_TABLE)?;
        Ok(std::fs::write(module, OLD)?)
    }

    fn is_old(&self, machine: &Machine) -> Result<()> {
        let module = self.module(machine);
        ensure!(std::fs::read(&module)? == OLD, "the output is not what it was");
        let table = std::fs::read(module.with_extension("unpoison.json"))?;
        ensure!(table == OLD_TABLE, "the table is not what it was");
        self.is_clean()
    }

    /// Does a link that fails, in a short line with these words.
    fn refuses(&self, link: &mut Command, words: &[&str]) -> Result<()> {
        let output = run::output(link)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(1), "{}: {said}", output.status);
        ensure!(said.contains("unpoison: error: ") && said.lines().count() < 10, "{said}");
        let missing = words.iter().find(|words| !said.contains(**words));
        ensure!(missing.is_none(), "{missing:?} is not in: {said}");
        self.is_clean()
    }
}

pub(super) fn bytes(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let place = Place::new(machine.folder()?)?;
    for name in ["a cold cache", "a warm cache"] {
        tally.count(name, place.holds(machine, &mut place.link(machine)?));
    }
    let ran = super::builds::run(machine, &place.module(machine));
    tally.count("in Node", ran.and_then(|said| super::builds::is_protected(&said, "src/lib.rs")));
    Ok(())
}

pub(super) fn response_files(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let place = Place::new(machine.folder()?.join("with  spaces größe"))?;
    let words = place.words(machine, &machine.seen(&place.module(machine)))?;
    // The flavour is looked for on the line itself.
    let (flavor, words) = words.split_at(2);
    ensure!(flavor[0] == "-flavor", "rustc names no flavour: {flavor:?}");
    let windows: String = words.iter().map(|word| format!("{}\r\n", quoted(word))).collect();
    let posix: String = words
        .iter()
        .map(|word| format!("{}\n", word.replace('\\', r"\\").replace(' ', r"\ ")))
        .collect();
    let wide: Vec<u8> =
        [0xfeff].into_iter().chain(windows.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let nested = format!("\"@{}\"\r\n", machine.seen(&place.root.join("windows quotes")));
    std::fs::write(place.root.join("windows quotes"), &windows)?;
    for (name, text, more) in [
        ("as rustc writes it", windows.into_bytes(), None),
        ("posix quotes", posix.into_bytes(), Some("--rsp-quoting=posix")),
        ("UTF-16", wide, None),
        ("one in another", nested.into_bytes(), None),
    ] {
        let file = place.root.join("arguments of the link");
        std::fs::write(&file, text)?;
        let mut link = place.bare(machine);
        link.args(flavor).args(more).arg(format!("@{}", machine.seen(&file)));
        tally.count(name, place.holds(machine, &mut link));
    }
    Ok(())
}

/// A word as rustc quotes it for programs of Windows.
fn quoted(word: &str) -> String {
    match word.contains(' ') {
        true => format!("\"{word}\""),
        false => word.to_owned(),
    }
}

pub(super) fn cache(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let mut place = Place::new(machine.folder()?)?;
    for name in ["with  spaces", "größe 大きさ"] {
        place.cache = place.root.join(name).join("cache");
        tally.count(name, place.holds(machine, &mut place.link(machine)?));
        let objects = || -> Result<Vec<PathBuf>> {
            let entries = std::fs::read_dir(&place.cache)?.flatten();
            Ok(entries.map(|entry| entry.path()).collect())
        };
        let kept = objects()?;
        let one = match &kept[..] {
            [one] => {
                let whole = std::fs::metadata(one)?.len();
                std::fs::write(one, "damaged")?;
                place.holds(machine, &mut place.link(machine)?).and_then(|()| {
                    let now = std::fs::metadata(one)?.len();
                    ensure!(now == whole, "it is not made anew");
                    Ok(())
                })
            }
            others => Err(anyhow::anyhow!("one object is not what is kept: {others:?}")),
        };
        tally.count("a damaged object", one);
    }
    place.cache = place.root.join("a file");
    std::fs::write(&place.cache, "")?;
    tally.count("no folder", place.refuses(&mut place.link(machine)?, &["UNPOISON_CACHE"]));
    Ok(())
}

pub(super) fn outputs(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let place = Place::new(machine.folder()?)?;
    let module = place.module(machine);
    place.put_old(machine)?;
    tally.count("an older one", place.holds(machine, &mut place.link(machine)?));

    // Somebody looks at it: whoever lets others remove it loses nothing.
    place.put_old(machine)?;
    let held = machine.hold(&module, "shared")?;
    let linked = place.says_nothing(&mut place.link(machine)?);
    // What was replaced is there until it is closed; then the next link takes it away.
    tally.count("open elsewhere", linked.and_then(|()| place.is_new(machine)));
    let_go(held)?;
    tally.count("closed again", place.holds(machine, &mut place.link(machine)?));
    place.put_old(machine)?;
    let held = machine.hold(&module, "alone")?;
    let name = machine.seen(&module);
    let refused = place.refuses(&mut place.link(machine)?, &["cannot write ", &name]);
    tally.count("open, nobody may remove it", refused.and_then(|()| place.is_old(machine)));
    let_go(held)?;
    let again = place.holds(machine, &mut place.link(machine)?);
    tally.count("closed again", again);

    place.put_old(machine)?;
    let read_only = std::os::unix::fs::PermissionsExt::from_mode(0o444);
    std::fs::set_permissions(&module, read_only)?;
    tally.count("read-only", place.holds(machine, &mut place.link(machine)?));

    std::fs::remove_file(&module)?;
    std::fs::create_dir(&module)?;
    tally.count("a folder", place.refuses(&mut place.link(machine)?, &["cannot write ", &name]));
    Ok(())
}

pub(super) fn crowd(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let place = Place::new(machine.folder()?)?;
    let mut links = Vec::new();
    for number in 0..8 {
        let mut own = Place::new(place.root.join(number.to_string()))?;
        own.cache.clone_from(&place.cache);
        if number % 2 == 0 {
            // These have one folder.
            own.out.clone_from(&place.out);
        }
        let mut link = own.link(machine)?;
        links.push((own, link.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?));
    }
    let mut ended = Vec::new();
    for (place, link) in links {
        ended.push((place, link.wait_with_output()?));
    }
    for (place, output) in ended {
        let said = String::from_utf8_lossy(&output.stderr);
        let held = match output.status.success() && said.is_empty() {
            true => place.is_new(machine),
            false => Err(anyhow::anyhow!("{}: {said}", output.status)),
        };
        tally.count("one of eight", held);
    }
    let kept = std::fs::read_dir(&place.cache)?.flatten().map(|entry| entry.file_name());
    let kept: Vec<_> = kept.collect();
    let one = match kept.len() {
        1 => Ok(()),
        _ => Err(anyhow::anyhow!("{kept:?}")),
    };
    tally.count("one object in the cache", one);
    tally.count("the next link", place.holds(machine, &mut place.link(machine)?));
    Ok(())
}

pub(super) fn killed(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let place = Place::new(machine.folder()?)?;
    run::quiet(&mut place.link(machine)?)?;
    let mut stopped = 0;
    for number in 0..12 {
        place.put_old(machine)?;
        let mut link = place.link(machine)?;
        let mut link = link.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        std::thread::sleep(Duration::from_millis(150 + 40 * number));
        link.kill()?;
        stopped += usize::from(!link.wait()?.success());
        let bytes = std::fs::read(place.module(machine))?;
        let whole = bytes == OLD || bytes == machine.module;
        // What it called lives on for a moment.
        std::thread::sleep(Duration::from_millis(500));
        let next = place.holds(machine, &mut place.link(machine)?);
        tally.count(
            &format!("killed {number}"),
            if whole { next } else { Err(anyhow::anyhow!("half a module")) },
        );
    }
    ensure!(stopped > 0, "all links were done before they were killed");
    Ok(())
}

pub(super) fn refusals(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let place = Place::new(machine.folder()?)?;
    let mut missing = place.link(machine)?;
    missing.arg(r"C:\unpoison\not there.o");
    tally.count("a missing input", place.refuses(&mut missing, &["not there.o", "rust-lld"]));

    let mut nowhere = place.bare(machine);
    nowhere.args(place.words(machine, r"C:\unpoison\no folder\a.wasm")?);
    let refused = place.refuses(&mut nowhere, &["cannot write to the folder", "no folder"]);
    tally.count("a missing folder", refused);

    let mut odd = place.link(machine)?;
    odd.arg("--unpoison-odd");
    tally.count("an unknown option", place.refuses(&mut odd, &["--unpoison-odd"]));

    let mut lld = place.link(machine)?;
    lld.env("UNPOISON_LLD", machine.seen(&machine.linker));
    tally.count("itself as rust-lld", place.refuses(&mut lld, &["names unpoison itself"]));

    if place.module(machine).exists() {
        bail!("a refused link left a module");
    }
    Ok(())
}
