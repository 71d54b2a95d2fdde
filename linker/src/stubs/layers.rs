//! What the stubs need of a standard library beyond its stable face, in layers.
//!
//! Each is tried by compiling it, never by a version: the library's private names come
//! and go, and a linker outlives them. A layer that does not compile is left out, and
//! reports say less.

use crate::error::{Error, Result};

/// A part of the stubs that a compiler may have lost what it takes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    /// Its name, for people.
    pub(super) name: &'static str,
    /// What is lost without it.
    pub(super) without: &'static str,
    /// The `--cfg`s that switch it on, likeliest first: a private item may have moved.
    pub(super) ways: &'static [&'static str],
}

/// Where private payloads of panics are known.
const PAYLOAD: Layer = Layer {
    name: "payload",
    without: "panics begun by `resume_unwind`, or by `panic_any` with anything but text, arrive without their message",
    ways: &["payload=\"core\"", "payload=\"alloc\""],
};

const CAN_UNWIND: Layer = Layer {
    name: "can_unwind",
    without: "a panic where none may unwind is told by its text alone",
    ways: &["can_unwind"],
};

const OWN_STATE: Layer = Layer {
    name: "own_state",
    without: "threads that fail at the same moment may mix their reports",
    ways: &["own_state"],
};

const REHEARSE: Layer =
    Layer { name: "rehearse", without: "no failures can be rehearsed", ways: &["rehearse"] };

/// For tests: names of layers, with commas between, to act as if they did not compile.
const WITHOUT: &str = "UNPOISON_STUBS_WITHOUT";

/// What could not be had of a compiler, in words; empty as a rule.
pub(super) type Missing = Vec<String>;

/// The layers of a link.
pub(super) fn wanted(threads: bool, rehearse: bool) -> Vec<Layer> {
    let mut layers = vec![CAN_UNWIND, PAYLOAD];
    layers.extend(threads.then_some(OWN_STATE));
    layers.extend(rehearse.then_some(REHEARSE));
    layers
}

/// Those of them that a test takes away.
pub(super) fn taken_away() -> String {
    std::env::var(WITHOUT).unwrap_or_default()
}

/// The best that `compile` makes of the layers: it is given the `--cfg`s to switch on.
///
/// The usual case is one call. Only if it fails it is found out what the reason is.
///
/// # Errors
/// What `compile` says where no layer is on; and any error that is no verdict on a layer: a
/// compiler that was killed says nothing of what it compiles.
pub(super) fn best<T>(
    layers: &[Layer],
    mut compile: impl FnMut(&[&str]) -> Result<T>,
) -> Result<(T, Missing)> {
    let taken_away = taken_away();
    let there = |layer: &&Layer| !taken_away.split(',').any(|name| name == layer.name);
    let mut missing: Missing = Vec::new();
    for layer in layers.iter().filter(|layer| !there(layer)) {
        missing.push(format!("`{}`: {} (taken away)", layer.name, layer.without));
    }
    let layers: Vec<&Layer> = layers.iter().filter(there).collect();
    // All of them, the ways of each in step: what moves in a release may move together.
    let ways = layers.iter().map(|layer| layer.ways.len()).max().unwrap_or(1);
    for at in 0..ways {
        let way = |layer: &&Layer| layer.ways[at.min(layer.ways.len() - 1)];
        let on: Vec<_> = layers.iter().map(way).collect();
        match compile(&on) {
            Ok(made) => return Ok((made, missing)),
            Err(e @ Error::StubCompile { .. }) => log::debug!("with {on:?}: {e}"),
            Err(e) => return Err(e),
        }
    }
    let mut on = Vec::new();
    let mut made = compile(&on)?;
    for layer in layers {
        let mut why = String::new();
        let mut added = false;
        for way in layer.ways {
            on.push(*way);
            match compile(&on) {
                Ok(more) => {
                    made = more;
                    added = true;
                    break;
                }
                Err(e @ Error::StubCompile { .. }) => {
                    on.pop();
                    why = format!("{why}; {e}");
                }
                Err(e) => return Err(e),
            }
        }
        if !added {
            missing.push(format!("`{}`: {}{why}", layer.name, layer.without));
        }
    }
    Ok((made, missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A compiler that knows only some of the `--cfg`s; answers what is on, how often it
    /// ran, and what is missing.
    fn with(known: &[&str]) -> Result<(Vec<String>, usize, Missing)> {
        let mut runs = 0;
        let (on, missing) = best(&wanted(true, false), |on| {
            runs += 1;
            match on.iter().find(|way| !known.contains(way)) {
                Some(way) => Err(Error::StubCompile {
                    target: "wasm32-unknown-unknown".to_owned(),
                    message: format!("no {way}"),
                }),
                None => Ok(on.iter().map(|way| (*way).to_owned()).collect()),
            }
        })?;
        Ok((on, runs, missing))
    }

    #[test]
    fn the_usual_case_is_one_run() {
        let known = ["can_unwind", "payload=\"core\"", "own_state"];
        assert_eq!(with(&known).unwrap(), (known.map(str::to_owned).to_vec(), 1, vec![]));
    }

    #[test]
    fn an_item_that_moved_is_two_runs() {
        let known = ["can_unwind", "payload=\"alloc\"", "own_state"];
        assert_eq!(with(&known).unwrap(), (known.map(str::to_owned).to_vec(), 2, vec![]));
    }

    #[test]
    fn what_a_compiler_lost_is_left_out_and_named() {
        let (on, _, missing) = with(&["payload=\"alloc\"", "own_state"]).unwrap();
        assert_eq!(on, ["payload=\"alloc\"", "own_state"]);
        assert_eq!(missing.len(), 1, "{missing:?}");
        assert!(missing[0].starts_with("`can_unwind`: "), "{missing:?}");
        assert!(missing[0].contains("no can_unwind"), "{missing:?}");
        let (on, _, missing) = with(&[]).unwrap();
        assert!(on.is_empty());
        assert_eq!(missing.len(), 3, "{missing:?}");
    }

    #[test]
    fn a_compiler_that_was_killed_says_nothing_of_a_layer() {
        let mut runs = 0;
        let done = best(&wanted(true, false), |_| {
            runs += 1;
            match runs {
                1 => Err(Error::StubsUnfinished("signal: 9".to_owned())),
                _ => Ok(()),
            }
        });
        assert!(matches!(done, Err(Error::StubsUnfinished(_))));
        assert_eq!(runs, 1);
    }
}
