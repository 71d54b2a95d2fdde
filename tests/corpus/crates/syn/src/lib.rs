use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let name = random.words(1);
    let text = format!(
        "impl<T: Copy> {name}<T> {{ pub fn get(&self, at: usize) -> Option<T> {{
            match self.items.get(at) {{ Some(x) if at < {} => Some(*x), _ => None }} }} }}",
        random.below(99)
    );
    let file = syn::parse_file(&text).expect("Rust");
    sum.add(prettyplease::unparse(&file));
    sum.debug(syn::parse_file("fn f( {").map_err(|e| e.to_string()).is_err());
}

/// Identifiers that are none.
fn fail(random: &mut Random, seed: u32) {
    let name = random.words(2);
    match seed % 3 {
        0 => _ = proc_macro2::Ident::new(&name, proc_macro2::Span::call_site()),
        1 => _ = quote::format_ident!("{}", "1a"),
        _ => _ = syn::Lifetime::new("a", proc_macro2::Span::call_site()),
    }
}
