//! The crates of `tests/corpus`.

use crate::fixture::{Build, Source};
use crate::record::Recorded;
use crate::setup::{self, Setup};
use crate::toolchain::Toolchain;
use crate::{disk, run};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate of the corpus: a module around a crate that many people use.
#[derive(Debug)]
pub(super) struct Member {
    /// Its name.
    pub name: String,
    folder: PathBuf,
    /// The crate inside: its name and version.
    inside: (String, String),
    /// Why it is not built with panics that unwind, if it is not.
    pub no_unwind: Option<String>,
}

/// What `cargo metadata` says.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    metadata: Option<Told>,
}

/// `[package.metadata.corpus]`.
#[derive(Deserialize)]
struct Told {
    corpus: Option<Corpus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Corpus {
    no_unwind: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    req: String,
}

fn root() -> PathBuf {
    run::root().join("tests/corpus")
}

/// All of them, by name.
pub(super) fn all(toolchain: &Toolchain) -> Result<Vec<Member>> {
    let mut cargo = Command::new(&toolchain.cargo);
    run::without_outer_cargo(&mut cargo).current_dir(root());
    cargo.args(["metadata", "--format-version=1", "--no-deps", "--locked"]);
    let said = run::quiet(&mut cargo)?;
    let metadata: Metadata = serde_json::from_str(&said).context("cargo's metadata")?;
    let mut members: Vec<Member> = metadata.packages.into_iter().filter_map(Member::of).collect();
    members.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(members)
}

impl Member {
    /// The support crate is none: it has no version of its own that is pinned.
    fn of(package: Package) -> Option<Self> {
        let pinned = |dependency: &Dependency| dependency.req.starts_with('=');
        let wanted = package.name.strip_prefix("corpus-")?;
        let of_name = package.dependencies.iter().find(|d| pinned(d) && d.name == wanted);
        let inside = of_name.or_else(|| package.dependencies.iter().find(|d| pinned(d)))?;
        Some(Self {
            inside: (inside.name.clone(), inside.req.trim_start_matches('=').to_owned()),
            folder: package.manifest_path.parent()?.to_owned(),
            no_unwind: package.metadata.and_then(|told| told.corpus?.no_unwind),
            name: wanted.to_owned(),
        })
    }

    /// The crate inside, with its version.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.inside.0, self.inside.1)
    }

    /// Builds it and records its link; the target folder is shared, so that what several need is
    /// compiled once.
    pub(super) fn record(&self, setup: &Setup, build: &Build, place: &Path) -> Result<Recorded> {
        let _turn = setup::turn("corpus")?;
        let source = Source {
            folder: root(),
            package: Some(format!("corpus-{}", self.name)),
            made_of: vec![self.folder.clone(), root().join("support")],
        };
        let target = super::folder().join("cargo");
        std::fs::create_dir_all(place)?;
        let recorded = source.record(&setup.toolchain, &target, &place.join("link"), build)?;
        disk::spare(&target);
        Ok(recorded)
    }
}
