//! Packages for npm: one a platform with the program in it, and `hosts/js`, which finds it there.
//!
//! npm installs the one whose `os` and `cpu` are the machine's, because the others are optional.
//! The dependencies are put in here alone: in a checkout nothing asks a registry for packages
//! that are not there.

use super::archive::{self, Entry};
use super::platform::{PLATFORMS, Platform, program};
use super::{read, version};
use crate::run;
use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Command;

/// Where npm looks in an archive.
const ROOT: &str = "package";

/// Both, with a program for a target; that of the platform only where npm has a name for it.
///
/// # Errors
/// Where npm is not there, or a file cannot be read or written.
pub fn write(folder: &Path, target: &str, program: &Path) -> Result<()> {
    write_main(folder)?;
    write_platform(folder, target, program)
}

fn write_platform(folder: &Path, target: &str, file: &Path) -> Result<()> {
    let Some(platform) = Platform::of(target) else { return Ok(()) };
    let (os, cpu) = (platform.os, platform.cpu);
    let manifest = json!({
        "name": platform.package(),
        "version": version(),
        "description": format!("The linker of unpoison for {os} on {cpu}"),
        "license": "MIT OR Apache-2.0",
        "os": [os],
        "cpu": [cpu],
        "files": ["bin", "LICENSE-*"],
        "preferUnplugged": true,
    });
    let below = |name: &str| format!("{ROOT}/{name}");
    let program = format!("bin/{}", program(target));
    let mut entries = vec![
        Entry::file(below("package.json"), text(&manifest)?),
        Entry::program(below(&program), read(file)?),
    ];
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        entries.push(Entry::file(below(name), read(&run::root().join(name))?));
    }
    let name = format!("unpoison-{os}-{cpu}-{}.tgz", version());
    super::write(&folder.join("npm").join(name), &archive::tgz(&entries)?)
}

/// `hosts/js` with the platforms as its optional dependencies.
fn write_main(folder: &Path) -> Result<()> {
    let source = run::root().join("hosts/js");
    let mut manifest: Value = serde_json::from_slice(&read(&source.join("package.json"))?)?;
    ensure!(manifest["version"] == version(), "hosts/js has another version than {}", version());
    let platforms: Map<String, Value> =
        PLATFORMS.iter().map(|platform| (platform.package(), json!(version()))).collect();
    manifest["optionalDependencies"] = platforms.into();
    let mut entries = Vec::new();
    for name in packed(&source)? {
        let path = format!("{ROOT}/{name}");
        let bytes = match &*name {
            "package.json" => text(&manifest)?,
            _ => read(&source.join(&name))?,
        };
        let entry = if name.starts_with("bin/") { Entry::program } else { Entry::file };
        entries.push(entry(path, bytes));
    }
    super::write(&folder.join(format!("npm/unpoison-{}.tgz", version())), &archive::tgz(&entries)?)
}

/// The files that npm takes into a package.
///
/// # Errors
/// Where npm is not there, or says something else.
pub fn packed(package: &Path) -> Result<Vec<String>> {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(["pack", "--dry-run", "--json", "--ignore-scripts"]).current_dir(package);
    let said: Value = serde_json::from_str(&run::quiet(&mut npm)?).context("what npm says")?;
    let files = said[0]["files"].as_array().context("npm names no files")?;
    let path = |file: &Value| Some(file["path"].as_str()?.to_owned());
    files.iter().map(|file| path(file).context("npm names a file without a path")).collect()
}

fn text(manifest: &Value) -> Result<Vec<u8>> {
    Ok(format!("{}\n", serde_json::to_string_pretty(manifest)?).into_bytes())
}
