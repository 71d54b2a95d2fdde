//! `cargo xtask demo --web`: the same crate built three times, and a page that calls them.

use crate::serve::{Listener, Mount};
use crate::{demo, run, setup, toolchain};
use anyhow::Result;

/// Where the page is, unless the person at the keyboard has another wish.
const PORT: u16 = 7878;

/// Builds, serves the page, ends by Ctrl-C.
pub fn run(port: Option<u16>) -> Result<()> {
    // First: nobody wants to wait for builds to hear that the port is taken.
    let listener = Listener::bind(port.unwrap_or(PORT))?;
    eprintln!("xtask: building examples/demo three times; the first time takes some minutes");
    let mounts = build()?;
    println!("{}", listener.url());
    eprintln!("xtask: Ctrl-C ends it");
    listener.serve(&mounts);
    Ok(())
}

/// Builds the modules and says what is to be served.
pub fn build() -> Result<Vec<Mount>> {
    let toolchain = {
        let _turn = setup::turn("setup")?;
        toolchain::setup()?
    };
    let demo::Pair { plain, unpoisoned } = demo::pair(&toolchain)?;
    let unwinding = demo::unwinding(&toolchain)?;
    let root = run::root();
    Ok(vec![
        Mount { at: "modules/plain.wasm", from: plain },
        Mount { at: "modules/unpoisoned.wasm", from: unpoisoned },
        Mount { at: "modules/unwinding.wasm", from: unwinding },
        Mount { at: "source/lib.rs", from: root.join("examples/demo/src/lib.rs") },
        Mount { at: "unpoison", from: root.join("hosts/js/src") },
        Mount { at: "", from: root.join("examples/web") },
    ])
}
