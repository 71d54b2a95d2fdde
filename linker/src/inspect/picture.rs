//! The pictures: a bar of what the file's bytes are there for, and a treemap of its functions.
//!
//! Each is drawn twice, for a wide window and for a phone: letters that are scaled down cannot
//! be read. A cell that is too small to be seen is drawn as one with its neighbours, so the page
//! does not grow with the module.

use std::fmt::Display;

use super::anatomy::Part;
use super::markup::{Markup, counted, cut, grouped};
use super::outline::Node;
use super::treemap::{Rect, divide};
use crate::plan::Kind;

/// How wide a picture is, in its own units, which are CSS pixels where there is room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    class: &'static str,
    width: f64,
    height: f64,
}

pub(super) const SIZES: [Size; 2] = [
    Size { class: "wide", width: 1080.0, height: 640.0 },
    Size { class: "narrow", width: 360.0, height: 560.0 },
];

const BAR_HEIGHT: f64 = 36.0;
/// What a character takes in a label, and what a line takes.
const CHARACTER: f64 = 6.3;
const LINE: f64 = 14.0;
/// The smallest area that is a cell of its own.
const CELL: f64 = 420.0;
/// The smallest area in which a module's functions are shown.
const MODULE: f64 = 9000.0;
/// How far a mark reaches.
const MARK: f64 = 14.0;
const LONGEST_NAME: usize = 140;

/// A number as pictures have it.
struct Px(f64);

impl Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        // Not `-0`.
        write!(f, "{}", if tenths == 0.0 { 0.0 } else { tenths })
    }
}

/// How a part of a file looks and what it is called: class, letter, name.
pub(super) fn part(part: Part) -> (&'static str, &'static str, &'static str) {
    match part {
        Part::Code => ("p-code", "C", "code"),
        Part::Added => ("p-added", "U", "functions that unpoison added"),
        Part::Data => ("p-data", "D", "data"),
        Part::Names => ("p-names", "N", "names of functions"),
        Part::Debug => ("p-debug", "I", "debug information"),
        Part::SiteTable => ("p-sites", "S", "unpoison's table of sites"),
        Part::Custom => ("p-custom", "O", "other custom sections"),
        Part::Declarations => ("p-rest", "T", "types, imports, exports, tables"),
    }
}

/// The symbol of a kind of site: [`DEFINITIONS`] has its shape and its letter.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Panic => "k-panic",
        Kind::Abort => "k-abort",
        Kind::Alloc => "k-alloc",
        Kind::Nounwind => "k-nounwind",
        Kind::Trap => "k-trap",
        Kind::Unreachable => "k-unreachable",
    }
}

/// The shapes of the marks, as symbols that cells use.
pub(super) const DEFINITIONS: &str = concat!(
    r#"<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>"#,
    r#"<pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">"#,
    r#"<rect class="stripe-ground" width="6" height="6"/><rect class="stripe" width="2.5" height="6"/></pattern>"#,
    r#"<symbol id="k-panic" viewBox="0 0 14 14"><circle class="k-panic" cx="7" cy="7" r="6.5"/><text x="7" y="10.5">P</text></symbol>"#,
    r#"<symbol id="k-abort" viewBox="0 0 14 14"><rect class="k-abort" x="1" y="1" width="12" height="12"/><text x="7" y="10.5">A</text></symbol>"#,
    r#"<symbol id="k-alloc" viewBox="0 0 14 14"><path class="k-alloc" d="M7 0 14 7 7 14 0 7z"/><text class="tight" x="7" y="9.8">M</text></symbol>"#,
    r#"<symbol id="k-nounwind" viewBox="0 0 14 14"><path class="k-nounwind" d="M7 0 14 13.5H0z"/><text class="tight" x="7" y="12">N</text></symbol>"#,
    r#"<symbol id="k-trap" viewBox="0 0 14 14"><path class="k-trap" d="M0 .5H14L7 14z"/><text class="tight" x="7" y="7.5">T</text></symbol>"#,
    r#"<symbol id="k-unreachable" viewBox="0 0 14 14"><path class="k-unreachable" d="M3.5 1h7L14 7l-3.5 6h-7L0 7z"/><text x="7" y="10.5">U</text></symbol>"#,
    "</defs></svg>",
);

/// The bar of a file's parts, in the order of the table beside it.
pub(super) fn bar(page: &mut Markup, parts: &[(Part, u64)], size: Size) {
    let total: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    begin(
        page,
        "bar",
        size,
        BAR_HEIGHT,
        "What the bytes are there for",
        "The table below says the same.",
    );
    let mut x = 0.0;
    for (of, bytes) in parts {
        let (class, letter, name) = part(*of);
        let width = *bytes as f64 / total.max(1) as f64 * size.width;
        page.open("g", &[]);
        page.element("title", &[], format!("{name}: {} bytes", grouped(*bytes)));
        rect(page, class, Rect { x, y: 0.0, width, height: BAR_HEIGHT });
        if width > 2.0 * CHARACTER {
            let label = if width > CHARACTER * (name.len() as f64 + 2.0) { name } else { letter };
            label_at(page, "label", x + 5.0, BAR_HEIGHT / 2.0 + 4.0, label);
        }
        page.close("g");
        x += width;
    }
    page.close("svg");
}

/// The treemap of a module's functions.
pub(super) fn treemap(page: &mut Markup, crates: &[Node], size: Size) {
    let functions: usize = crates.iter().map(|node| node.functions).sum();
    let about = format!(
        "{} in {}, each as large as its code. The table below says the same by crate.",
        counted(functions, "function", "functions"),
        counted(crates.len(), "crate", "crates")
    );
    begin(page, "map", size, size.height, "Where the code and its sites are", &about);
    let whole = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
    let shown = visible(crates, whole, "crates");
    for (rank, (node, at)) in shown.iter().zip(rects(&shown, whole)).enumerate() {
        let class = if node.is_unpoison() { "c-ours" } else { COLOURS[rank % COLOURS.len()] };
        krate(page, node, class, at);
    }
    page.close("svg");
}

const COLOURS: [&str; 8] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];

/// A crate with its name above what is in it.
fn krate(page: &mut Markup, node: &Node, class: &'static str, at: Rect) {
    let has_room = at.width > 5.0 * CHARACTER && at.height > 3.0 * LINE;
    if node.inner.is_empty() || !has_room {
        cell(page, node, class, at);
        return;
    }
    headed(page, node, class, at, ("crate", 5.0));
    let inside = at.inset(LINE + 2.0, 2.0);
    let shown = visible(&node.inner, inside, "in this crate");
    for (inner, at) in shown.iter().zip(rects(&shown, inside)) {
        if inner.inner.is_empty() || at.area() < MODULE || at.height < 4.0 * LINE {
            cell(page, inner, class, at);
        } else {
            module(page, inner, class, at);
        }
    }
}

/// A module of a crate with its name above its functions.
fn module(page: &mut Markup, node: &Node, class: &'static str, at: Rect) {
    headed(page, node, class, at, ("label", 4.0));
    let inside = at.inset(LINE + 1.0, 2.0);
    let shown = visible(&node.inner, inside, "in this module");
    for (inner, at) in shown.iter().zip(rects(&shown, inside)) {
        cell(page, inner, class, at);
    }
}

/// A rectangle with the name of what is in it along its upper side: in a style, and so far from
/// the left one.
fn headed(
    page: &mut Markup,
    node: &Node,
    class: &'static str,
    at: Rect,
    (style, left): (&'static str, f64),
) {
    page.open("g", &[]);
    title(page, node);
    rect(page, class, at);
    framed(page, at.inset(0.0, 1.0), |page| {
        label_at(page, style, left, LINE - 3.0, &fitting(&node.label, at.width - 8.0));
    });
    page.close("g");
}

/// What is drawn as one rectangle, with its name and its sites where there is room.
fn cell(page: &mut Markup, node: &Node, class: &'static str, at: Rect) {
    page.open("g", &[]);
    title(page, node);
    rect(page, class, at);
    let marks = node.sites.len() as f64 * (MARK + 1.0);
    // With how many there are, where that fits, too.
    let counts: Vec<String> = node.sites.values().map(|n| count_label(*n)).collect();
    let wide = marks + counts.iter().map(|n| n.len() as f64 * CHARACTER).sum::<f64>();
    let has_marks = !node.sites.is_empty();
    let has_label = at.width > 4.0 * CHARACTER && at.height > LINE;
    if has_label || has_marks {
        framed(page, at.inset(0.0, 1.0), |page| {
            let beside = has_marks && at.height < 2.0 * LINE + 4.0;
            let room = at.width - 8.0 - if beside { wide } else { 0.0 };
            if has_label && room > 3.0 * CHARACTER {
                label_at(page, "label", 3.0, LINE - 3.0, &fitting(&node.label, room));
            }
            if at.width < MARK || at.height < MARK {
                // A dot: here is something.
                page.open(
                    "circle",
                    &[
                        ("class", &"dot"),
                        ("cx", &Px(at.width / 2.0)),
                        ("cy", &Px(at.height / 2.0)),
                        ("r", &3),
                    ],
                );
                page.close("circle");
                return;
            }
            let all_fit = wide + 4.0 <= at.width;
            let mut x = if all_fit { at.width - 3.0 - wide } else { 1.0 };
            let y = (at.height - MARK - 2.0).max(0.0);
            for (kind_of, count) in node.sites.keys().zip(&counts) {
                if x + MARK > at.width {
                    break;
                }
                mark(page, kind(*kind_of), x, y);
                x += MARK + 1.0;
                if all_fit && !count.is_empty() {
                    label_at(page, "count", x, y + 11.0, count);
                    x += count.len() as f64 * CHARACTER;
                }
            }
        });
    }
    page.close("g");
}

/// How often a site is there, where it is more than once.
fn count_label(count: usize) -> String {
    if count > 1 { count.to_string() } else { String::new() }
}

/// A mark of a kind.
pub(super) fn mark(page: &mut Markup, id: &'static str, x: f64, y: f64) {
    let href = format!("#{id}");
    page.open(
        "use",
        &[("href", &href), ("x", &Px(x)), ("y", &Px(y)), ("width", &14), ("height", &14)],
    );
    page.close("use");
}

/// What says more where a pointer rests.
fn title(page: &mut Markup, node: &Node) {
    let name = cut(&node.name, LONGEST_NAME);
    let mut text = format!("{name}: {} bytes", grouped(node.bytes));
    if node.functions > 1 {
        text.push_str(&format!(", {}", counted(node.functions, "function", "functions")));
    }
    if !node.sites.is_empty() {
        let kinds = node.sites.iter().map(|(kind, count)| format!("{count} {}", kind.name()));
        text.push_str(&format!("; sites: {}", kinds.collect::<Vec<_>>().join(", ")));
    }
    page.element("title", &[], text);
}

/// Those of a node's parts that can be seen, and one for the rest.
fn visible(nodes: &[Node], within: Rect, of: &str) -> Vec<Node> {
    let total: u64 = nodes.iter().map(|node| node.bytes).sum();
    let least = CELL / within.area().max(1.0) * total as f64;
    let (mut shown, mut rest) = (Vec::new(), Node::default());
    for node in nodes {
        if node.bytes as f64 >= least {
            shown.push(node.clone());
        } else if node.bytes > 0 {
            rest.take(node.clone());
        }
    }
    if let [only] = &rest.inner[..] {
        shown.push(only.clone());
    } else if !rest.inner.is_empty() {
        rest.label = format!("{} more", grouped(rest.inner.len() as u64));
        rest.name = format!("{} smaller {of}", grouped(rest.inner.len() as u64));
        rest.inner.clear();
        shown.push(rest);
    }
    shown.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    shown
}

fn rects(nodes: &[Node], within: Rect) -> Vec<Rect> {
    divide(&nodes.iter().map(|node| node.bytes).collect::<Vec<_>>(), within)
}

/// As much of a label as fits.
fn fitting(label: &str, width: f64) -> String {
    let most = (width / CHARACTER).max(1.0) as usize;
    if label.chars().count() <= most {
        return label.to_owned();
    }
    // The beginning says most.
    label.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

fn begin(page: &mut Markup, kind: &str, size: Size, height: f64, title: &str, about: &str) {
    let id = format!("{kind}-{}", size.class);
    let class = format!("{kind} {}", size.class);
    let view = format!("0 0 {} {}", size.width, height);
    let named = format!("{id}-title {id}-about");
    page.open(
        "svg",
        &[("class", &class), ("viewBox", &view), ("role", &"img"), ("aria-labelledby", &named)],
    );
    page.element("title", &[("id", &format!("{id}-title"))], title);
    page.element("desc", &[("id", &format!("{id}-about"))], about);
}

/// Draws into a part of a picture: what is too long is cut off at its edge.
fn framed(page: &mut Markup, at: Rect, draw: impl FnOnce(&mut Markup)) {
    page.open(
        "svg",
        &[("x", &Px(at.x)), ("y", &Px(at.y)), ("width", &Px(at.width)), ("height", &Px(at.height))],
    );
    draw(page);
    page.close("svg");
}

fn rect(page: &mut Markup, class: &'static str, at: Rect) {
    page.open(
        "rect",
        &[
            ("class", &class),
            ("x", &Px(at.x)),
            ("y", &Px(at.y)),
            ("width", &Px(at.width)),
            ("height", &Px(at.height)),
        ],
    );
    page.close("rect");
}

fn label_at(page: &mut Markup, class: &'static str, x: f64, y: f64, text: &str) {
    page.element("text", &[("class", &class), ("x", &Px(x)), ("y", &Px(y))], text);
}
