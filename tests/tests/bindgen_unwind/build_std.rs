//! The same crate with a standard library from cargo's `-Zbuild-std`.

use crate::engine::Engine;
use crate::{expect_same, pair};
use std::path::Path;
use xtask::fixture::{Eh, Panics, Point};

#[test]
fn a_library_of_cargos_does_the_same() {
    // What a plain module does after its end hangs on what lies where in its memory.
    let living = ["living", "service"];
    let kinds = ["living", "ends", "service"];
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    let [own, cargos] = [Panics::Unwind(Eh::Legacy), Panics::BuildStd].map(|library| {
        let pair = pair(library, &Point::RELEASE);
        for (linker, glue) in [("rust-lld", &pair.plain), ("unpoison", &pair.unpoisoned)] {
            let (linked, bound) = (size(&glue.linked), size(&glue.wasm()));
            println!("{library:?} {linker}: {linked} bytes linked, {bound} after wasm-bindgen");
        }
        let run = |glue, kinds: &[&str]| Engine::Node24.run(glue, kinds).unwrap();
        [run(&pair.plain, &living), run(&pair.unpoisoned, &kinds)]
    });
    for (linker, own, cargos) in
        [("rust-lld", &own[0], &cargos[0]), ("unpoison", &own[1], &cargos[1])]
    {
        expect_same(cargos, own, linker);
    }
}
