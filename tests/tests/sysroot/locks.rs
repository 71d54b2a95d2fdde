//! Runs at the same time, and runs that do not come to their end.

use crate::Small;
use std::time::{Duration, Instant};
use xtask::run;

#[test]
fn two_at_once_build_once() {
    let small = Small::new();
    let texts: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| small.run(&["build"]))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert_eq!(small.builds(), 1);
    assert_eq!(small.kept().len(), 1);
}

#[test]
fn what_a_killed_run_leaves_is_not_there_and_goes() {
    let small = Small::new();
    let slow = small.dir.path().join("source/slow");
    std::fs::write(&slow, "").unwrap();
    let mut child = small.command(&[]).stderr(std::process::Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    while small.builds() == 0 {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not build");
        std::thread::sleep(Duration::from_millis(20));
    }
    // As `kill -9` does.
    child.kill().unwrap();
    child.wait().unwrap();
    let left = small.kept();
    assert_eq!(left.len(), 1, "it was not in the middle of it");
    assert_eq!(small.run(&["list"]), "");
    assert!(!run::output(&mut small.command(&["path"])).unwrap().status.success());

    std::fs::remove_file(slow).unwrap();
    small.run(&[]);
    let kept = small.kept();
    assert!(kept.len() == 1 && kept != left, "{kept:?}");
    assert_eq!(small.run(&["list"]).lines().count(), 1);
}
