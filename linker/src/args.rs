//! The command line: what is unpoison's own, what is rust-lld's, and the little
//! that unpoison must know of the latter.
//!
//! Own options are split from forwarded ones once, here. Of wasm-ld's options only
//! those are recognised that change what unpoison does; all others, known or not,
//! travel on verbatim and in order. There is no table of wasm-ld's options: it
//! would have to be mended with each new one.

pub(crate) mod options;
pub(crate) mod response;
mod words;

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

pub(crate) use options::{AbortMode, DebugMode, Options, SitesMode, SourceMapMode};

use crate::debug;
use crate::error::{Error, Result};
use response::Quoting;
use words::{Word, Words};

/// A link, as its command line asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args {
    /// unpoison's own options; none of them is in [`Args::forwarded`].
    pub options: Options,
    /// The words that gave them.
    pub own: Vec<OsString>,
    /// `-flavor` came first: the caller is rustc, or a person, not another linker.
    pub named_flavor: bool,
    /// rust-lld's arguments in order, verbatim, without `-flavor wasm`.
    pub forwarded: Vec<Forwarded>,
    /// The last `-o`; `None` is a link that rust-lld will refuse.
    pub output: Option<PathBuf>,
    /// Arguments that are no option, in order: objects and archives. The separate
    /// values of options that unpoison does not know are among them.
    pub inputs: Vec<PathBuf>,
    /// `-L`, in order.
    pub search: Vec<PathBuf>,
    /// `--export`, in order.
    pub exports: Vec<OsString>,
    /// What the output is to be stripped of.
    pub strip: Strip,
    /// `--keep-section`: custom sections that `--strip-all` spares.
    pub keep_sections: Vec<OsString>,
    /// `--compress-relocations`: LEBs in the output are not padded.
    pub compress_relocations: bool,
    /// `--pie`: position independent, with a `dylink.0` section.
    pub pie: bool,
    /// `--Map`, `--print-map`: the user wants a link map.
    pub map: bool,
    /// `--build-id=0x…`: the user says what the id is, whatever is in the module.
    pub fixed_build_id: bool,
    /// `--threads`: how many threads rust-lld is to use, and unpoison no more.
    pub threads: Option<NonZeroUsize>,
    /// `--shared-memory`.
    pub shared_memory: bool,
    /// Why rust-lld does this link alone, if it does.
    pub passthrough: Option<Passthrough>,
    /// Whether some of the arguments came in a response file: rustc found the line
    /// too long for the system, so it is for us.
    pub from_response: bool,
}

/// One argument of rust-lld, with its value if that was a word of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Forwarded {
    /// What unpoison makes of it.
    pub kind: Kind,
    /// The words as they came.
    pub words: Vec<OsString>,
}

/// What an argument is to unpoison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `-o` and its path.
    Output,
    /// `--strip-all`, `-s`.
    StripAll,
    /// `--strip-debug`, `-S`.
    StripDebug,
    /// Anything else.
    Other,
}

/// What the output is to be stripped of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strip {
    /// Nothing.
    #[default]
    None,
    /// The `.debug_*` sections.
    Debug,
    /// Those, `name`, `producers` and `target_features`.
    All,
}

/// Why rust-lld does a link alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passthrough {
    /// `--help`, `--version`, or `-v` without inputs: a question, not a link.
    Question,
    /// `--shared`: the runtime lives in another module.
    Shared,
    /// `--relocatable`: another link follows.
    Relocatable,
    /// `--emit-relocs`: relocations would no longer fit a rewritten module.
    EmitRelocs,
    /// No input comes from rustc.
    NotRust,
    /// No `-o`, or one without a path: rust-lld says what is wrong.
    NoOutput,
}

impl Args {
    /// Reads a command line without the program's name. Response files are looked
    /// for relative to the working directory, as rust-lld does.
    pub(crate) fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let mut line: Vec<OsString> = line.into_iter().collect();
        let named_flavor = take_flavor(&mut line)?;
        let expanded = response::expand(line, Quoting::HOST)?;
        let mut args = Self {
            from_response: expanded.from_response,
            named_flavor: named_flavor.is_some(),
            ..Self::default()
        };
        let mut question = false;
        let mut version = false;
        let mut words = Words::new(expanded.words);
        while let Some(word) = words.next() {
            if options::is_own(&word) {
                let mut value = None;
                args.options.take(&word, || {
                    value = words.value();
                    value.clone()
                })?;
                args.own.extend(std::iter::once(word).chain(value));
                continue;
            }
            args.forward(word, &mut words, &mut question, &mut version)?;
        }
        if args.inputs.is_empty() && version {
            question = true;
        }
        if question {
            args.passthrough = Some(Passthrough::Question);
        }
        args.refuse_foreign(named_flavor.as_deref())?;
        if args.compress_relocations && debug::is_asked(&args.options) {
            return Err(Error::Usage(
                "rust-lld leaves debug information out with --compress-relocations; take that out, or --unpoison-debug and --unpoison-source-map".into(),
            ));
        }
        if args.passthrough.is_none() && !is_rust_link(&args) {
            args.passthrough = Some(Passthrough::NotRust);
        }
        if args.passthrough.is_none() && args.output.is_none() {
            args.passthrough = Some(Passthrough::NoOutput);
        }
        Ok(args)
    }

    fn forward(
        &mut self,
        word: OsString,
        words: &mut Words,
        question: &mut bool,
        version: &mut bool,
    ) -> Result<()> {
        let mut kind = Kind::Other;
        let mut value_word = None;
        match Word::of(&word) {
            Word::Input => self.inputs.push(word.clone().into()),
            Word::Flag(name) => match name {
                "strip-all" | "s" => {
                    kind = Kind::StripAll;
                    self.strip = Strip::All;
                }
                "strip-debug" | "S" => {
                    kind = Kind::StripDebug;
                    self.strip = self.strip.max(Strip::Debug);
                }
                "compress-relocations" => self.compress_relocations = true,
                "pie" => self.pie = true,
                "no-pie" => self.pie = false,
                "print-map" | "M" => self.map = true,
                "shared-memory" => self.shared_memory = true,
                "shared" => self.passthrough = Some(Passthrough::Shared),
                "relocatable" | "r" => self.passthrough = Some(Passthrough::Relocatable),
                "emit-relocs" => self.passthrough = Some(Passthrough::EmitRelocs),
                "help" | "version" => *question = true,
                "v" | "V" => *version = true,
                // The last one counts, and has its value in the same word or none.
                name if name == "build-id" || name.starts_with("build-id=") => {
                    self.fixed_build_id = name.starts_with("build-id=0x");
                }
                _ => {}
            },
            Word::Option { name, value } => {
                let value = match value {
                    Some(value) => Some(value),
                    None => {
                        value_word = words.value();
                        value_word.clone()
                    }
                };
                // Without its value the option is rust-lld's to complain about.
                match (name, value) {
                    ("o", Some(value)) => {
                        kind = Kind::Output;
                        self.output = Some(value.into());
                    }
                    ("m", Some(value)) => refuse_wasm64(&value)?,
                    ("L", Some(value)) => self.search.push(value.into()),
                    ("export", Some(value)) => self.exports.push(value),
                    ("Map", Some(_)) => self.map = true,
                    ("threads", Some(value)) => {
                        self.threads = value.to_str().and_then(|count| count.parse().ok());
                    }
                    ("keep-section", Some(value)) => self.keep_sections.push(value),
                    _ => {}
                }
            }
        }
        let words = std::iter::once(word).chain(value_word).collect();
        self.forwarded.push(Forwarded { kind, words });
        Ok(())
    }

    /// Refuses a link for another machine: `linker = "unpoison"` set for all
    /// targets, or for the host.
    fn refuse_foreign(&self, flavor: Option<&OsStr>) -> Result<()> {
        // What rustc gives to a C compiler that links.
        let words = self.verbatim().filter_map(|word| word.to_str());
        let mut targets = words.filter_map(|word| word.strip_prefix("--target="));
        if let Some(target) = targets.next() {
            return Err(Error::Unsupported(format!(
                "{target} is linked by a C compiler (emcc), and unpoison stands in the place of wasm-ld; take `linker = \"unpoison\"` out of `[target.{target}]`"
            )));
        }
        let flavor = flavor.and_then(OsStr::to_str);
        let foreign = match flavor {
            Some(name) => name != "wasm",
            None => {
                self.passthrough.is_none()
                    && (self.verbatim().any(|w| {
                        let w = w.to_string_lossy();
                        w.starts_with("-Wl,") || w.starts_with("/OUT:") || w == "-m64"
                    }) || self.inputs.iter().any(|input| is_native(input)))
            }
        };
        if foreign {
            return Err(Error::Unsupported(
                "this link is not for wasm; set `linker = \"unpoison\"` under `[target.wasm32-unknown-unknown]` only"
                    .into(),
            ));
        }
        Ok(())
    }

    /// rust-lld's arguments as they came.
    pub(crate) fn verbatim(&self) -> impl Iterator<Item = &OsString> {
        self.forwarded.iter().flat_map(|f| &f.words)
    }

    /// rust-lld's arguments, with those of the given kinds left out.
    pub(crate) fn without<'a>(&'a self, kinds: &'a [Kind]) -> impl Iterator<Item = &'a OsString> {
        self.forwarded.iter().filter(|f| !kinds.contains(&f.kind)).flat_map(|f| &f.words)
    }
}

/// Whether rustc made any of the inputs. Without one there is no panic machinery,
/// and no compiler that the runtime stubs would have to match.
pub(crate) fn is_rust_link(args: &Args) -> bool {
    args.inputs.iter().any(|input| {
        let name = input.as_os_str().as_encoded_bytes();
        name.ends_with(b".rlib") || name.ends_with(b".rcgu.o")
    })
}

/// `-flavor NAME`, which only counts in front.
pub(crate) fn take_flavor(line: &mut Vec<OsString>) -> Result<Option<OsString>> {
    if line.first().is_none_or(|first| first != "-flavor") {
        return Ok(None);
    }
    if line.len() < 2 {
        return Err(Error::Usage("-flavor needs a value: wasm".into()));
    }
    Ok(line.drain(..2).nth(1))
}

fn refuse_wasm64(emulation: &OsStr) -> Result<()> {
    if emulation == "wasm64" {
        return Err(Error::Unsupported(
            "unpoison does not support 64-bit memories (wasm64); link this target with rust-lld (`linker = \"rust-lld\"`)".into(),
        ));
    }
    Ok(())
}

/// Whether a file begins like a native object. One that cannot be read is
/// rust-lld's to complain about.
fn is_native(path: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; 4];
    if path.extension().is_none_or(|e| e != "o" && e != "obj")
        || !path.is_file()
        || std::fs::File::open(path).and_then(|mut f| f.read_exact(&mut head)).is_err()
    {
        return false;
    }
    // ELF; Mach-O (64 bit, little-endian); COFF for x86-64, aarch64 and x86.
    head == *b"\x7fELF"
        || head == [0xcf, 0xfa, 0xed, 0xfe]
        || matches!([head[0], head[1]], [0x64, 0x86] | [0x64, 0xaa] | [0x4c, 0x01])
}

#[cfg(test)]
mod tests;
