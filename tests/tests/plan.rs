//! Golden tests: a module as text in `tests/plan/NAME.wat`, its plan in `NAME.plan` and
//! what comes out in `NAME.out.wat` beside it.
//!
//! The first line says the options: `;; unpoison --unpoison-abort=trap`. The line
//! `;; stubs` stands for the runtime stubs, which rust-lld would have linked. With
//! `UNPOISON_BLESS=1` the files are written instead of compared.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use unpoison::{Stubs, rewrite};

/// The stubs' exports, as functions that do next to nothing.
const STUBS: &str = r#"
  (func (export "__unpoison_rt_panic") (param i32))
  (func (export "__unpoison_rt_alloc") (param i32 i32))
  (func (export "__unpoison_rt_fail") (param i32 i32) (result i32) i32.const 1024)
  (func (export "__unpoison_rt_trap") (param i32) (result i32) i32.const 1024)
  (func (export "__unpoison_rt_report") (result i32) i32.const 1024)
  (func (export "__unpoison_rt_hold"))
  (func (export "__unpoison_rt_depth") (param i32))
  (func (export "__unpoison_rt_in_cleanup") (param i32))
  (func (export "__unpoison_rt_thrown") (param i32))
  (func (export "__unpoison_rt_caught_exception") (param i32 i32) (result i32) i32.const 1024)
"#;

/// Where the panic count is, in modules that have one.
const PANIC_COUNT: u32 = 2048;

#[test]
fn what_is_planned_and_what_comes_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plan");
    let mut inputs: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.ends_with(".wat") && !name.ends_with(".out.wat")
        })
        .collect();
    inputs.sort();
    assert!(inputs.len() > 10, "{inputs:?}");
    let wrong: Vec<String> =
        inputs.iter().filter_map(|input| check(input).err()).map(|e| format!("{e:#}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn check(input: &Path) -> Result<()> {
    let text = std::fs::read_to_string(input)?;
    let first = text.lines().next().and_then(|line| line.strip_prefix(";; unpoison"));
    let first = first.with_context(|| format!("{}: no run line", input.display()))?;
    let options: Vec<&str> = first.split_whitespace().collect();
    let bytes = wat::parse_str(text.replace(";; stubs", STUBS))
        .with_context(|| input.display().to_string())?;
    match rewrite(&bytes, &options, Stubs::Linked, Some(PANIC_COUNT)) {
        Ok(rewritten) => {
            compare(&input.with_extension("plan"), &rewritten.plan)?;
            let out = match rewritten.module {
                Some(module) => {
                    let features = wasmparser::WasmFeatures::all();
                    wasmparser::Validator::new_with_features(features)
                        .validate_all(&module)
                        .with_context(|| format!("{}: the output", input.display()))?;
                    wasmprinter::print_bytes(module)?
                }
                None => String::new(),
            };
            compare(&input.with_extension("out.wat"), &out)
        }
        Err(error) => compare(&input.with_extension("plan"), &format!("error: {error}\n")),
    }
}

fn compare(path: &Path, now: &str) -> Result<()> {
    if std::env::var_os("UNPOISON_BLESS").is_some() {
        return std::fs::write(path, now).with_context(|| path.display().to_string());
    }
    let was = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    ensure!(
        was == now,
        "{} is not what comes out now (UNPOISON_BLESS=1 writes it):\n{}",
        path.display(),
        first_difference(&was, now)
    );
    Ok(())
}

fn first_difference(was: &str, now: &str) -> String {
    let at = was.lines().zip(now.lines()).take_while(|(was, now)| was == now).count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(the end)").to_owned();
    format!("line {}\n- {}\n+ {}", at + 1, line(was), line(now))
}
