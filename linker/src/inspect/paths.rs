//! Whose a function is, by its demangled name.

/// Where a function is in the source's tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'n> {
    /// The crate; none for a name that is no path.
    pub krate: Option<&'n str>,
    /// The module in it, or the type; none at its root.
    pub module: Option<&'n str>,
}

/// The place of a function. An implementation belongs to the crate of its type, or of the trait
/// where the type is nobody's (`<&T as core::fmt::Debug>::fmt`).
pub(super) fn place(name: &str) -> Place<'_> {
    let found = match name.strip_prefix('<') {
        Some(inside) => {
            let (ty, of_trait) = implementation(inside);
            path(ty).or_else(|| path(of_trait?))
        }
        None => path(name),
    };
    let Some(path) = found else { return Place { krate: None, module: None } };
    let mut idents = path.split("::");
    let krate = idents.next();
    let module = idents.next();
    // The last word of a name that is nothing but a path is the function.
    let is_function = path.len() == name.len() && idents.next().is_none();
    Place { krate, module: module.filter(|_| !is_function) }
}

/// What a picture calls a function: the end of its path.
pub(super) fn short(name: &str) -> &str {
    let mut starts: Vec<usize> = vec![0];
    let mut depth = 0_usize;
    let bytes = name.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            // Not the arrow of `fn() -> T`.
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => starts.push(at + 2),
            _ => {}
        }
    }
    // `{closure#0}` and `<T>` alone say little.
    let says = |at: &usize| !matches!(bytes.get(*at), Some(b'{' | b'<') | None);
    let at = starts.into_iter().rev().find(says).unwrap_or(0);
    name.get(at..).unwrap_or(name)
}

/// The type and the trait of `T as U>::f`.
fn implementation(inside: &str) -> (&str, Option<&str>) {
    let mut depth = 0_usize;
    let bytes = inside.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' if depth == 0 => return (inside.get(..at).unwrap_or(inside), None),
            b'>' => depth -= 1,
            b' ' if depth == 0 && bytes[at..].starts_with(b" as ") => {
                return (inside.get(..at).unwrap_or(inside), inside.get(at + 4..));
            }
            _ => {}
        }
    }
    (inside, None)
}

/// The path that a text begins with, after what stands before a type.
fn path(text: &str) -> Option<&str> {
    const BEFORE: [&str; 9] = ["&", "mut ", "*const ", "*mut ", "[", "(", "dyn ", "impl ", "<"];
    let mut text = text;
    while let Some(rest) = BEFORE.iter().find_map(|before| text.strip_prefix(before)) {
        text = rest;
    }
    let mut end = 0;
    loop {
        let rest = text.get(end..)?;
        let ident = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if ident == 0 {
            // The path ended with `::`.
            end = end.saturating_sub(2);
            break;
        }
        end += ident;
        if !text.get(end..)?.starts_with("::") {
            break;
        }
        end += 2;
    }
    text.get(..end).filter(|path| path.contains("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_places() {
        for (name, krate, module) in [
            ("naga::back::hlsl::help::<impl naga::Writer<W>>::write", "naga", Some("back")),
            ("demo::count", "demo", None),
            ("alloc::vec::from_elem::<u8>", "alloc", Some("vec")),
            ("<alloc::string::String as core::fmt::Write>::write_str", "alloc", Some("string")),
            ("<&T as core::fmt::Debug>::fmt", "core", Some("fmt")),
            ("<[core::option::Option<a::B>]>::sort", "core", Some("option")),
            ("<dyn core::any::Any>::type_id", "core", Some("any")),
            ("<demo::Counter>::add", "demo", Some("Counter")),
            ("demo::main::{closure#0}", "demo", Some("main")),
            ("<fn() -> a::B as c::D>::e", "c", Some("D")),
        ] {
            let expected = Place { krate: Some(krate), module };
            assert_eq!(place(name), expected, "{name}");
        }
        for name in ["memcpy", "", "<", "<<<", "::", "a::", "<T>::f", "</script>"] {
            assert!(place(name).krate.is_none(), "{name}: {:?}", place(name));
        }
    }

    #[test]
    fn short_names_are_their_ends() {
        for (name, wanted) in [
            ("naga::back::<impl naga::Writer<W>>::write", "write"),
            ("demo::main::{closure#0}", "main::{closure#0}"),
            ("core::ptr::drop_in_place<a::B>", "drop_in_place<a::B>"),
            ("core::ptr::drop_in_place::<a::B>", "drop_in_place::<a::B>"),
            ("<fn() -> a::B as c::D>::e", "e"),
            ("memcpy", "memcpy"),
            ("", ""),
            ("ä::ö", "ö"),
        ] {
            assert_eq!(short(name), wanted);
        }
    }
}
