//! Modules made to hurt ([`unpoison_fuzz::hostile`]), in a link and given to each command: an
//! answer or a short error, in bounded time and memory.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use unpoison_fuzz::hostile;
use unpoison_tests::links::{Pair, toolchain};
use wasmparser::{Validator, WasmFeatures};
use xtask::fixture::Point;
use xtask::{run, tools};

/// How many of the things that a module has many of. Whatever is done for each two of them takes
/// minutes.
const MANY: u32 = 100_000;
/// What is nested is refused by wasmparser, or overflows somebody's stack, long before that.
const FEW: u32 = 2_000;
/// Processor time, in seconds; each takes some tenths of one.
const SECONDS: u32 = 10;
/// Of addresses, in kB: threads' stacks and what allocators set aside are in it. The modules have
/// up to 12 MB.
const MEMORY: u32 = 2 << 20;

/// By how much a module grows at most: one that is little but exports has a guard for each.
const MOST_GROWN: usize = 6;

/// A command that is ended where it is out of bounds.
fn bounded(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    let limits = format!("ulimit -t {SECONDS}; ulimit -v {MEMORY}; exec \"$@\"");
    shell.args(["-c", &limits, "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// Runs it; what is wrong with how it ended.
fn ended(command: &Command) -> Result<Output, String> {
    let shown = run::shown(command);
    let output = bounded(command).output().map_err(|e| format!("{shown}: {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let first: String = said.chars().take(500).collect();
    if output.status.code().is_none_or(|code| code > 100) {
        return Err(format!("{shown}: {}: {first}", output.status));
    }
    if said.contains("panicked at") || said.contains("internal error") {
        return Err(format!("{shown}: {first}"));
    }
    let errors: Vec<&str> =
        said.lines().filter(|line| line.starts_with("unpoison: error: ")).collect();
    if errors.len() > 1 || errors.iter().any(|line| line.len() > 500) {
        return Err(format!("{shown}: no short error: {first}"));
    }
    if output.status.code() == Some(2) && errors.is_empty() {
        return Err(format!("{shown}: no reason: {first}"));
    }
    Ok(output)
}

/// What goes wrong with one module.
fn faults(pair: &Pair, name: &str, module: &[u8]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let [input, output] = ["input.wasm", "output.wasm"].map(|name| dir.path().join(name));
    std::fs::write(&input, module).unwrap();
    // A linker that writes just this.
    let script = dir.path().join("wasm-ld");
    let text = format!(
        "#!/bin/sh\nfor word; do if [ \"$last\" = -o ]; then out=$word; fi; last=$word; done\n\
         exec cat '{}' > $out\n",
        input.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let unpoison = tools::unpoison().unwrap();
    let mut faults = Vec::new();
    let valid =
        |bytes: &[u8]| Validator::new_with_features(WasmFeatures::all()).validate_all(bytes).err();
    for exceptions in ["on", "off"] {
        let mut link = pair.link.unpoison(toolchain(), &unpoison, &output).unwrap();
        link.env("UNPOISON_LLD", &script).arg(format!("--unpoison-exceptions={exceptions}"));
        // The debug build's own check of what it makes takes its time, too.
        link.env_remove(run::VALIDATE);
        let _ = std::fs::remove_file(&output);
        match ended(&link) {
            Ok(linked) if linked.status.success() => {
                let made = std::fs::read(&output).unwrap();
                let error = valid(&made).filter(|_| valid(module).is_none());
                faults.extend(error.map(|error| format!("the output is not valid: {error}")));
                if made.len() > MOST_GROWN * module.len() + 100_000 {
                    faults.push(format!("{} bytes became {}", module.len(), made.len()));
                }
            }
            Ok(failed) => {
                let said = String::from_utf8_lossy(&failed.stderr).into_owned();
                if !said.contains("unpoison: error: ") || output.exists() {
                    faults.push(format!("a failed link: {said}"));
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    let files = [&input, &output];
    for file in files.into_iter().filter(|file| file.exists()) {
        faults.extend(commands(&unpoison, file).iter().filter_map(|command| ended(command).err()));
    }
    faults.into_iter().map(|fault| format!("{name}: {fault}")).collect()
}

/// What may be asked of a file.
fn commands(unpoison: &Path, file: &Path) -> Vec<Command> {
    let html = file.with_extension("html");
    let asked: [&[&str]; 9] = [
        &["inspect"],
        &["inspect", "--json"],
        &["inspect", "--plan"],
        &["inspect", "--html", html.to_str().unwrap()],
        &["check"],
        &["check", "--no-fail", "first"],
        &["explain", "0", "1", "99999"],
        &["split"],
        &["source-map"],
    ];
    let command = |words: &&[&str]| {
        let mut command = Command::new(unpoison);
        command.arg(words[0]).arg(file).args(&words[1..]);
        command
    };
    asked.iter().map(command).collect()
}

#[test]
fn hostile_modules_get_an_answer_or_an_error_in_bounded_time_and_memory() {
    let pair = Pair::plain("small", Point::RELEASE).unwrap();
    let only = std::env::var("UNPOISON_HOSTILE").ok();
    let mut faulty = Vec::new();
    for (name, make) in hostile::all() {
        if only.as_deref().is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let start = std::time::Instant::now();
        for many in [FEW, MANY] {
            let module = make(many);
            faulty.extend(faults(&pair, name, &module));
        }
        eprintln!("{name}: {:?}", start.elapsed());
    }
    assert!(faulty.is_empty(), "{}", faulty.join("\n"));
}

/// What is given to a link beside its own inputs.
#[test]
fn hostile_files_get_an_error_in_bounded_time_and_memory() {
    let pair = Pair::plain("small", Point::RELEASE).unwrap();
    let unpoison = tools::unpoison().unwrap();
    let mut faulty = Vec::new();
    for (name, files) in files() {
        let dir = tempfile::tempdir().unwrap();
        let output = dir.path().join("output.wasm");
        for (name, content) in &files {
            let place = dir.path().display().to_string();
            let content = match std::str::from_utf8(content) {
                Ok(text) => text.replace("DIR", &place).into_bytes(),
                Err(_) => content.clone(),
            };
            std::fs::write(dir.path().join(name), content).unwrap();
        }
        let first = dir.path().join(&files[0].0).display().to_string();
        let arg = if first.ends_with(".rsp") { format!("@{first}") } else { first };
        let mut link = pair.link.unpoison(toolchain(), &unpoison, &output).unwrap();
        match ended(link.arg(&arg)) {
            Ok(linked) if linked.status.success() => {
                // rust-lld by itself makes nothing of it, either.
                let mut plain = pair.link.plain(toolchain(), &output).unwrap();
                if !bounded(plain.arg(&arg)).output().unwrap().status.success() {
                    faulty.push(format!("{name}: it succeeded"));
                }
            }
            Ok(_) if output.exists() => faulty.push(format!("{name}: an output of a failed link")),
            Ok(failed) => {
                let said = String::from_utf8_lossy(&failed.stderr).into_owned();
                if !said.contains("unpoison: error: ") {
                    faulty.push(format!("{name}: no reason: {said}"));
                }
            }
            Err(fault) => faulty.push(format!("{name}: {fault}")),
        }
    }
    assert!(faulty.is_empty(), "{}", faulty.join("\n"));
}

/// Names and contents.
type Files = Vec<(String, Vec<u8>)>;

/// A name, and files of which the first is given to a link.
fn files() -> Vec<(&'static str, Files)> {
    let text = |name: &str, text: String| (name.to_owned(), text.into_bytes());
    let twice = |at: u32| {
        let next = format!("@DIR/{}.rsp\n", at + 1);
        text(&format!("{at}.rsp"), next.repeat(2))
    };
    let mut doubling: Vec<_> = (0..60).map(twice).collect();
    doubling.push(text("60.rsp", "--no-such-option".to_owned()));
    let mut deep: Vec<_> = (0..5000_u32)
        .map(|at| text(&format!("{at}.rsp"), format!("@DIR/{}.rsp", at + 1)))
        .collect();
    deep.push(text("5000.rsp", "--no-such-option".to_owned()));
    // `!<arch>`, and a member that says of itself what no file has.
    let member = |name: &str, size: &str, content: &[u8]| {
        let header = format!("!<arch>\n{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 644);
        [header.as_bytes(), content].concat()
    };
    let count = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let features = [&b"\0asm\x01\0\0\0\0\x15\x0ftarget_features"[..], &count].concat();
    let one = |name: &str, content: Vec<u8>| vec![(name.to_owned(), content)];
    vec![
        ("a response file that names itself", vec![text("0.rsp", "@DIR/0.rsp".to_owned())]),
        ("response files that double", doubling),
        ("response files, deep", deep),
        ("words by the million", vec![text("0.rsp", "--no-such-option ".repeat(2_000_000))]),
        ("quotes without end", vec![text("0.rsp", "\"".repeat(3_000_001))]),
        ("an archive's member without end", one("0.a", member("a.o/", "9999999999", b"\0asm"))),
        ("an archive's symbols without end", one("0.a", member("/", "8", &[0xff; 8]))),
        ("an archive's name from nowhere", one("0.a", member("/4000000000", "4", b"\0asm"))),
        ("an object's features without end", one("0.o", features)),
        ("an object that is one long number", one("0.o", [0xff; 1 << 20].to_vec())),
    ]
}
