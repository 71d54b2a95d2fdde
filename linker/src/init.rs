//! `unpoison init`: the lines that a project needs, in the project's own files.

use std::path::{Path, PathBuf};

use crate::cli::say;
use crate::doctor::DEFAULT_TARGET;
use crate::error::{Error, Result};
use toml_edit::{DocumentMut, Item};

/// What comes next in projects that have a dependency: the first that is there counts.
const NEXT: &[(&[&str], &str)] = &[
    (
        &["worker"],
        "an app of the crate worker: put `command = \"npx unpoison worker-build --release\"` below [build] in wrangler.toml, and every request is answered (docs/workers.md)",
    ),
    (
        &["leptos", "yew", "dioxus"],
        "an app in the browser: a boundary, and a way to start again (docs/frameworks.md)",
    ),
    (
        &["extism-pdk"],
        "a plugin for Extism: hosts read the failure out of the report (docs/extism.md)",
    ),
    (
        &["wasm-bindgen"],
        "a package of wasm-bindgen's: `npm install unpoison`, and recoverBindgen(glue) gives it typed errors and a fresh instance (docs/wasm-bindgen.md)",
    ),
];
const ANY: &str = "in JavaScript: `npm install unpoison`, and recover(module) gives it typed errors and a fresh instance (docs/javascript.md); in wasmtime: the crate of hosts/wasmtime (docs/wasmtime.md)";

/// Writes the linker's line for the project in a folder, and says what comes next.
///
/// # Errors
/// [`Error::Usage`] outside of a project and for a target that is no wasm target,
/// [`Error::Configuration`] for a file that cannot be read, understood or written.
pub(crate) fn run(folder: &Path, target: Option<&str>) -> Result<()> {
    let project = project(folder).ok_or_else(|| {
        Error::Usage(
            "there is no Cargo.toml here, nor in a folder above: call init in a project".into(),
        )
    })?;
    let manifests = manifests(&project, folder);
    let target = match target {
        Some(target) => target.to_owned(),
        None => asked_for(&project).unwrap_or_else(|| DEFAULT_TARGET.to_owned()),
    };
    if !target.starts_with("wasm32") {
        return Err(Error::Usage(format!(
            "unpoison links wasm32 targets, and {target} is none: say which by --target"
        )));
    }
    let file = config_file(&project);
    let file = file.strip_prefix(folder).unwrap_or(&file);
    for notice in unpoison_sysroot::configure(file, &target).map_err(Error::Configuration)? {
        say(&format!("{notice}\n"));
    }
    let has = |name: &&str| manifests.iter().any(|manifest| depends(manifest, name));
    let next = NEXT.iter().find(|(names, _)| names.iter().any(has)).map_or(ANY, |(_, next)| next);
    say(&format!(
        "next:\n- unpoison doctor --target {target}: whether links work here\n- {next}\n\
         - unpoison sysroot --write: where a panic is to cost its own call only (docs/sysroot.md)\n"
    ));
    Ok(())
}

/// The folder of the workspace, or else of the package.
fn project(folder: &Path) -> Option<PathBuf> {
    let own = folder.ancestors().find(|folder| folder.join("Cargo.toml").is_file())?;
    let workspace = own.ancestors().find(|folder| {
        parsed(&folder.join("Cargo.toml"))
            .is_some_and(|manifest| manifest.contains_key("workspace"))
    });
    Some(workspace.unwrap_or(own).to_owned())
}

/// The manifests that say what the project is: of the folder, and of the workspace.
fn manifests(project: &Path, folder: &Path) -> Vec<DocumentMut> {
    let below = folder.ancestors().take_while(|folder| folder.starts_with(project));
    let mut found: Vec<_> = below.filter_map(|folder| parsed(&folder.join("Cargo.toml"))).collect();
    let own = found.last();
    let members = own.and_then(|own| own.get("workspace")?.get("members")?.as_array().cloned());
    let members = members.iter().flatten().filter_map(|member| member.as_str());
    let more: Vec<_> =
        members.filter_map(|member| parsed(&project.join(member).join("Cargo.toml"))).collect();
    found.extend(more);
    found
}

fn parsed(file: &Path) -> Option<DocumentMut> {
    std::fs::read_to_string(file).ok()?.parse().ok()
}

fn depends(manifest: &DocumentMut, name: &str) -> bool {
    let has = |table: Option<&Item>| {
        table.and_then(Item::as_table_like).is_some_and(|table| table.contains_key(name))
    };
    let shared = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    has(manifest.get("dependencies")) || has(shared)
}

/// `build.target` of the project's configuration.
fn asked_for(project: &Path) -> Option<String> {
    let config = parsed(&config_file(project))?;
    let target = config.get("build")?.get("target")?.as_str()?;
    target.starts_with("wasm32").then(|| target.to_owned())
}

/// cargo's older name for the file counts before the newer one.
fn config_file(project: &Path) -> PathBuf {
    let folder = project.join(".cargo");
    let old = folder.join("config");
    if old.is_file() { old } else { folder.join("config.toml") }
}
