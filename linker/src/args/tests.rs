use super::*;

fn parse(line: &str) -> Result<Args> {
    Args::parse(line.split_whitespace().map(OsString::from))
}

fn words(args: &Args) -> Vec<String> {
    let words = args.verbatim().map(|w| w.to_string_lossy().into_owned());
    words.collect()
}

#[test]
fn foreign_options_travel_verbatim_and_in_order() {
    let line = "--export add -z stack-size=1048576 --stack-first a.rcgu.o -L lib -o x.wasm --unheard-of=1 -O3";
    let args = parse(&format!("-flavor wasm {line}")).unwrap();
    assert_eq!(words(&args).join(" "), line);
    assert_eq!(args.output.as_deref(), Some(Path::new("x.wasm")));
    assert_eq!(args.search, [Path::new("lib")]);
    assert_eq!(args.exports, ["add"]);
    assert_eq!(args.passthrough, None);
    let without: Vec<_> = args.without(&[Kind::Output]).collect();
    assert_eq!(without.len(), words(&args).len() - 2);
}

#[test]
fn own_options_are_taken_off_the_line() {
    let args =
        parse("a.rlib --unpoison-abort=trap -o x --unpoison-guard off --unpoison-sites file")
            .unwrap();
    assert_eq!(words(&args), ["a.rlib", "-o", "x"]);
    let expected = Options {
        abort: Some(AbortMode::Trap),
        guard: false,
        sites: SitesMode::File,
        ..Options::default()
    };
    assert_eq!(args.options, expected);
    assert_eq!(parse("a.rlib").unwrap().options, Options::default());
}

#[test]
fn a_mistaken_own_option_names_the_right_ones() {
    let error = |line: &str| parse(line).unwrap_err().to_string();
    assert_eq!(
        error("--unpoison-gaurd=on"),
        "unknown option --unpoison-gaurd\n  there are \
         --unpoison-abort, --unpoison-debug, --unpoison-exceptions, --unpoison-guard, \
         --unpoison-jspi, --unpoison-rehearse, --unpoison-sites, --unpoison-source-map"
    );
    assert_eq!(
        error("--unpoison-guard=yes"),
        "--unpoison-guard cannot be `yes`; it takes one of on, off"
    );
    assert_eq!(
        error("--unpoison-abort"),
        "--unpoison-abort has no value; it takes one of throw, trap, error"
    );
}

#[test]
fn the_last_output_wins_in_any_spelling() {
    for line in ["-o a -o b", "-oa -ob", "-o a -ob"] {
        let args = parse(&format!("x.rlib {line}")).unwrap();
        assert_eq!(args.output.as_deref(), Some(Path::new("b")), "{line}");
        assert_eq!(args.without(&[Kind::Output]).count(), 1);
    }
}

#[test]
fn long_options_take_one_dash_or_two() {
    for dash in ["-", "--"] {
        let args = parse(&format!(
            "x.rlib -o x {dash}strip-all {dash}compress-relocations {dash}keep-section=a \
             {dash}keep-section b {dash}pie {dash}shared-memory {dash}export=f"
        ))
        .unwrap();
        assert_eq!(args.strip, Strip::All);
        assert_eq!(args.keep_sections, ["a", "b"]);
        assert!(args.compress_relocations && args.pie && args.shared_memory);
        assert_eq!(args.exports, ["f"]);
        assert_eq!(args.passthrough, None);
    }
}

#[test]
fn the_value_of_an_option_is_not_an_option() {
    let args = parse("x.rlib -o x -mllvm -s --export -r -max-memory=65536").unwrap();
    assert_eq!(args.strip, Strip::None);
    assert_eq!(args.passthrough, None);
    assert_eq!(args.exports, ["-r"]);
    assert_eq!(args.inputs, [Path::new("x.rlib")]);
}

#[test]
fn some_links_are_left_to_rust_lld() {
    for (line, why) in [
        ("x.rlib -o x -shared", Passthrough::Shared),
        ("x.rlib -o x -r", Passthrough::Relocatable),
        ("x.rlib -o x --emit-relocs", Passthrough::EmitRelocs),
        ("--version", Passthrough::Question),
        ("-v", Passthrough::Question),
        ("-flavor wasm --help", Passthrough::Question),
        ("x.o -o x", Passthrough::NotRust),
        ("x.rlib", Passthrough::NoOutput),
        ("x.rlib -o", Passthrough::NoOutput),
    ] {
        assert_eq!(parse(line).unwrap().passthrough, Some(why), "{line}");
    }
    assert_eq!(parse("x.rlib -v -o x").unwrap().passthrough, None);
}

#[test]
fn links_for_other_machines_are_refused() {
    for line in [
        "-flavor gnu x.rlib -o x",
        "-m64 x.rcgu.o -Wl,--as-needed -o x",
        "x.rlib -mwasm64 -o x",
        "x.rlib -m wasm64 -o x",
        "-s X x.rcgu.o -B/lib/gcc-ld --target=wasm32-unknown-emscripten -fwasm-exceptions -o x.js",
    ] {
        let error = parse(line).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{line}");
    }
}

#[test]
fn options_in_response_files_count() {
    let place = tempfile::tempdir().unwrap();
    let (outer, inner) = (place.path().join("outer"), place.path().join("inner"));
    std::fs::write(&inner, "--unpoison-guard=off\n-o b\n").unwrap();
    std::fs::write(&outer, format!("-o a\na\\ b.rlib\n'@{}'\n--gc-sections", inner.display()))
        .unwrap();
    let line = ["-flavor", "wasm", "--rsp-quoting=posix"].map(OsString::from);
    let at = OsString::from(format!("@{}", outer.display()));
    let args = Args::parse(line.into_iter().chain([at])).unwrap();
    assert!(args.from_response && !args.options.guard);
    assert_eq!(args.output.as_deref(), Some(Path::new("b")));
    assert_eq!(args.inputs, [Path::new("a b.rlib")]);
}

#[test]
fn an_id_that_the_user_chose_is_known() {
    for (line, fixed) in [
        ("", false),
        ("--build-id", false),
        ("--build-id=sha1", false),
        ("--build-id=0x12", true),
        ("-build-id=0x12", true),
        ("--build-id=0x12 --build-id=fast", false),
    ] {
        assert_eq!(parse(&format!("x.rlib {line}")).unwrap().fixed_build_id, fixed, "{line}");
    }
}
