use pulldown_cmark::{BrokenLink, Options, Parser, html};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let text: String = (0..20)
        .map(|_| {
            format!(
                "# {}\n\n> {} *{}*\n\n- [ ] {}\n\n",
                random.words(2),
                random.words(9),
                random.words(1),
                random.words(3)
            )
        })
        .collect();
    let mut page = String::new();
    html::push_html(&mut page, Parser::new_ext(&text, Options::all()));
    sum.add(page);
}

/// A host that gives up when it is asked for a link.
fn fail(random: &mut Random, _: u32) {
    let text = format!("a [{}] b", random.words(1));
    let broken = |link: BrokenLink<'_>| panic!("no link to {}", &*link.reference);
    let parser = Parser::new_with_broken_link_callback(&text, Options::all(), Some(broken));
    let mut page = String::new();
    html::push_html(&mut page, parser);
}
