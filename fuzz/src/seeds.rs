//! What mutations begin with: files by hand, and real modules built on the spot.

use crate::random::Random;
use std::process::Command;
use std::sync::OnceLock;
use wasm_encoder::{CustomSection, Encode, NameMap, NameSection, Section as _};
use wasmparser::{Parser, Payload};

/// An object of two features, with something around them.
pub(crate) fn object(random: &mut Random) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0\x01\x01\0".to_vec();
    let length = random.below(200);
    let other = random.bytes(length);
    CustomSection { name: "linking".into(), data: (&other).into() }.append_to(&mut bytes);
    let mut features = vec![3];
    for feature in ["+simd128", "-shared-mem", "+exception-handling"] {
        let (prefix, name) = feature.split_at(1);
        features.extend(prefix.bytes());
        name.encode(&mut features);
    }
    CustomSection { name: "target_features".into(), data: features.into() }.append_to(&mut bytes);
    bytes
}

/// An archive in GNU's format, one long name included.
pub(crate) fn archive(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    let long = b"a_rather_long_name_of_an_object.rcgu.o/\n";
    let mut members: Vec<(&str, &[u8])> = vec![("//", long), ("lib.rmeta/", b"not an object")];
    members.extend(objects.iter().map(|object| ("/0", &object[..])));
    for (name, content) in members {
        let size = content.len();
        let head = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 644);
        bytes.extend(head.bytes());
        bytes.extend(content);
        bytes.extend(b"\n".iter().take(size % 2));
    }
    bytes
}

/// The content of a name section.
pub(crate) fn names(random: &mut Random) -> Vec<u8> {
    let mut functions = NameMap::new();
    let apart = 1 + random.below(2) as u32;
    for at in 0..1 + random.below(15) as u32 {
        functions.append(at * apart, &format!("f{at}"));
    }
    // Any number is an index of a malformed module.
    functions.append(u32::MAX >> random.below(27), "last");
    let mut globals = NameMap::new();
    globals.append(0, "__stack_pointer");
    let mut section = NameSection::new();
    section.functions(&functions);
    section.globals(&globals);
    let mut bytes = Vec::new();
    section.append_to(&mut bytes);
    // After the section's id, its size and its name.
    let module = [b"\0asm\x01\0\0\0", &bytes[..]].concat();
    let Some(Ok(Payload::CustomSection(custom))) = Parser::new(0).parse_all(&module).nth(1) else {
        unreachable!("a name section is a custom section")
    };
    custom.data().to_vec()
}

/// A program with a panic, a table, an import and memory of its own.
const PROGRAM: &str = r#"
#[link(wasm_import_module = "env")]
unsafe extern "C" { fn host(n: u32) -> u32; }
static TABLE: [fn(u32) -> u32; 3] = [double, fails, asks];
#[inline(never)] fn double(n: u32) -> u32 { n.wrapping_mul(2) }
#[inline(never)] fn fails(n: u32) -> u32 { if n > 3 { panic!("too large: {n}") } else { n } }
#[inline(never)] fn asks(n: u32) -> u32 { unsafe { host(n) } }
#[unsafe(no_mangle)] pub extern "C" fn run(which: u32, n: u32) -> u32 { TABLE[which as usize](n) }
#[unsafe(no_mangle)] pub extern "C" fn list(n: u32) -> u32 {
    let all: Vec<String> = (0..n).map(|n| n.to_string()).collect();
    all.concat().len() as u32
}
"#;

/// The program, linked by rust-lld: optimized, and with debug information.
pub(crate) fn real_modules() -> &'static [Vec<u8>; 2] {
    static MODULES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    MODULES.get_or_init(|| {
        let optimized = ["-Copt-level=s", "-Cstrip=debuginfo", "-Clto=fat"];
        [&optimized[..], &["-Copt-level=1", "-Cdebuginfo=2", "-Clto=fat"]].map(compile)
    })
}

fn compile(flags: &[&str]) -> Vec<u8> {
    let toolchain = &xtask::setup::get().toolchain;
    let folder = xtask::run::target_dir().join("fuzz").join(flags.concat());
    std::fs::create_dir_all(&folder).expect("the target folder is ours");
    let (source, module) = (folder.join("program.rs"), folder.join("program.wasm"));
    std::fs::write(&source, PROGRAM).expect("the target folder is ours");
    let mut rustc = Command::new(&toolchain.rustc);
    rustc.args(["--edition=2024", "--crate-type=cdylib", "--target=wasm32-unknown-unknown"]);
    rustc.args(flags).arg(&source).arg("-o").arg(&module);
    xtask::run::quiet(&mut rustc).expect("the program compiles");
    std::fs::read(&module).expect("rustc has written it")
}

/// The DWARF sections of the second of them, and the size of its code.
pub(crate) fn module_with_dwarf() -> &'static (Vec<(String, Vec<u8>)>, u32) {
    /// Sections by name, and how long the code is.
    type Seed = (Vec<(String, Vec<u8>)>, u32);
    static DWARF: OnceLock<Seed> = OnceLock::new();
    DWARF.get_or_init(|| {
        let [_, module] = real_modules();
        let (mut sections, mut code) = (Vec::new(), 0);
        for payload in Parser::new(0).parse_all(module) {
            match payload.expect("rust-lld's module is well-formed") {
                Payload::CustomSection(custom) if custom.name().starts_with(".debug_") => {
                    sections.push((custom.name().to_owned(), custom.data().to_vec()));
                }
                Payload::CodeSectionStart { size, .. } => code = size,
                _ => {}
            }
        }
        assert!(sections.len() > 3 && code > 100, "the program has debug information");
        (sections, code)
    })
}
