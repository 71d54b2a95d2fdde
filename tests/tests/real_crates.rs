//! Third-party code, unmodified: it works as in a plain link, and its panics arrive.

use unpoison_tests::node::{self, Arg, Call, Outcome, text_call};
use unpoison_tests::{inspect, links, matrix};
use xtask::fixture::{self, Point};

/// Link-time optimization over all of it takes minutes: only with `--all`.
fn points() -> Vec<Point> {
    let mut points = vec![Point::RELEASE];
    if matrix::whole() {
        points.push(Point { lto: "fat", opt: "z", debug: "line-tables-only", strip: "none" });
        points.push(Point { lto: "thin", opt: "1", debug: "full", strip: "debuginfo" });
        points.push(Point { lto: "off", opt: "0", debug: "full", strip: "none" });
    }
    points
}

fn healthy() -> Vec<Call> {
    let json = r#"{"b":[1,2.5,-3e10,null,true],"a":{"text":"\u20ac \"quoted\"","empty":{}}}"#;
    let program = "fn fib(n) { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
        let text = `${fib(15)}`; for i in 0..3 { text += `,${i * i}` } text";
    vec![
        text_call("find", [r"(?i)\b\p{Greek}+\w*".into(), "Σίσυφος pushes ὄρος, Ωmega".into()]),
        text_call("find", ["a{2,3}?|b$".into(), "aaab".into()]),
        text_call("pretty", [json.into()]),
        text_call("script", [program.into()]),
        text_call(
            "script",
            ["let x = 0; try { throw #{code: 42} } catch (e) { x = e.code } x".into()],
        ),
        text_call("picture", [64.into(), 48.into(), 0.into()]),
        text_call("picture", [1.into(), 1.into(), 0.into()]),
    ]
}

/// A call that panics, what its message must contain, and where.
struct Panic {
    call: Call,
    message: &'static [&'static str],
    line: &'static str,
}

fn panics() -> Vec<Panic> {
    let panic = |export, args: &[Arg], message, line| Panic {
        call: text_call(export, args.iter().cloned()),
        message,
        line,
    };
    const UNWRAPPED: &str = "called `Result::unwrap()` on an `Err` value: ";
    vec![
        panic(
            "pretty",
            &[r#"{"a": [1, 2"#.into()],
            &[UNWRAPPED, "EOF while parsing a list", "column: 11"],
            "json",
        ),
        panic("find", &["(open".into(), "x".into()], &[UNWRAPPED, "unclosed group"], "regex"),
        panic(
            "script",
            &["let x = 1;\nx + missing".into()],
            &[UNWRAPPED, "ErrorVariableNotFound", "missing"],
            "script",
        ),
        panic("script", &["boom()".into()], &["out of a script"], "boom"),
        panic("picture", &[64.into(), 48.into(), 200.into()], &[UNWRAPPED, "Error"], "picture"),
    ]
}

fn marked_line(name: &str) -> u32 {
    let source = fixture::crate_dir("real").join("src/lib.rs");
    let text = std::fs::read_to_string(source).expect("the fixture's source");
    let mark = format!("// line: {name}");
    let line = text.lines().position(|line| line.ends_with(&mark));
    line.unwrap_or_else(|| panic!("no line says `{mark}`")) as u32 + 1
}

/// The calls in `healthy` do what they say, before anything of unpoison's is asked.
#[test]
fn the_plain_link_works_and_traps() {
    let pair = links::Pair::plain("real", Point::RELEASE).unwrap();
    let engine = &node::nodes()[0];
    let mut runs = vec![healthy()];
    runs.extend(panics().into_iter().map(|panic| vec![panic.call]));
    let outcomes = node::run(engine, &pair.plain, &runs).unwrap();
    let texts: Vec<_> = outcomes[0].calls.iter().map(text).collect();
    assert_eq!(texts[0], "Σίσυφος\nὄρος\nΩmega");
    assert_eq!(texts[1], "aa\nb");
    assert!(texts[2].contains("\"text\": \"€ \\\"quoted\\\"\""), "{}", texts[2]);
    assert_eq!(texts[3], "610,0,1,4");
    assert_eq!(texts[4], "42");
    assert!(texts[5].starts_with("64x48 ") && texts[5].ends_with(" true"), "{}", texts[5]);
    for run in &outcomes[1..] {
        assert!(matches!(run.calls[..], [Outcome::Trap(_)]), "{run:?}");
    }
}

#[test]
fn unpoisoned_it_works_alike_and_its_panics_arrive() {
    for point in points() {
        let pair = links::Pair::both("real", point).unwrap();
        inspect::check(&pair.plain, &pair.unpoisoned).unwrap();
        for engine in node::nodes() {
            let mut runs = vec![healthy()];
            let plain = node::run(&engine, &pair.plain, &runs).unwrap();
            runs.extend(panics().into_iter().map(|panic| vec![panic.call]));
            let outcomes = node::run(&engine, &pair.unpoisoned, &runs).unwrap();
            assert_eq!(outcomes[0].calls, plain[0].calls, "{point}");
            assert_eq!(outcomes[0].state, Some(0), "{point}");
            for (panic, run) in panics().iter().zip(&outcomes[1..]) {
                check_panic(panic, &run.calls[0], &point);
            }
        }
    }
}

fn check_panic(panic: &Panic, outcome: &Outcome, point: &Point) {
    let what = format!("{point}: {}: {outcome:?}", panic.line);
    let Outcome::Exception { tag, report } = outcome else { panic!("{what}") };
    assert_eq!(tag, "__unpoison_panic", "{what}");
    assert_eq!((report.version, report.kind), (1, 1), "{what}");
    let message = report.message.as_deref().unwrap_or("");
    for part in panic.message {
        assert!(message.contains(part), "no `{part}` in {what}");
    }
    assert_eq!(report.file.as_deref(), Some("src/lib.rs"), "{what}");
    assert_eq!(report.line, marked_line(panic.line), "{what}");
    assert!(report.column > 0, "{what}");
}

fn text(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Ok(value) => value.as_str().expect("a text"),
        other => panic!("{other:?}"),
    }
}
