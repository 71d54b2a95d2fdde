//! A host of Extism's: takes orders, and goes on with a fresh plugin after one has failed.

use extism::{CompiledPlugin, Error, Manifest, PluginBuilder, UserData, ValType, Wasm, host_fn};
use std::path::Path;

host_fn!(failed(whys: Vec<String>; why: String) {
    whys.get()?.lock().unwrap().push(why);
    Ok(())
});

/// What comes of the orders, a line each.
pub(crate) fn run(module: &Path) -> Result<Vec<String>, Error> {
    let whys = UserData::new(Vec::new());
    let manifest = Manifest::new([Wasm::data(std::fs::read(module)?)]);
    let builder = PluginBuilder::new(manifest);
    let builder = builder.with_function("failed", [ValType::I64], [], whys.clone(), failed);
    let compiled = CompiledPlugin::new(builder)?;

    let mut lines = Vec::new();
    let mut plugin = extism::Plugin::new_from_compiled(&compiled)?;
    for order in ["7", "9", "many", "11"] {
        match plugin.call::<&str, String>("order", order) {
            Ok(count) => lines.push(format!("{order}: {count} orders")),
            Err(_) => {
                let why = whys.get()?.lock().unwrap().pop().unwrap_or_default();
                lines.push(format!("{order}: {why}"));
                // Nothing runs in it any more, and `Plugin::reset` makes no other instance.
                let refused = plugin.call::<&str, String>("order", "10");
                lines.push(format!("10: {}", if refused.is_err() { "refused" } else { "taken" }));
                plugin = extism::Plugin::new_from_compiled(&compiled)?;
            }
        }
    }
    Ok(lines)
}

fn main() -> Result<(), Error> {
    let module = std::env::args_os().nth(1).expect("usage: extism SHOP.wasm");
    for line in run(module.as_ref())? {
        println!("{line}");
    }
    Ok(())
}
