//! The build settings that tables go through.

use std::sync::Mutex;
use unpoison_tests::matrix;
use xtask::fixture::{Build, Eh, Point};

/// Every point in the older encoding, three in the newer.
fn builds() -> Vec<(Build, Eh)> {
    let exnref = [
        Point::RELEASE,
        Point { lto: "fat", opt: "z", debug: "none", strip: "none" },
        Point { lto: "off", opt: "0", debug: "full", strip: "none" },
    ];
    let newer = if matrix::whole() { matrix::points() } else { exnref.to_vec() };
    let of = |eh: Eh| move |point: Point| (Build::unwinding(point, eh), eh);
    let older = matrix::points().into_iter().map(of(Eh::Legacy));
    older.chain(newer.into_iter().map(of(Eh::Exnref))).collect()
}

/// Looks for faults at each point, two at a time.
pub(crate) fn each(at: impl Fn(Build, Eh) -> anyhow::Result<Vec<String>> + Sync) {
    let builds = Mutex::new(builds().into_iter());
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some((build, eh)) = builds.lock().unwrap().next() else {
                        break;
                    };
                    let found = at(build, eh).unwrap_or_else(|e| vec![format!("{e:#}")]);
                    let found = found.into_iter().map(|fault| format!("{build}: {fault}"));
                    faults.lock().unwrap().extend(found);
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
