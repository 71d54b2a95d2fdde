use super::*;

fn page_of(wat: &str) -> String {
    let bytes = wat::parse_str(wat).unwrap();
    let meta = crate::meta::section(&bytes).unwrap().and_then(Meta::read);
    page("demo.wasm".into(), &bytes, meta).unwrap()
}

const SMALL: &str = r#"(module
    (import "env" "log" (func $log))
    (global $state (export "__unpoison_state") (mut i32) (i32.const 0))
    (memory (export "memory") 1)
    (func $app::parse::number (export "number") (drop (global.get $state)) unreachable)
    (func $app::run (export "run") unreachable)
    (func $__unpoison_fail_abort unreachable)
    (func (export "__unpoison_report") (result i32) (i32.const 0))
    (@custom "unpoison" "{\"version\":1,\"panic\":\"abort\",\"eh\":\"none\",\"abort\":\"throw\",\"sites\":[{\"id\":1,\"kind\":\"abort\",\"function\":\"app::parse::number\",\"location\":\"src/lib.rs:3:5\"},{\"id\":2,\"kind\":\"panic\",\"function\":\"gone\"}]}"))"#;

#[test]
fn the_page_says_what_is_there() {
    let page = page_of(SMALL);
    for fact in [
        "<h1>demo.wasm</h1>",
        "4 functions, 2 sites",
        "abort: a panic ends the instance",
        "<dd class=\"bad\">not whole: see below what is missing</dd>",
        "the export <code>run</code> is not guarded",
        "In: 2 exported functions, 1 guarded",
        "Out: 1 imported function<",
        "<title>app::parse::number: 6 bytes; sites: 1 abort</title>",
        "<td class=\"name\">src/lib.rs:3:5</td>",
        "1 site is in no function that has its name here",
        "1 site is without a file and a line",
        "leaving the module at a site",
        "The host can write to the memory <code>memory</code> at any time.",
    ] {
        assert!(page.contains(fact), "{fact}: {page}");
    }
    assert_eq!(page, page_of(SMALL));
}

#[test]
fn a_plain_module_has_a_page_and_an_empty_one() {
    let plain = page_of(r#"(module (func $app::run (export "run") nop))"#);
    assert!(plain.contains("it says nothing of unpoison"));
    assert!(plain.contains("Everything: nothing tells"));
    assert!(plain.contains("In: 1 exported function, 0 guarded"));
    let empty = page_of("(module)");
    assert!(empty.contains("It has no functions with a body."));
    let unnamed = page_of(r#"(module (func) (func nop))"#);
    assert!(unnamed.contains("functions without a name: 5 bytes, 2 functions"), "{unnamed}");
}

/// Every name that a file can hold.
#[test]
fn names_are_text() {
    let hostile = r#"</title><script>alert(1)</script>'\22"#;
    let page = page_of(&format!(
        r#"(module
            (import "{hostile}" "{hostile}" (func))
            (memory (export "{hostile}") 1)
            (func $"{hostile}::x::y" (export "{hostile}e") nop)
            (table (export "{hostile}t") 1 funcref)
            (@custom "{hostile}" "x")
            (@custom "unpoison" "{{\"version\":1,\"panic\":\"<script>\",\"eh\":\"<script>\",\"abort\":\"trap\",\"sites\":[{{\"id\":1,\"kind\":\"abort\",\"function\":\"<script>\",\"location\":\"<script>\"}}]}}"))"#
    ));
    // The page's own one.
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("</script>").count(), 1);
    assert!(page.matches("&lt;script&gt;").count() > 9);
}

#[test]
fn nothing_is_loaded() {
    let page = page_of(SMALL);
    for word in ["http://", "https://", "src=", "url(h", "@import", "style=", "onload", "<link"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn hashes_are_as_in_the_rfc() {
    let all = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes()));
    assert_eq!(all, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
}
