//! What a link leaves who asks: `UNPOISON_SAVE_DIR`, `UNPOISON_TIME`.

use std::path::Path;
use std::process::{Command, Output};
use unpoison_tests::links::{Pair, toolchain};
use xtask::fixture::Point;
use xtask::{run, tools};

/// A link that rust-lld refuses.
const UNKNOWN: &str = "--there-is-no-such-option";

fn failing(pair: &Pair, saved: &Path, output: &Path) -> Output {
    let unpoison = tools::unpoison().unwrap();
    let mut link = pair.link.unpoison(toolchain(), &unpoison, output).unwrap();
    run::output(link.arg(UNKNOWN).env("UNPOISON_SAVE_DIR", saved)).unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_link_that_fails_is_repeated_elsewhere_and_fails_alike() {
    let pair = Pair::both("small", Point::RELEASE).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (saved, elsewhere) = (dir.path().join("saved links"), dir.path().join("else where"));
    let output = dir.path().join("app.wasm");
    for name in ["app", "app-2"] {
        let first = failing(&pair, &saved, &output);
        assert!(!first.status.success());
        let said = text(first.stderr);
        let place = saved.join(name);
        assert!(said.contains(&format!("the link was saved: {}", place.display())), "{said}");
    }
    assert!(!output.exists());
    // Nothing else is left there, half a link least of all.
    assert_eq!(std::fs::read_dir(&saved).unwrap().count(), 2);
    std::fs::rename(saved.join("app"), &elsewhere).unwrap();
    let repeat = |elsewhere: &Path| {
        let mut script = Command::new("sh");
        script.arg(elsewhere.join("repeat.sh")).env("UNPOISON", tools::unpoison().unwrap());
        script.env("UNPOISON_LLD", toolchain().lld().unwrap());
        script.env("UNPOISON_RUSTC", &toolchain().rustc);
        run::output(&mut script).unwrap()
    };
    let again = repeat(&elsewhere);
    assert!(!again.status.success());
    let again = text(again.stderr);
    assert!(again.contains("there-is-no-such-option"), "{again}");
    let error = std::fs::read_to_string(elsewhere.join("error.txt")).unwrap();
    assert!(error.contains("rust-lld failed"), "{error}");
    // Without what it failed by it is the link that it was.
    let args = elsewhere.join("args");
    let words = std::fs::read_to_string(&args).unwrap();
    assert!(words.contains(UNKNOWN) && !words.contains("target/fixtures"), "{words}");
    std::fs::write(&args, words.replace(UNKNOWN, "")).unwrap();
    let good = repeat(&elsewhere);
    assert!(good.status.success(), "{good:?}");
    let unpoison = tools::unpoison().unwrap();
    run::quiet(&mut pair.link.unpoison(toolchain(), &unpoison, &output).unwrap()).unwrap();
    let made = std::fs::read(elsewhere.join("app.wasm")).unwrap();
    assert!(made == std::fs::read(&output).unwrap(), "another module came out");
}

#[test]
fn a_link_that_succeeds_leaves_nothing_and_a_bad_folder_changes_nothing() {
    let pair = Pair::both("small", Point::RELEASE).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (saved, output) = (dir.path().join("saved"), dir.path().join("app.wasm"));
    let unpoison = tools::unpoison().unwrap();
    let mut link = pair.link.unpoison(toolchain(), &unpoison, &output).unwrap();
    run::quiet(link.env("UNPOISON_SAVE_DIR", &saved)).unwrap();
    assert!(!saved.exists());
    std::fs::write(&saved, "a file").unwrap();
    let failed = failing(&pair, &saved, &output);
    let said = text(failed.stderr);
    assert!(said.contains("rust-lld failed") && said.contains("the link was not saved"), "{said}");
}

/// `UNPOISON_TIME`: the parts of a link, and no other word of the log's.
#[test]
fn a_link_says_how_long_its_parts_took() {
    let pair = Pair::plain("small", Point::RELEASE).unwrap();
    let unpoison = tools::unpoison().unwrap();
    let mut link = pair.link.unpoison(toolchain(), &unpoison, &pair.unpoisoned).unwrap();
    link.env("UNPOISON_TIME", "1").env_remove("UNPOISON_LOG").env_remove("UNPOISON_LOG_FILE");
    let said = text(run::output(&mut link).unwrap().stderr);
    let phases: Vec<_> = said
        .lines()
        .map(|line| {
            let (_, line) = line.split_once("unpoison::phases] ").expect(line);
            let (phase, took) = line.split_once(": ").expect(line);
            (phase, took.strip_suffix(" ms").expect(line).parse::<f64>().expect(line))
        })
        .collect();
    let named = |wanted: &str| phases.iter().find(|(phase, _)| *phase == wanted).unwrap().1;
    assert!(named("rust-lld") > 0.0 && named("patch") > 0.0, "{said}");
    // Parts that run beside each other are more than the whole together.
    assert!(phases.iter().all(|(_, took)| *took <= named("in all")), "{said}");
}
