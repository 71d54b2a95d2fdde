use comrak::Options;
use support::{Random, Sum};

support::exports!(work, fail);

fn text(random: &mut Random) -> String {
    (0..12)
        .map(|n| {
            format!(
                "## {}\n\n* {}\n  1. **{}**\n\n| a | b |\n|---|--:|\n| {n} | `x` |\n\n[l](u)\n\n",
                random.words(2),
                random.words(5),
                random.words(1)
            )
        })
        .collect()
}

fn work(random: &mut Random, sum: &mut Sum) {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.footnotes = true;
    let text = text(random);
    sum.add(comrak::markdown_to_html(&text, &options));
    sum.add(comrak::markdown_to_commonmark(&text, &options));
}

/// A node that is held while it is changed.
fn fail(random: &mut Random, _: u32) {
    let arena = comrak::Arena::new();
    let root = comrak::parse_document(&arena, &text(random), &Options::default());
    let _held = root.data_mut();
    let mut html = String::new();
    let _ = comrak::format_html(root, &Options::default(), &mut html);
}
