//! Random trees of calls, in Node.

use crate::engine::{InNode, in_every_node};
use crate::generate::{self, Mix};
use crate::reference::Linked;
use crate::walks::{walk_deep, walk_random};
use std::path::Path;
use unpoison_tests::links::Pair;
use unpoison_tests::matrix;
use xtask::fixture::Point;

fn points() -> Vec<Point> {
    let mut points = vec![
        Point::RELEASE,
        Point { lto: "fat", opt: "z", debug: "none", strip: "none" },
        Point { lto: "off", opt: "0", debug: "full", strip: "none" },
    ];
    if matrix::whole() {
        points.push(Point { lto: "thin", opt: "1", debug: "full", strip: "symbols" });
    }
    points
}

fn in_node<'m>(node: &Path, module: &'m Path) -> InNode<'m> {
    InNode::start(node, &[], module).unwrap()
}

#[test]
fn random_trees() {
    for (seed, point) in (1..).zip(points()) {
        let pair = Pair::both("tree", point).unwrap();
        in_every_node(|engine| {
            let trees = generate::trees(Mix::USUAL);
            let seen =
                walk_random(&trees, in_node(&engine, &pair.unpoisoned), Linked::GUARDED, seed)
                    .unwrap_or_else(|e| panic!("{point}, {}: {e}", engine.display()));
            seen.check(Linked::GUARDED);
        });
    }
}

#[test]
fn random_trees_with_an_exported_table() {
    let pair = Pair::both("table", Point::RELEASE).unwrap();
    in_every_node(|engine| {
        let trees = generate::trees(Mix::TABLE);
        let seen = walk_random(&trees, in_node(&engine, &pair.unpoisoned), Linked::GUARDED, 10)
            .unwrap_or_else(|e| panic!("{}: {e}", engine.display()));
        seen.check(Linked::GUARDED);
    });
}

/// Tables of every sort that the host can reach.
#[test]
fn random_trees_with_a_table_of_the_hosts() {
    let pair = Pair::plain("tree", Point::RELEASE).unwrap();
    let tables = [&["--import-table"][..], &["--export-table", "--growable-table"]];
    for (seed, table) in (16..).zip(tables) {
        let (_, module) = pair.with_args(table).unwrap();
        in_every_node(|engine| {
            let trees = generate::trees(Mix::TABLE);
            let seen = walk_random(&trees, in_node(&engine, &module), Linked::GUARDED, seed)
                .unwrap_or_else(|e| panic!("{table:?}, {}: {e}", engine.display()));
            seen.check(Linked::GUARDED);
        });
    }
}

#[test]
fn random_trees_with_a_hook() {
    let pair = Pair::both("hook", Point::RELEASE).unwrap();
    in_every_node(|engine| {
        let linked = Linked { hook: true, ..Linked::GUARDED };
        let seen = walk_random(
            &generate::trees_with_hook(Mix::USUAL),
            in_node(&engine, &pair.unpoisoned),
            linked,
            11,
        )
        .unwrap_or_else(|e| panic!("{}: {e}", engine.display()));
        seen.check(linked);
    });
}

/// Typed failures and nothing else: the calls after them go on.
#[test]
fn random_trees_without_guards() {
    let pair = Pair::plain("tree", Point::RELEASE).unwrap();
    let module = pair.with_options(&["--unpoison-guard=off"]).unwrap();
    in_every_node(|engine| {
        let trees = generate::trees(Mix::UNGUARDED);
        let linked = Linked { guard: false, ..Linked::GUARDED };
        let seen = walk_random(&trees, in_node(&engine, &module), linked, 12)
            .unwrap_or_else(|e| panic!("{}: {e}", engine.display()));
        assert!(!seen.outcomes.iter().any(|o| o.contains("sealed")), "{seen:?}");
        // The comparison sees that guards are missing.
        let guarded = walk_random(&trees, in_node(&engine, &module), Linked::GUARDED, 12);
        let difference = guarded.expect_err("a module without guards passed for one with them");
        assert!(difference.contains("instead of"), "{difference}");
    });
}

/// An abort that traps is the engine's own error, and typed from then on.
#[test]
fn random_trees_where_aborts_trap() {
    let pair = Pair::plain("tree", Point::RELEASE).unwrap();
    let module = pair.with_options(&["--unpoison-abort=trap"]).unwrap();
    in_every_node(|engine| {
        let linked = Linked { abort_traps: true, ..Linked::GUARDED };
        let seen = walk_random(&generate::trees(Mix::USUAL), in_node(&engine, &module), linked, 13)
            .unwrap_or_else(|e| panic!("{}: {e}", engine.display()));
        assert!(seen.outcomes.contains("unreachable"), "{seen:?}");
        assert!(!seen.outcomes.iter().any(|o| o.contains("abort")), "{seen:?}");
    });
}

#[test]
fn a_thousand_deep() {
    let pair = Pair::both("tree", Point::RELEASE).unwrap();
    in_every_node(|engine| {
        // Most of what a crossing needs is the interpreted frames of `tree-host.mjs`.
        let options = ["--stack-size=4000"];
        walk_deep(
            InNode::start(&engine, &options, &pair.unpoisoned).unwrap(),
            Linked::GUARDED,
            1000,
        );
    });
}

fn in_other_engine(script: &str, seed: u8) {
    let pair = Pair::both("tree", Point::RELEASE).unwrap();
    let host = InNode::other(script, &pair.unpoisoned).unwrap();
    let seen = walk_random(&generate::trees(Mix::USUAL), host, Linked::GUARDED, seed)
        .unwrap_or_else(|e| panic!("{script}: {e}"));
    seen.check(Linked::GUARDED);
}

#[test]
fn random_trees_in_workerd() {
    in_other_engine("workerd.mjs", 14);
}

#[test]
fn random_trees_in_chromium() {
    in_other_engine("chromium.mjs", 15);
}
