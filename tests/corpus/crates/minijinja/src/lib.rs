use minijinja::{Environment, context};
use support::{Random, Sum};

support::exports!(work, fail);

const PAGE: &str = "{% macro row(x) %}<li>{{ x.name|title }}: {{ x.n * 2 }}</li>{% endmacro %}\
    <ul>{% for x in rows if x.n is odd %}{{ row(x) }}{% else %}none{% endfor %}</ul>";

fn work(random: &mut Random, sum: &mut Sum) {
    let mut env = Environment::new();
    env.add_template("page", PAGE).expect("a template");
    let rows: Vec<_> = (0..40).map(|n| context! { name => random.words(2), n => n }).collect();
    let page = env.get_template("page").expect("the template");
    sum.add(page.render(context! { rows }).expect("a page"));
    sum.debug(env.template_from_str("{% if %}").err().map(|e| e.to_string()));
}

/// A function of the host's that gives up in the middle of a page.
fn fail(random: &mut Random, _: u32) {
    let mut env = Environment::new();
    env.add_function("broken", |text: String| -> String { panic!("broken by {text}") });
    let text =
        format!("{{% for x in range(3) %}}{{{{ broken('{}') }}}}{{% endfor %}}", random.words(1));
    let _ = env.render_str(&text, ());
}
