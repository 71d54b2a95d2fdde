use support::{Random, Sum};
use typst_syntax::Source;

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let text = format!(
        "= {}\n#let f(x) = x * {}\n$ sum_(k=0)^n k $ #f(2) *{}*\n",
        random.words(2),
        random.below(99),
        random.words(1)
    );
    let mut source = Source::detached(text);
    sum.debug(source.root().children().len());
    source.edit(0..1, "==");
    sum.debug(source.root().errors().len());
    sum.add(typst_syntax::highlight_html(source.root()));
    sum.debug(typst_syntax::parse("#let x = (").errors().len());
}

/// A change behind the end of a text.
fn fail(random: &mut Random, seed: u32) {
    let mut source = Source::detached(random.words(3));
    match seed % 2 {
        0 => _ = source.edit(500..600, "a"),
        _ => _ = source.lines().text()[..].split_at(900),
    }
}
