use resvg::{tiny_skia, usvg};
use support::{Random, Sum};

support::exports!(work, fail);

fn picture(random: &mut Random) -> usvg::Tree {
    let text = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><defs>
        <linearGradient id="g"><stop stop-color="#f00"/><stop offset="1" stop-color="#00f"/></linearGradient></defs>
        <path d="M{} 4 Q 60 30 {} 60 Z" fill="url(#g)" stroke="green" stroke-dasharray="3 2"/></svg>"##,
        random.below(30),
        random.below(60)
    );
    usvg::Tree::from_str(&text, &usvg::Options::default()).expect("a picture")
}

fn work(random: &mut Random, sum: &mut Sum) {
    let mut pixels = tiny_skia::Pixmap::new(64, 64).expect("a size");
    resvg::render(&picture(random), tiny_skia::Transform::default(), &mut pixels.as_mut());
    sum.add(pixels.data());
    sum.debug(usvg::Tree::from_str("<svg", &usvg::Options::default()).is_err());
}

/// A host that gives up when it is asked for a picture inside.
fn fail(random: &mut Random, _: u32) {
    let mut options = usvg::Options::default();
    options.image_href_resolver.resolve_string = Box::new(|href, _| panic!("no picture {href}"));
    let text = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image width="9" height="9" href="{}.png"/></svg>"#,
        random.words(1)
    );
    let _ = usvg::Tree::from_str(&text, &options);
}
