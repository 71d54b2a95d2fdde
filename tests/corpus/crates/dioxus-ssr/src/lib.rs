use dioxus::prelude::*;
use support::{Random, Sum};

support::exports!(work, fail);

#[component]
fn Row(text: String, broken: bool) -> Element {
    let count = use_signal(|| text.len());
    assert!(!broken, "no row for {text}");
    rsx! { li { class: "row", "{text}: {count}" } }
}

fn page(words: String, broken: bool) -> String {
    let mut dom = VirtualDom::new_with_props(
        |(words, broken): (String, bool)| {
            rsx! {
                ul {
                    for word in words.split(' ') {
                        Row { text: word.to_owned(), broken }
                    }
                }
            }
        },
        (words, broken),
    );
    dom.rebuild_in_place();
    dioxus_ssr::render(&dom)
}

fn work(random: &mut Random, sum: &mut Sum) {
    sum.add(page(random.words(20), false));
}

/// A component that gives up.
fn fail(random: &mut Random, _: u32) {
    page(random.words(2), true);
}
