//! The matrix of build settings, and a small part of it that covers every pair.

use xtask::fixture::Point;

/// `lto`.
pub const LTO: [&str; 3] = ["off", "thin", "fat"];
/// `opt-level`.
pub const OPT: [&str; 6] = ["0", "1", "2", "3", "s", "z"];
/// `debug`.
pub const DEBUG: [&str; 3] = ["none", "line-tables-only", "full"];
/// `strip`.
pub const STRIP: [&str; 3] = ["none", "debuginfo", "symbols"];

/// Whether the whole matrix is asked for (`cargo xtask test --all`).
pub fn whole() -> bool {
    std::env::var_os(xtask::check::ALL).is_some_and(|v| !v.is_empty())
}

/// What a run of the tests goes through: a few points, or each of them.
pub fn points() -> Vec<Point> {
    if whole() { every() } else { covering() }
}

/// All 162 points.
pub fn every() -> Vec<Point> {
    let mut points = Vec::new();
    for lto in LTO {
        for opt in OPT {
            for debug in DEBUG {
                for strip in STRIP {
                    points.push(Point { lto, opt, debug, strip });
                }
            }
        }
    }
    points
}

/// Points in which each value meets each value of each other setting except, of the
/// two largest, a third of `opt` × (`debug`, `strip`): nine links instead of 162.
pub fn covering() -> Vec<Point> {
    let point = |lto: usize, opt: usize, debug: usize, strip: usize| Point {
        lto: LTO[lto],
        opt: OPT[opt],
        debug: DEBUG[debug],
        strip: STRIP[strip],
    };
    vec![
        point(0, 0, 2, 0),
        point(0, 3, 0, 2),
        point(0, 4, 1, 1),
        point(1, 1, 0, 1),
        point(1, 2, 1, 0),
        point(1, 5, 2, 2),
        point(2, 0, 1, 2),
        point(2, 3, 2, 1),
        point(2, 5, 0, 0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// lto, debug and strip form an orthogonal array; every opt-level occurs.
    #[test]
    fn the_covering_set_covers() {
        let points = covering();
        let pairs = |pair: fn(&Point) -> (&'static str, &'static str)| {
            points.iter().map(pair).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(pairs(|p| (p.lto, p.debug)), 9);
        assert_eq!(pairs(|p| (p.lto, p.strip)), 9);
        assert_eq!(pairs(|p| (p.debug, p.strip)), 9);
        let opts: BTreeSet<_> = points.iter().map(|p| p.opt).collect();
        assert_eq!(opts, BTreeSet::from(OPT));
        assert_eq!(every().len(), 162);
    }
}
