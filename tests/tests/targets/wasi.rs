//! wasm32-wasip1 in engines with JavaScript: Node, Deno and Bun bring hosts for it. Other
//! runtimes and wasm32-wasip2: `tests/wasmtime/tests/wasi.rs`.

use crate::wasi_programs::{COMMAND, ENDS, REACTOR};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::node::{Outcome, Report};
use unpoison_tests::program::Program;
use xtask::{check, engines, run, setup, sysroot, toolchain};

/// What `js/wasi.mjs` says of an instance.
#[derive(Debug, Deserialize)]
pub(crate) struct Seen {
    /// Of each call.
    pub(crate) calls: Vec<Outcome>,
    /// What `proc_exit` was given, if it was called.
    pub(crate) exit: Option<u32>,
    pub(crate) state: u32,
    pub(crate) report: Option<Report>,
}

pub(crate) fn see(
    engine: &[PathBuf],
    module: &Path,
    args: &[&str],
    calls: &[(&str, &[u32])],
) -> Seen {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/wasi.mjs");
    let calls: Vec<_> = calls.iter().map(|(name, args)| json!([name, args])).collect();
    let input = json!({ "args": args, "calls": calls }).to_string();
    let mut command = Command::new(&engine[0]);
    command.args(&engine[1..]).arg(script).arg(module).arg(input);
    // What the program prints stands before.
    let said = run::quiet(&mut command).unwrap();
    let last = said.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {said}"))
}

fn engines() -> Vec<Vec<PathBuf>> {
    let node = &setup::get().node;
    let deno = vec![engines::deno().unwrap(), "run".into(), "-A".into(), "--quiet".into()];
    vec![vec![node.system.clone()], vec![node.newer.clone()], deno, vec![engines::bun().unwrap()]]
}

pub(crate) fn tag(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Ok(_) => "ok",
        Outcome::Exception { tag, .. } => tag,
        Outcome::Trap(_) => "trap",
        Outcome::Thrown(_) => "thrown",
    }
}

/// What is wrong with how a command ended, which was started twice.
pub(crate) fn command_faults(seen: &Seen, arg: &str, state: u32, message: &str) -> Vec<String> {
    let ends = match arg {
        "" => "ok",
        // However the engine's own host ends a program.
        "exit" => tag(&seen.calls[0]),
        "panic" => "__unpoison_panic",
        "stack" => "trap",
        _ => "__unpoison_abort",
    };
    // A command starts once, says its own code, and aborts otherwise.
    let expected = match (arg, state) {
        ("stack", _) => 5,
        ("" | "exit", _) => 2,
        (_, state) => state,
    };
    let again = match state == 0 && arg != "stack" {
        true => "__unpoison_abort",
        false => "__unpoison_sealed",
    };
    let said = seen.report.as_ref().and_then(|report| report.message.as_deref());
    let right = tag(&seen.calls[0]) == ends
        && seen.exit == (arg == "exit").then_some(3)
        && seen.state == expected
        && tag(&seen.calls[1]) == again
        && (message.is_empty() || said == Some(message));
    if right { Vec::new() } else { vec![format!("{seen:?}")] }
}

#[test]
fn commands() {
    if !toolchain::has_other_targets(unpoison_tests::links::toolchain()) {
        return;
    }
    for lto in ["off", "fat"] {
        let program = Program::new(COMMAND).target("wasm32-wasip1").bin();
        let module = program.args([format!("-Clto={lto}")]).link().unwrap();
        for engine in engines() {
            for (arg, state, message) in ENDS {
                let args: &[&str] = if arg.is_empty() { &[] } else { &[arg] };
                let start: &[u32] = &[];
                let calls = [("_start", start), ("_start", start)];
                let seen = see(&engine, &module.path, args, &calls);
                let faults = command_faults(&seen, arg, state, message);
                assert_eq!(faults, [""; 0], "{}, lto {lto}, {arg:?}", engine[0].display());
            }
        }
    }
}

#[test]
fn reactors() {
    if !toolchain::has_other_targets(unpoison_tests::links::toolchain()) {
        return;
    }
    let module = Program::new(REACTOR).target("wasm32-wasip1").link().unwrap();
    for engine in engines() {
        // The host ends a call: the instance is as alive as it was.
        let calls: [(&str, &[u32]); 3] = [("call", &[1]), ("call", &[8]), ("call", &[2])];
        let seen = see(&engine, &module.path, &[], &calls);
        let what = format!("{}: {seen:?}", engine[0].display());
        assert_eq!(seen.calls[0], Outcome::Ok(json!(2)), "{what}");
        assert_eq!(seen.calls[2], Outcome::Ok(json!(3)), "{what}");
        assert_eq!((seen.exit, seen.state), (Some(3), 0), "{what}");
        let calls: [(&str, &[u32]); 2] = [("call", &[7]), ("call", &[1])];
        let seen = see(&engine, &module.path, &[], &calls);
        let tags: Vec<_> = seen.calls.iter().map(tag).collect();
        assert_eq!(tags, ["__unpoison_panic", "__unpoison_sealed"], "{what}");
        assert_eq!(seen.report.unwrap().message.as_deref(), Some("seven"), "{what}");
    }
}

/// A library for it is built for a minute, so this is one of the wide matrix.
#[test]
fn panics_that_unwind() {
    if std::env::var_os(check::ALL).is_none()
        || !toolchain::has_other_targets(unpoison_tests::links::toolchain())
    {
        return;
    }
    const TARGET: &str = "wasm32-wasip1";
    let build = |words: &[&str]| {
        let toolchain = unpoison_tests::links::toolchain();
        let mut command = sysroot::command(toolchain, &sysroot::data_dir()).unwrap();
        run::quiet(command.args(words).args(["--target", TARGET, "--eh", "legacy"])).unwrap()
    };
    build(&[]);
    let folder = build(&["path"]);
    let source = REACTOR.replace("extern \"C\"", "extern \"C-unwind\"");
    for lto in ["off", "fat"] {
        let flags = ["--sysroot", folder.trim_end(), "-Cpanic=unwind"];
        let program = Program::new(&source).target(TARGET).args(flags);
        let module = program.args([format!("-Clto={lto}")]).link().unwrap();
        // A panic costs its call only.
        let calls: [(&str, &[u32]); 4] =
            [("call", &[1]), ("call", &[7]), ("call", &[8]), ("call", &[2])];
        let seen = see(&engines()[0], &module.path, &[], &calls);
        let tags: Vec<_> = seen.calls.iter().map(tag).collect();
        assert_eq!(tags, ["ok", "__unpoison_panic", "thrown", "ok"], "{seen:?}");
        assert_eq!((seen.exit, seen.state), (Some(3), 0), "{seen:?}");
    }
}
