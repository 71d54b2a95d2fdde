//! What cargo would really do in this folder: its configuration is put together from many
//! files and variables, and one of them may hide another.

use std::env;
use std::process::{Command, Stdio};

use super::{Line, itself};
use serde_json::Value;
use unpoison_sysroot::programs;

/// Looks at the configuration for a target.
pub(super) fn look(target: &str) -> Vec<Line> {
    let Some(config) = ask() else {
        return vec![Line::warning(
            "cargo does not say what it is configured to do",
            "look for `linker` below `.cargo/config.toml` of this folder and those above",
        )];
    };
    lines(&config, target, |name| env::var(name).ok().filter(|value| !value.is_empty()))
}

/// All of the configuration; cargo tells it to nightly compilers, and to whoever says to be one.
fn ask() -> Option<Value> {
    let output = Command::new("cargo")
        .args(["-Zunstable-options", "config", "get", "--format", "json"])
        .env("RUSTC_BOOTSTRAP", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

fn lines(config: &Value, target: &str, variable: impl Fn(&str) -> Option<String>) -> Vec<Line> {
    let upper = target.to_uppercase().replace(['-', '.'], "_");
    let (linker_variable, flags_variable) =
        (format!("CARGO_TARGET_{upper}_LINKER"), format!("CARGO_TARGET_{upper}_RUSTFLAGS"));
    let tables = tables(config, target);
    let of_file = tables.iter().find_map(|(name, table)| {
        Some((format!("[target.{name}]"), table["linker"].as_str()?.to_owned()))
    });
    let of_variable = variable(&linker_variable).map(|value| (linker_variable, value));
    let mut lines = Vec::new();

    // What counts of the flags is one source alone, and the first of these.
    let mut of_target: Vec<String> =
        variable(&flags_variable).iter().flat_map(|flags| words(flags)).collect();
    of_target.extend(tables.iter().flat_map(|(_, table)| list(&table["rustflags"])));
    let encoded = variable("CARGO_ENCODED_RUSTFLAGS");
    let encoded = encoded.map(|flags| flags.split('\u{1f}').map(str::to_owned).collect::<Vec<_>>());
    let sources = [
        ("CARGO_ENCODED_RUSTFLAGS", encoded.unwrap_or_default()),
        ("RUSTFLAGS", variable("RUSTFLAGS").map(|flags| words(&flags)).unwrap_or_default()),
        ("[target] rustflags", of_target),
        ("[build] rustflags", list(&config["build"]["rustflags"])),
    ];
    let mut set = sources.iter().filter(|(_, flags)| !flags.is_empty());
    let counts = set.next();
    for (hidden, flags) in set {
        let by = counts.map_or("", |(name, _)| name);
        lines.push(Line::warning(
            format!("cargo takes no notice of {hidden} ({}): {by} is set", flags.join(" ")),
            format!("put all flags into {by}, or take it away"),
        ));
    }
    let flags = counts.map(|(name, flags)| (*name, &flags[..]));
    let of_flags = flags.and_then(|(name, flags)| Some((name.to_owned(), linker_flag(flags)?)));
    match of_flags.or(of_variable).or(of_file) {
        Some((place, linker)) => lines.push(is_this(&place, &linker)),
        None => lines.push(Line::error(
            format!("cargo does not link {target} by unpoison in this folder"),
            format!("put into .cargo/config.toml: [target.{target}] linker = \"unpoison\""),
        )),
    }
    for flag in
        flags.iter().flat_map(|(_, flags)| *flags).filter(|flag| flag.contains("--unpoison-"))
    {
        lines.push(Line::ok(format!("option {}", flag.trim_start_matches("-Clink-arg="))));
    }
    lines
}

/// The tables that are for a target, its own first. Those for a `cfg` are asked by cargo of
/// rustc; what they may say of wasm is said in few ways.
fn tables<'c>(config: &'c Value, target: &str) -> Vec<(&'c str, &'c Value)> {
    let all = config["target"].as_object();
    let mut found: Vec<(&str, &Value)> = all
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name == target || (name.starts_with("cfg(") && cfg_is_wasm(name)))
        .map(|(name, table)| (name.as_str(), table))
        .collect();
    found.sort_by_key(|(name, _)| *name != target);
    found
}

fn cfg_is_wasm(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    [
        "cfg(target_arch=\"wasm32\")",
        "cfg(target_family=\"wasm\")",
        "cfg(any(target_arch=\"wasm32\",target_arch=\"wasm64\"))",
    ]
    .contains(&plain.as_str())
}

/// The linker that flags for rustc name.
fn linker_flag(flags: &[String]) -> Option<String> {
    let mut found = None;
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        let option = match flag.as_str() {
            "-C" | "--codegen" => flags.next().map_or("", String::as_str),
            other => other.strip_prefix("-C").unwrap_or_default(),
        };
        if let Some(linker) = option.strip_prefix("linker=") {
            found = Some(linker.to_owned());
        }
    }
    found
}

/// Whether a linker that is named somewhere is this program.
fn is_this(place: &str, linker: &str) -> Line {
    let named = format!("cargo links by {linker} ({place})");
    let path = programs::in_path(linker.as_ref()).and_then(|path| programs::real_path(&path));
    match path {
        Some(path) if path == itself() => Line::ok(named),
        Some(path) => Line::warning(
            format!("{named}, which is {}", path.display()),
            "this is another program than the one you asked",
        ),
        None if linker.contains(std::path::is_separator) => {
            Line::warning(named, "whether that is there depends on the folder of the configuration")
        }
        None => Line::error(
            format!("{named}, which is not in PATH"),
            "add its folder to PATH, or name the program by its whole path",
        ),
    }
}

/// `rustflags` of a file: a list, or words in one text.
fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(flags) => flags.iter().filter_map(|f| f.as_str().map(str::to_owned)).collect(),
        Value::String(flags) => words(flags),
        _ => Vec::new(),
    }
}

fn words(flags: &str) -> Vec<String> {
    flags.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use serde_json::json;

    const TARGET: &str = "wasm32-unknown-unknown";

    fn found(config: &Value, variables: &[(&str, &str)]) -> Vec<(Verdict, String)> {
        let variable = |name: &str| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        };
        lines(config, TARGET, variable).into_iter().map(|l| (l.verdict, l.what)).collect()
    }

    #[test]
    fn a_project_without_the_line_is_told_of_it() {
        let lines = found(&json!({ "build": {} }), &[]);
        assert_eq!(lines[0].0, Verdict::Error);
        assert!(lines[0].1.contains("does not link"), "{lines:?}");
    }

    #[test]
    fn what_is_hidden_is_named() {
        let config = json!({ "target": {
            TARGET: { "linker": "no-such-linker", "rustflags": ["-Clink-arg=--unpoison-guard=off"] },
            "cfg(target_arch = \"wasm32\")": { "rustflags": "-Ctarget-feature=+simd128" },
        }});
        let lines = found(&config, &[]);
        assert_eq!(lines[0].0, Verdict::Error);
        assert_eq!(lines[1], (Verdict::Ok, "option --unpoison-guard=off".to_owned()));
        let lines = found(&config, &[("RUSTFLAGS", "-Dwarnings")]);
        let hidden = "cargo takes no notice of [target] rustflags (-Clink-arg=--unpoison-guard=off \
                      -Ctarget-feature=+simd128): RUSTFLAGS is set";
        assert_eq!(lines[0], (Verdict::Warning, hidden.to_owned()));
        assert_eq!(lines.len(), 2, "{lines:?}");
    }

    #[test]
    fn the_last_word_on_the_linker_is_rustcs() {
        let config = json!({ "target": { TARGET: { "linker": "a" } } });
        let of = |variables: &[(&str, &str)]| found(&config, variables).pop().unwrap().1;
        assert!(of(&[]).starts_with("cargo links by a ([target.wasm32-unknown-unknown])"));
        let b = ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "b");
        assert!(of(&[b]).starts_with("cargo links by b (CARGO_TARGET_"));
        let flags = [b, ("CARGO_ENCODED_RUSTFLAGS", "-C\u{1f}linker=c")];
        assert!(of(&flags).starts_with("cargo links by c (CARGO_ENCODED_RUSTFLAGS)"));
        assert!(
            of(&[b, ("RUSTFLAGS", "-O -Clinker=d")]).starts_with("cargo links by d (RUSTFLAGS)")
        );
    }
}
