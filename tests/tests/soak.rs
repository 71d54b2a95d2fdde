//! A few of the requests of `cargo xtask soak`, in Node: whether it runs, and what it says.

use unpoison_tests::links::toolchain;
use xtask::setup;
use xtask::soak::{self, Host, Mode};

const REQUESTS: u32 = 20_000;

#[test]
fn each_answer_is_right() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [Mode::Fresh, Mode::Checkpoint, Mode::Unwind] {
        let module = soak::module(toolchain(), Host::Node, mode, folder.path()).unwrap();
        let node = &setup::get().node.newer;
        let figures = soak::script(node, "node", &module, mode, REQUESTS).unwrap();
        figures.judge().unwrap();
        assert_eq!(figures.requests, u64::from(REQUESTS));
        let failed: u64 = figures.failures.values().sum();
        assert!(failed > u64::from(REQUESTS) / 120, "{figures:?}");
        // A panic that unwinds takes no instance's place.
        let fresh = figures.instances - 1;
        let panics = figures.failures["panic"];
        assert_eq!(fresh < panics, mode == Mode::Unwind, "{figures:?}");
    }
}
