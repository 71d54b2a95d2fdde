//! Ten thousand requests to `examples/worker`, some of which fail.

use super::calls::measured;
use crate::toolchain::Toolchain;
use crate::worker::{self, Build};
use crate::{node, setup};
use anyhow::Result;
use serde::Deserialize;

#[derive(Deserialize)]
struct Load {
    per_second: f64,
    p50: f64,
    p99: f64,
    reinitialisations: u32,
}

/// Serves and asks both builds, and prints a table.
pub(super) fn run(toolchain: &Toolchain) -> Result<()> {
    let node = {
        let _turn = setup::turn("setup")?;
        node::setup()?
    };
    println!();
    println!("10,000 requests to a Worker in workerd, 128 at a time, 1 % panic, 0.1 % abort");
    println!();
    println!("{:<28} {:>9} {:>9} {:>9} {:>9}", "", "a second", "p50, ms", "p99, ms", "instances");
    for (name, build) in [("panic=abort", Build::Abort), ("panic=unwind", Build::Unwind)] {
        let dir = worker::folder(toolchain, build)?;
        let args = ["load".as_ref(), dir.as_os_str()];
        let Load { per_second, p50, p99, reinitialisations } =
            measured(&node.system, "worker.mjs", args)?;
        println!("{name:<28} {per_second:>9.0} {p50:>9.1} {p99:>9.1} {reinitialisations:>9}");
    }
    Ok(())
}
