//! `unpoison inspect` and `unpoison explain`: what people are told of a module, and of the
//! numbers in their logs.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use unpoison_tests::program::{Linked, Program};
use unpoison_tests::trapping::{self, SOURCE, stack};
use unpoison_tests::{links, pages};
use xtask::{run, setup, tools};

fn place(mark: &str) -> String {
    format!("program.rs:{}:", trapping::line(mark))
}

fn linked(args: &[&str]) -> Linked {
    Program::new(SOURCE).args(args.iter().copied()).link().unwrap()
}

fn unpoison(args: &[&str], file: &Path, input: &str) -> Output {
    let mut command = Command::new(tools::unpoison().unwrap());
    command.arg(args[0]).arg(file).args(&args[1..]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn said(args: &[&str], file: &Path, input: &str) -> String {
    let output = unpoison(args, file, input);
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(args: &[&str], file: &Path) -> String {
    let output = unpoison(args, file, "");
    assert!(!output.status.success(), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn a_stack_trace_gets_functions_and_lines() {
    let module = linked(&["-g"]);
    let stack = stack(&module.path);
    let told = said(&["explain", "--stack"], &module.path, &stack);
    // Every line of it is still there, and behind that of the trap what was inlined.
    assert!(stack.lines().all(|line| told.lines().any(|told| told == line)), "{told}");
    let added: Vec<&str> =
        told.lines().filter(|told| !stack.lines().any(|line| line == *told)).collect();
    for function in ["outer", "entry"] {
        let wanted = place(function);
        let found = added.iter().any(|told| told.contains(function) && told.contains(&wanted));
        assert!(found, "{wanted} is not in {added:#?}");
    }
    assert!(added[0].contains("read"), "{added:#?}");
    let inner = added.iter().position(|told| told.contains(&place("read"))).unwrap();
    let outer = added.iter().position(|told| told.contains(&place("outer"))).unwrap();
    assert!(inner < outer, "{added:#?}");
}

/// Without debug information there are names; without those nothing is made up.
#[test]
fn what_is_not_known_is_not_said() {
    let named = linked(&[]);
    let trace = stack(&named.path);
    let told = said(&["explain", "--stack"], &named.path, &trace);
    assert!(told.lines().any(|line| line.trim() == "entry"), "{told}");
    assert!(!told.contains(".rs:"), "{told}");
    let stripped = linked(&["-Cstrip=symbols"]);
    let trace = stack(&stripped.path);
    assert_eq!(said(&["explain", "--stack"], &stripped.path, &trace).trim(), trace.trim());
}

#[test]
fn a_site_is_a_place() {
    for args in [&["-g"][..], &["-g", "-Clink-arg=--unpoison-sites=file"]] {
        let module = linked(args);
        let table = said(&["inspect"], &module.path, "");
        let line = table.lines().find(|line| line.contains("abort in give_up")).expect(&table);
        assert!(line.contains(&place("give_up")), "{line}");
        let (id, _) = line.trim().split_once(' ').unwrap();
        let explained = said(&["explain", id], &module.path, "");
        assert_eq!(explained.trim(), format!("site {id}: {}", line.trim()[id.len()..].trim()));
        let refusal = refused(&["explain", "0"], &module.path);
        assert!(refusal.contains("there is no site 0: the table has 1 to "), "{refusal}");
    }
}

#[test]
fn a_difference_is_a_list_of_sites() {
    let source = SOURCE.replace("std::process::abort()", "std::hint::black_box(())");
    let (more, fewer) = (linked(&[]), Program::new(&source).link().unwrap());
    let diff = |old: &Linked, new: &Linked| {
        let mut command = Command::new(tools::unpoison().unwrap());
        let output = run::output(command.args(["check", "--diff"]).arg(&old.path).arg(&new.path));
        let output = output.unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let line = "abort in give_up\n";
    assert_eq!(diff(&fewer, &more), (Some(1), format!("sites: 1 gained, 0 lost\n+ {line}")));
    assert_eq!(diff(&more, &fewer), (Some(0), format!("sites: 0 gained, 1 lost\n- {line}")));
    assert_eq!(diff(&more, &more), (Some(0), "sites: 0 gained, 0 lost\n".to_owned()));
    let mut command = Command::new(tools::unpoison().unwrap());
    let output = run::output(command.args(["check", "--diff"]).arg(&more.path)).unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("takes an older file and a newer one"), "{text}");
}

#[test]
fn an_export_that_can_fail_is_told_by_its_calls() {
    let module = linked(&[]);
    let no_fail = |export: &str| {
        let mut command = Command::new(tools::unpoison().unwrap());
        command.arg("check").arg(&module.path).args(["--no-fail", export]);
        let output = run::output(&mut command).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let file = module.path.display();
    // It may trap: that is no site.
    assert_eq!(no_fail("entry"), (Some(0), format!("{file} does not fail in `entry`\n")));
    let (status, said) = no_fail("give_up");
    assert_eq!(status, Some(1));
    assert!(said.starts_with(&format!("{file} may fail in `give_up`\n")), "{said}");
    assert!(said.contains(":\n    give_up\n    __unpoison_fail_abort\n"), "{said}");
    let (status, said) = no_fail("missing");
    assert_eq!(status, Some(1));
    assert!(said.contains("it exports no function `missing`"), "{said}");
}

#[test]
fn the_table_says_what_is_there() {
    let module = linked(&[]);
    let table = said(&["inspect"], &module.path, "");
    for words in [
        "panic       abort",
        "exceptions  none",
        "aborts      thrown, with a tag",
        "2 exports are guarded, a panic ends the instance, failures are thrown",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
    let json = said(&["inspect", "--json"], &module.path, "");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], 1);
    assert!(!json["sites"].as_array().unwrap().is_empty());
}

#[test]
fn other_files_get_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("other.wasm");
    let module = links::read(&linked(&[]).path).unwrap();
    for (what, bytes) in [
        ("text", &b"no module"[..]),
        ("nothing", b""),
        ("half", &module[..module.len() / 2]),
        ("header", b"\0asm\x01\0\0\0"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        for args in
            [&["explain", "1"][..], &["explain", "--stack"], &["inspect"], &["inspect", "--html"]]
        {
            let output = unpoison(args, &file, "    at f (wasm://wasm/0:wasm-function[0]:0xff)\n");
            // A module without functions is one.
            if what == "header" && output.status.success() {
                continue;
            }
            assert_eq!(output.status.code(), Some(1), "{what} {args:?}: {output:?}");
            let text = String::from_utf8(output.stderr).unwrap();
            assert!(text.starts_with("unpoison: error: ") && text.lines().count() == 1, "{text}");
        }
    }
    let missing = refused(&["explain", "1"], &dir.path().join("missing.wasm"));
    assert!(missing.contains("cannot read"), "{missing}");
}

/// The page's commands, on the module of `examples/demo`; sizes are the compiler's affair.
#[test]
fn the_page_shows_what_is_printed() {
    let page = std::fs::read_to_string(run::root().join("docs/inspect.md")).unwrap();
    let toolchain = &setup::get().toolchain;
    let module = xtask::demo::pair(toolchain).unwrap().unpoisoned;
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(module, dir.path().join("demo.wasm")).unwrap();
    let blocks = pages::blocks(&page);
    let mut ran = 0;
    for pair in blocks.windows(2) {
        let [(language, command), (_, prints)] = pair else { panic!("windows of two") };
        let Some(command) = command.strip_prefix("$ unpoison ").filter(|_| language == "console")
        else {
            continue;
        };
        let mut unpoison = Command::new(tools::unpoison().unwrap());
        let said = run::quiet(unpoison.args(command.split(' ')).current_dir(&dir)).unwrap();
        assert_eq!(without_sizes(&said), without_sizes(prints), "{command}");
        ran += 1;
    }
    assert_eq!(ran, 3);
}

/// Numbers of more than one digit, and what the standard library calls its functions, change
/// with the compiler.
fn without_sizes(text: &str) -> Vec<String> {
    let own = text.trim_end().lines().filter(|line| !line.contains("std"));
    own.map(|line| {
        let words = line.split(' ').map(|word| match word.parse::<u32>() {
            Ok(n) if n > 9 => "N",
            _ => word,
        });
        words.collect::<Vec<_>>().join(" ")
    })
    .collect()
}
