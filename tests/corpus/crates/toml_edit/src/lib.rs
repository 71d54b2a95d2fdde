use support::{Random, Sum};
use toml_edit::{DocumentMut, value};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let text =
        format!("# a comment\n[package]\nname = \"{}\"\nlist = [ 1, 2 ] # two\n", random.words(1));
    let mut document: DocumentMut = text.parse().expect("TOML");
    document["package"]["version"] = value(random.words(1));
    document["package"]["list"][0] = value(random.below(99) as i64);
    document["new"] = toml_edit::table();
    document["new"]["deep"] = value(random.unit());
    sum.add(document.to_string());
    sum.debug("a = [1,".parse::<DocumentMut>().map_err(|e| e.to_string()));
}

/// Keys of what has none.
fn fail(random: &mut Random, seed: u32) {
    let mut document: DocumentMut = "a = 1\nlist = [1]".parse().expect("TOML");
    match seed % 3 {
        0 => _ = &document["missing"],
        1 => document["a"]["b"] = value(random.words(1)),
        _ => _ = &document["list"][9],
    }
}
