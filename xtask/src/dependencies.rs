//! `cargo xtask dependencies`: what the published crates are made of, each direct dependency with
//! its reason, and how much of the repository's own code is `unsafe`.
//!
//! Reasons are for people to write: they stand in the tables of docs/dependencies.md and are read
//! from there. All else in those tables is counted here, and a test compares.

mod own_code;

use crate::run;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// The page with the reasons, from the root.
pub const PAGE: &str = "docs/dependencies.md";

/// What is counted for: on each machine the same. Other systems have a few crates more, or less.
const TARGET: &str = "x86_64-unknown-linux-musl";

/// A member of the workspace.
#[derive(Debug)]
struct Member {
    name: String,
    folder: PathBuf,
    published: bool,
}

/// All, in cargo's order.
fn members() -> Result<Vec<Member>> {
    let mut cargo = Command::new("cargo");
    run::without_outer_cargo(&mut cargo);
    cargo.args(["metadata", "--no-deps", "--locked", "--format-version=1"]);
    let said: Value = serde_json::from_str(&run::quiet(cargo.current_dir(run::root()))?)?;
    let packages = said["packages"].as_array().context("cargo names no packages")?;
    let member = |package: &Value| {
        let manifest = PathBuf::from(package["manifest_path"].as_str()?);
        let name = package["name"].as_str()?.to_owned();
        let folder = manifest.parent()?.to_path_buf();
        Some(Member { name, folder, published: package["publish"].is_null() })
    };
    packages.iter().map(|package| member(package).context("a package without a name")).collect()
}

/// The crates at the edges of a package, without itself, as `name version`.
fn tree(package: &str, edges: &str, depth: Option<usize>) -> Result<BTreeSet<String>> {
    let mut cargo = Command::new("cargo");
    run::without_outer_cargo(&mut cargo);
    cargo.args(["tree", "--locked", "--quiet", "--target", TARGET, "--package", package]);
    cargo.args(["--prefix=none", "--no-dedupe", "--format={p}", "--edges", edges]);
    if let Some(depth) = depth {
        cargo.arg(format!("--depth={depth}"));
    }
    let said = run::quiet(cargo.current_dir(run::root()))?;
    let mut found = BTreeSet::new();
    for line in said.lines().skip(1) {
        let mut words = line.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            bail!("cargo tree says `{line}`");
        };
        found.insert(format!("{name} {version}"));
    }
    Ok(found)
}

fn name(of: &str) -> &str {
    of.split(' ').next().unwrap_or(of)
}

/// What a published crate is made of.
struct Made {
    name: String,
    /// Names.
    direct: BTreeSet<String>,
    /// In the program, the direct ones among them.
    linked: BTreeSet<String>,
    /// Needed to compile it: macros, build scripts, and what those are made of.
    building: usize,
}

fn made(member: &Member) -> Result<Made> {
    let package = &member.name;
    let direct = tree(package, "normal,build", Some(1))?.iter().map(|it| name(it).into()).collect();
    let linked = tree(package, "normal,no-proc-macro", None)?;
    let all = tree(package, "normal,build", None)?;
    let building = all.difference(&linked).count();
    Ok(Made { name: package.clone(), direct, linked, building })
}

/// The rows of the page's table that has a last column "why": the first column, without quotes of
/// code, and the last.
fn reasons(section: &str, of: &str) -> Result<BTreeMap<String, String>> {
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [first, .., why] = cells[..] else { bail!("no row: {line}") };
        ensure!(!why.is_empty(), "{first} has no reason in {PAGE}");
        Ok((first.trim_matches('`').to_owned(), why.to_owned()))
    };
    let found: BTreeMap<_, _> = rows.clone().map(row).collect::<Result<_>>()?;
    ensure!(found.len() == rows.count(), "{PAGE} names {of} twice");
    Ok(found)
}

/// Takes what is there from what the page has reasons for.
fn reason(reasons: &mut BTreeMap<String, String>, of: &str) -> Result<String> {
    reasons.remove(of).with_context(|| format!("{of} has no reason in {PAGE}"))
}

fn nothing_more(reasons: &BTreeMap<String, String>) -> Result<()> {
    let names = reasons.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    ensure!(reasons.is_empty(), "{PAGE} has a reason for what is not there: {names}");
    Ok(())
}

/// What is between a heading and the next.
fn section<'p>(page: &'p str, heading: &str) -> Result<&'p str> {
    let found = page.split("\n## ").find_map(|section| section.strip_prefix(heading));
    found.with_context(|| format!("{PAGE} has no section {heading}"))
}

/// The tables of the page, with its own reasons.
///
/// # Errors
/// Where one is missing, or there is one too many.
pub fn tables(page: &str) -> Result<Vec<String>> {
    let members = members()?;
    let published = members.iter().filter(|member| member.published);
    let made: Vec<Made> = published.map(made).collect::<Result<_>>()?;
    Ok(vec![
        counts(&made)?,
        direct(&made, section(page, "Why each is there")?)?,
        own_code::by_crate(&members)?,
        own_code::by_file(&members, section(page, "`unsafe` by file")?)?,
    ])
}

fn counts(made: &[Made]) -> Result<String> {
    let mut table = "| crate | direct | in the program | only to compile it |\n\
                     | --- | --: | --: | --: |"
        .to_owned();
    for made in made {
        let (direct, linked) = (made.direct.len(), made.linked.len());
        write!(table, "\n| `{}` | {direct} | {linked} | {} |", made.name, made.building)?;
    }
    Ok(table)
}

fn direct(made: &[Made], section: &str) -> Result<String> {
    let mut reasons = reasons(section, "a crate")?;
    let mut table = "| crate | of | why |\n| --- | --- | --- |".to_owned();
    let all: BTreeSet<_> = made.iter().flat_map(|made| &made.direct).collect();
    for one in all {
        let of = made.iter().filter(|made| made.direct.contains(one));
        let of = of.map(|made| format!("`{}`", made.name)).collect::<Vec<_>>().join(", ");
        write!(table, "\n| `{one}` | {of} | {} |", reason(&mut reasons, one)?)?;
    }
    nothing_more(&reasons)?;
    Ok(table)
}

/// Prints the tables, each behind its heading in the page.
///
/// # Errors
/// Where cargo cannot be asked, or the page lacks a reason.
pub fn run() -> Result<()> {
    let path = run::root().join(PAGE);
    let page = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    println!("For {TARGET}; the reasons are those of {PAGE}.");
    for table in tables(&page)? {
        println!("\n{table}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &str = "\n| crate | why |\n| --- | --- |\n| `a` | first |\n| `b` | second |\n";

    #[test]
    fn a_reason_is_there_for_each_and_for_nothing_else() {
        let mut reasons = reasons(SECTION, "a crate").unwrap();
        assert_eq!(reason(&mut reasons, "a").unwrap(), "first");
        assert!(reason(&mut reasons, "c").unwrap_err().to_string().contains("c has no reason"));
        assert!(nothing_more(&reasons).unwrap_err().to_string().ends_with(": b"));
        reason(&mut reasons, "b").unwrap();
        nothing_more(&reasons).unwrap();
    }

    #[test]
    fn an_empty_reason_is_none_and_two_are_too_many() {
        let empty = SECTION.replace("second", "");
        assert!(reasons(&empty, "a crate").is_err());
        let twice = SECTION.replace("`b`", "`a`");
        assert!(reasons(&twice, "a crate").is_err());
    }
}
