//! The page's tables: what the pictures say, for those who do not see them, and more.

use super::super::anatomy::Part;
use super::super::markup::{Markup, counted, cut, grouped};
use super::super::outline::Node;
use super::super::picture;
use super::{Subject, kind_mark};
use wasmparser::ExternalKind;

/// How many bytes a table may take, so that a page stays one that a browser opens at once.
const SITES: usize = 400_000;
const WAYS: usize = 60_000;
/// How many crates and sections are listed by name.
const CRATES: usize = 60;
const SECTIONS: usize = 20;
const LONGEST_NAME: usize = 300;

/// The legend of the bar.
pub(super) fn parts(page: &mut Markup, subject: &Subject<'_>, parts: &[(Part, u64)]) {
    begin(page, "", "", &["Part", "Bytes", "Share"]);
    for (part, bytes) in parts {
        let (class, letter, name) = picture::part(*part);
        page.raw("<tr><td><svg class=\"swatch\" viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\">");
        page.open("rect", &[("class", &class), ("width", &16), ("height", &16)]);
        page.raw("</rect><text x=\"4\" y=\"12\">");
        page.text(letter);
        page.raw("</text></svg>");
        page.text(name);
        if *part == Part::Custom {
            page.text(format_args!(": {}", custom(subject)));
        }
        page.raw("</td>");
        numbers(page, &[grouped(*bytes)]);
        share(page, *bytes, subject.bytes as u64);
        page.raw("</tr>");
    }
    end(page);
}

/// The custom sections that have no part of their own.
fn custom(subject: &Subject<'_>) -> String {
    let mut sections: Vec<_> = subject.anatomy.custom.iter().collect();
    sections.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let shown = sections.iter().take(SECTIONS);
    let mut names: Vec<_> =
        shown.map(|(name, bytes)| format!("{} ({})", cut(name, 60), grouped(**bytes))).collect();
    if sections.len() > SECTIONS {
        names.push(format!("and {} more", sections.len() - SECTIONS));
    }
    names.join(", ")
}

/// The crates, as the treemap shows them.
pub(super) fn crates(page: &mut Markup, subject: &Subject<'_>) {
    let crates = &subject.crates;
    let total = crates.iter().map(|node| node.bytes).sum();
    begin(page, "", "Code by crate", &["Crate", "Bytes", "Share", "Functions", "Sites"]);
    let mut rest = Node::default();
    for (rank, node) in crates.iter().enumerate() {
        if rank < CRATES {
            row(page, &node.name, node, total);
        } else {
            rest.take(Node { inner: Vec::new(), ..node.clone() });
        }
    }
    if !rest.inner.is_empty() {
        row(page, &counted(rest.inner.len(), "other", "others"), &rest, total);
    }
    end(page);
}

fn row(page: &mut Markup, name: &str, node: &Node, total: u64) {
    page.raw("<tr>");
    page.element("td", &[("class", &"name")], cut(name, LONGEST_NAME));
    let sites: usize = node.sites.values().sum();
    let counts = [node.bytes, node.functions as u64, sites as u64].map(grouped);
    let [bytes, functions, sites] = counts;
    numbers(page, &[bytes]);
    share(page, node.bytes, total);
    numbers(page, &[functions, sites]);
    page.raw("</tr>");
}

/// The sites, with a field to find some.
pub(super) fn sites(page: &mut Markup, subject: &Subject<'_>) {
    let sites = subject.sites();
    page.raw("<section><h2>Its sites</h2><p>Places where the module gives up; a report has their number.</p>");
    if sites.is_empty() {
        page.raw("<p>None are known.</p></section>");
        return;
    }
    page.raw("<p id=\"filter-line\" hidden><label for=\"filter\">Show those with</label>");
    page.raw("<input id=\"filter\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"> ");
    page.raw("<span id=\"filter-said\" class=\"soft\" role=\"status\"></span></p>");
    let table = ("sites", SITES, &["Site", "Kind", "Function", "Place"][..]);
    as_far_as_there_is_room(page, table, sites, |page, site| {
        page.raw("<tr>");
        page.element("td", &[("class", &"number")], site.id);
        page.raw("<td class=\"kind\">");
        kind_mark(page, site.kind);
        page.text(site.kind.name());
        page.raw("</td>");
        let function = match &*site.function {
            "" => "a function without a name",
            function => function,
        };
        page.element("td", &[("class", &"name")], cut(function, LONGEST_NAME));
        let place = site.location.as_deref().unwrap_or_default();
        page.element("td", &[("class", &"name")], cut(place, LONGEST_NAME));
        page.raw("</tr>");
    });
    page.raw("</section>");
}

/// The ways in and out.
pub(super) fn ways(page: &mut Markup, subject: &Subject<'_>) {
    page.raw("<section><h2>Ways in and out</h2>");
    let entries = &subject.look.entries;
    let guarded = entries.iter().filter(|entry| entry.guarded).count();
    let exports = counted(entries.len(), "exported function", "exported functions");
    page.element("h3", &[], format_args!("In: {exports}, {} guarded", grouped(guarded as u64)));
    if !entries.is_empty() {
        let table = ("", WAYS, &["Export", "Guarded"][..]);
        as_far_as_there_is_room(page, table, entries, |page, entry| {
            page.raw("<tr>");
            page.element("td", &[("class", &"name")], cut(entry.name, LONGEST_NAME));
            let (class, word) = if entry.guarded { ("good", "yes") } else { ("bad", "no") };
            page.element("td", &[("class", &class)], word);
            page.raw("</tr>");
        });
    }
    for (kind, name) in &subject.anatomy.shared_with_host {
        if *kind == ExternalKind::Table {
            let name = cut(name, LONGEST_NAME);
            page.element(
                "p",
                &[],
                format_args!("The host holds the table `{name}`: each function in it is a way in."),
            );
        }
    }
    if subject.anatomy.has_start {
        page.raw("<p>It has a start function, which runs when it is instantiated.</p>");
    }
    let imports = &subject.anatomy.imports;
    let functions = counted(imports.len(), "imported function", "imported functions");
    page.element("h3", &[], format_args!("Out: {functions}"));
    if !imports.is_empty() {
        let table = ("", WAYS, &["Module", "Import"][..]);
        as_far_as_there_is_room(page, table, imports, |page, (module, name)| {
            page.raw("<tr>");
            page.element("td", &[("class", &"name")], cut(module, LONGEST_NAME));
            page.element("td", &[("class", &"name")], cut(name, LONGEST_NAME));
            page.raw("</tr>");
        });
    }
    page.raw("</section>");
}

/// What unpoison costs, by what it is there for.
pub(super) fn cost(page: &mut Markup, subject: &Subject<'_>) {
    page.raw("<section><h2>What unpoison costs</h2>");
    let added = &subject.anatomy.added;
    let table = subject.anatomy.parts.get(&Part::SiteTable).copied().unwrap_or_default();
    if added.is_empty() && table == 0 {
        page.raw("<p>Nothing that can be seen: a function of its own is known by its name only.</p></section>");
        return;
    }
    begin(page, "", "", &["For", "Functions", "Bytes"]);
    for (cause, (functions, bytes)) in added {
        cost_row(page, cause.about(), &grouped(*functions as u64), *bytes);
    }
    if table > 0 {
        cost_row(page, "the table of sites", "", table);
    }
    let all =
        added.values().fold((0, 0), |(n, all), (functions, bytes)| (n + functions, all + bytes));
    cost_row(page, "all of it", &grouped(all.0 as u64), all.1 + table);
    end(page);
    if subject.look.entries.iter().any(|entry| entry.guarded) {
        page.raw("<p class=\"soft\">The guards stand in your own functions, 26 bytes each, and are not counted here.</p>");
    }
    page.raw("</section>");
}

fn cost_row(page: &mut Markup, what: &str, functions: &str, bytes: u64) {
    page.raw("<tr>");
    page.element("td", &[], what);
    numbers(page, &[functions.to_owned(), grouped(bytes)]);
    page.raw("</tr>");
}

/// Writes a table with an id, a room in bytes and columns; the rows that have no room are counted
/// below it.
fn as_far_as_there_is_room<T>(
    page: &mut Markup,
    (id, room, columns): (&'static str, usize, &[&str]),
    rows: &[T],
    mut write: impl FnMut(&mut Markup, &T),
) {
    begin(page, id, "", columns);
    let start = page.len();
    let mut left = rows.iter();
    while page.len() - start <= room
        && let Some(row) = left.next()
    {
        write(page, row);
    }
    end(page);
    if left.len() > 0 {
        let left = grouped(left.len() as u64);
        page.element(
            "p",
            &[],
            format_args!("{left} more are not shown: `unpoison inspect` without --html has all."),
        );
    }
}

/// Cells of a row.
fn numbers(page: &mut Markup, cells: &[String]) {
    for cell in cells {
        page.element("td", &[("class", &"number")], cell);
    }
}

fn begin(page: &mut Markup, id: &'static str, caption: &str, columns: &[&str]) {
    page.open("table", &[("id", &id)]);
    if !caption.is_empty() {
        page.element("caption", &[], caption);
    }
    page.raw("<thead><tr>");
    for column in columns {
        let is_number = ["Bytes", "Share", "Functions", "Sites", "Site"].contains(column);
        let class = match *column {
            "Share" => SHARE,
            _ if is_number => "number",
            _ => "",
        };
        page.element("th", &[("scope", &"col"), ("class", &class)], column);
    }
    page.raw("</tr></thead><tbody>");
}

fn end(page: &mut Markup) {
    page.raw("</tbody></table>");
}

/// A phone has no room for it.
const SHARE: &str = "number share";

/// A cell with a share in percent.
fn share(page: &mut Markup, bytes: u64, of: u64) {
    let percent = bytes as f64 * 100.0 / of.max(1) as f64;
    page.element("td", &[("class", &SHARE)], format_args!("{percent:.1} %"));
}
