//! `unpoison inspect FILE --html`: a module as one page that needs nothing beside itself. It is
//! read without JavaScript, too, which is there to filter the table of sites and for nothing else.

mod tables;

use std::collections::BTreeMap;
use std::path::Path;

use super::anatomy::{Anatomy, Part};
use super::markup::{Markup, counted, grouped};
use super::outline::{self, Node};
use super::{how_aborts_leave, picture};
use crate::check::{self, Look};
use crate::cli::say;
use crate::error::Result;
use crate::meta::{Meta, SiteEntry};
use crate::plan::Kind;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// What the page is about.
struct Subject<'a> {
    /// The file's name, without its folder, which is nobody's business.
    name: String,
    bytes: usize,
    anatomy: Anatomy<'a>,
    crates: Vec<Node>,
    look: Look<'a>,
    /// What the module says of itself; none where it was linked without unpoison.
    meta: Option<Meta<'a>>,
}

/// Prints the page.
///
/// # Errors
/// [`crate::Error::Io`], and [`crate::Error::Checked`] for another file than a module.
pub(crate) fn print(file: &Path) -> Result<()> {
    let bytes = check::read(file)?;
    let meta = Meta::of_module(file, &bytes).map_err(check::invalid(file))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let page = page(name, &bytes, meta).map_err(check::invalid(file))?;
    say(&page);
    Ok(())
}

/// The page of a module.
fn page(
    name: String,
    bytes: &[u8],
    meta: Option<Meta<'_>>,
) -> Result<String, wasmparser::BinaryReaderError> {
    let anatomy = Anatomy::read(bytes)?;
    let look = check::look(bytes)?;
    let sites = meta.as_ref().map_or(&[][..], Meta::sites);
    let crates = outline::crates(&anatomy.functions, sites);
    let subject = Subject { name, bytes: bytes.len(), anatomy, crates, look, meta };
    let mut page = Markup::default();
    head(&mut page, &subject);
    page.open("body", &[]);
    page.raw(picture::DEFINITIONS);
    summary(&mut page, &subject);
    page.raw("<main>");
    parts(&mut page, &subject);
    code(&mut page, &subject);
    tables::ways(&mut page, &subject);
    gaps(&mut page, &subject);
    tables::cost(&mut page, &subject);
    // The longest one comes last.
    tables::sites(&mut page, &subject);
    page.raw("</main><script>");
    page.raw(SCRIPT);
    page.raw("</script></body></html>\n");
    Ok(page.finish())
}

impl Subject<'_> {
    fn sites(&self) -> &[SiteEntry<'_>] {
        self.meta.as_ref().map_or(&[][..], Meta::sites)
    }

    fn sites_by_kind(&self) -> BTreeMap<Kind, usize> {
        let mut kinds = BTreeMap::new();
        for site in self.sites() {
            *kinds.entry(site.kind).or_default() += 1;
        }
        kinds
    }

    /// The file's parts, in the order of the bar: code, what goes with it, the rest.
    fn parts(&self) -> Vec<(Part, u64)> {
        self.anatomy
            .parts
            .iter()
            .map(|(part, bytes)| (*part, *bytes))
            .filter(|(_, n)| *n > 0)
            .collect()
    }
}

fn head(page: &mut Markup, subject: &Subject<'_>) {
    page.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    // Whatever a name would get past the escapes: nothing is loaded, no other script runs.
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'",
        base64(&Sha256::digest(STYLE)),
        base64(&Sha256::digest(SCRIPT))
    );
    page.open("meta", &[("http-equiv", &"Content-Security-Policy"), ("content", &policy)]);
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    page.element("title", &[], format_args!("{}, by unpoison", subject.name));
    page.raw("<style>");
    page.raw(STYLE);
    page.raw("</style></head>");
}

/// What the module is, in a few lines.
fn summary(page: &mut Markup, subject: &Subject<'_>) {
    page.raw("<header>");
    page.element("h1", &[], &subject.name);
    let functions = counted(subject.anatomy.functions.len(), "function", "functions");
    let sites = counted(subject.sites().len(), "site", "sites");
    let size = grouped(subject.bytes as u64);
    page.element("p", &[("class", &"soft")], format_args!("{size} bytes, {functions}, {sites}"));
    page.raw("<dl>");
    let mut fact = |name: &'static str, class: &'static str, value: &str| {
        page.element("dt", &[], name);
        page.element("dd", &[("class", &class)], value);
    };
    let Look { protection, exceptions, .. } = &subject.look;
    match &subject.meta {
        None => {
            fact(
                "unpoison",
                "bad",
                "it says nothing of unpoison: it was linked without, or a tool took the section",
            );
            fact("panic", "", "not known: the module does not say");
            fact("exceptions", "", exceptions);
        }
        Some(meta) => {
            let (panic, eh, abort) = meta.said();
            let panic = match panic {
                "abort" => "abort: a panic ends the instance",
                "unwind" => "unwind: a panic costs its call, the instance lives on",
                other => other,
            };
            fact("panic", "", panic);
            fact(
                "exceptions",
                "",
                match eh {
                    "none" => "none: nothing in it catches",
                    "legacy" => "legacy: `try`",
                    "exnref" => "exnref: `try_table`",
                    other => other,
                },
            );
            fact("aborts", "", how_aborts_leave(abort));
            match protection {
                Some(protection) => fact("protection", "good", protection),
                None => fact("protection", "bad", "not whole: see below what is missing"),
            }
        }
    }
    page.raw("</dl></header>");
}

/// What the bytes are there for.
fn parts(page: &mut Markup, subject: &Subject<'_>) {
    page.raw("<section><h2>Where its bytes are</h2>");
    let parts = subject.parts();
    for size in picture::SIZES {
        picture::bar(page, &parts, size);
    }
    tables::parts(page, subject, &parts);
    page.raw("</section>");
}

/// Crates, modules and functions, with the sites in them.
fn code(page: &mut Markup, subject: &Subject<'_>) {
    page.raw("<section><h2>Where its code and its sites are</h2>");
    let crates = &subject.crates;
    if crates.is_empty() {
        page.raw("<p>It has no functions with a body.</p></section>");
        return;
    }
    page.raw("<p>Each rectangle is a function, or many small ones, as large as its code. ");
    page.raw("The pointer on it says more. ");
    if subject.anatomy.functions.iter().all(|function| function.symbol.is_none()) {
        page.raw("Names are gone from this module: nothing tells its functions apart. ");
    }
    if crates.iter().any(|node| node.name == outline::NO_CRATE) {
        page.raw("Plain names are those that tell no crate: exports, and functions of C. ");
    }
    if crates.iter().any(Node::is_unpoison) {
        page.raw("Stripes are what unpoison added. ");
    }
    page.raw("</p>");
    let kinds = subject.sites_by_kind();
    if !kinds.is_empty() {
        page.raw("<ul class=\"key\" aria-label=\"The marks of sites\">");
        for (kind, count) in &kinds {
            page.raw("<li>");
            kind_mark(page, *kind);
            page.text(format_args!("{}, {}", about(*kind), counted(*count, "site", "sites")));
            page.raw("</li>");
        }
        page.raw("</ul>");
    }
    for size in picture::SIZES {
        picture::treemap(page, crates, size);
    }
    let shown: usize = crates.iter().flat_map(|node| node.sites.values()).sum();
    let missing = subject.sites().len().saturating_sub(shown);
    if missing > 0 {
        let missing = counted(missing, "site is", "sites are");
        page.element(
            "p",
            &[],
            format_args!("{missing} in no function that has its name here: see the table."),
        );
    }
    tables::crates(page, subject);
    page.raw("</section>");
}

/// What nothing here protects from; of this module.
fn gaps(page: &mut Markup, subject: &Subject<'_>) {
    page.raw("<section><h2>What is not covered</h2><ul class=\"gaps\">");
    for finding in &subject.look.findings {
        page.raw("<li class=\"bad\">");
        with_code(page, &format!("{}. What helps: {}", finding.what, finding.way_out));
        page.raw("</li>");
    }
    let mut say = |text: &str| {
        page.raw("<li>");
        with_code(page, text);
        page.raw("</li>");
    };
    if let Some(meta) = &subject.meta {
        if meta.said().0 == "unwind" {
            say("An abort runs no destructors and ends the instance; a panic costs its call only.");
        } else {
            say(
                "A panic runs no destructors: what the instance held is lost with it, unless the host puts back what it kept.",
            );
        }
        say(
            "Traps of the engine's (a stack that overflows, an address out of bounds in `unsafe` code) are no sites. The call ends with the engine's own error; the next call, or the return of an import, finds it out and is refused.",
        );
        say(
            "What an import does, and an exception of the host's that passes Rust's frames, is not seen from inside.",
        );
        let sites = subject.sites();
        if sites.is_empty() {
            say(
                "There is no table of sites in the file and none beside it: reports name no place but the panic's own.",
            );
        }
        let without = sites.iter().filter(|site| site.location.is_none()).count();
        if without > 0 {
            say(&format!(
                "{} without a file and a line: link with debug = \"line-tables-only\" to have them.",
                counted(without, "site is", "sites are")
            ));
        }
    } else {
        say(
            "Everything: nothing tells what failed, and the next call runs on what a failure left behind.",
        );
    }
    for (kind, name) in &subject.anatomy.shared_with_host {
        if *kind == wasmparser::ExternalKind::Memory {
            say(&format!("The host can write to the memory `{name}` at any time."));
        }
    }
    page.raw("</ul></section>");
}

/// Text in which code stands between backticks.
fn with_code(page: &mut Markup, text: &str) {
    for (at, piece) in text.split('`').enumerate() {
        if at % 2 == 1 {
            page.element("code", &[], piece);
        } else {
            page.text(piece);
        }
    }
}

/// A kind's mark beside text.
fn kind_mark(page: &mut Markup, kind: Kind) {
    page.raw("<svg class=\"mark\" viewBox=\"0 0 14 14\" aria-hidden=\"true\" focusable=\"false\">");
    picture::mark(page, picture::kind(kind), 0.0, 0.0);
    page.raw("</svg>");
}

/// What a kind is, beside its mark.
fn about(kind: Kind) -> &'static str {
    match kind {
        Kind::Panic => "panic",
        Kind::Abort => "abort",
        Kind::Alloc => "alloc: memory runs out",
        Kind::Nounwind => "nounwind: a panic where it may not unwind",
        Kind::Trap => "trap",
        Kind::Unreachable => "unreachable",
    }
}

/// As policies have hashes (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte))
            << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at)) as usize % 64];
            out.push(if at > group.len() { '=' } else { char::from(digit) });
        }
    }
    out
}

#[cfg(test)]
mod tests;
