//! The ways in which Windows can name a file.

use super::Tally;
use super::links::Place;
use super::machine::Machine;
use anyhow::Result;

pub(super) fn spellings(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let place = Place::new(machine.folder()?)?;
    let whole = machine.seen(&place.module(machine));
    let name = machine.link.output_name();
    let without_drive = whole.trim_start_matches("C:");
    for (what, output) in [
        ("backslashes", whole.clone()),
        ("slashes", whole.replace('\\', "/")),
        ("both", whole.replace(r"\out\", "/out\\")),
        ("another case", whole.replace("unpoison", "UNPOISON")),
        ("relative", format!(r"out\{name}")),
        ("dots", format!(r".\out\..\out\.\{name}")),
        ("no drive", without_drive.to_owned()),
        ("relative to the drive", format!(r"C:out\{name}")),
        ("without a limit", format!(r"\\?\{whole}")),
        ("the other drive", format!("Z:{}", place.module(machine).display())),
    ] {
        for temperature in ["", ", warm"] {
            let mut link = place.bare(machine);
            link.args(place.words(machine, &output)?);
            let held = place.holds(machine, &mut link);
            tally.count(&format!("{what}{temperature}"), held);
            std::fs::remove_dir_all(&place.out)?;
            std::fs::create_dir(&place.out)?;
            if !temperature.is_empty() {
                std::fs::remove_dir_all(&place.cache)?;
            }
        }
    }
    Ok(())
}

/// Output, inputs, cache and the folder of the link have the name.
pub(super) fn folders(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let deep = ["a folder with thirty letters "; 12].map(str::trim).join("/");
    for (what, name) in [
        ("spaces", "with  spaces"),
        ("not ASCII", "größe 大きさ"),
        ("beyond 16 bits", "crab 🦀"),
        ("quotes and signs", "it's & 100 (a=b,c;d) $HOME ^x! `y`"),
        ("like an option", "-o"),
        ("like a response file", "@file"),
        ("more than 260 characters", &deep),
    ] {
        let place = Place::new(machine.folder()?.join(name))?;
        for temperature in ["cold", "warm"] {
            let held = place.holds(machine, &mut place.link(machine)?);
            tally.count(&format!("{what}, {temperature}"), held);
        }
    }
    Ok(())
}
