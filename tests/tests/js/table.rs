//! The table of the package's README: which engine does what. `UNPOISON_BLESS=1 cargo test -p
//! unpoison-tests --test js the_table` writes it anew.

use super::{fixtures, package, told};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use xtask::{engines, run, setup};

/// Groups of what `hosts/js/test/core.mjs` tells, by a field that only they have.
const CASES: [(&str, &[&str]); 4] = [
    ("each way to fail, with and without checkpoints", &["failure"]),
    ("failures inside of other calls", &["inner", "outer"]),
    ("exceptions and traps of others", &["name"]),
    ("views of the memory", &["byte", "stale"]),
];

const BEGIN: &str = "<!-- engines -->\n";
const END: &str = "<!-- end of engines -->\n";

fn of_case<'a>(told: &'a Value, fields: &[&str]) -> Vec<&'a Value> {
    let all = told.as_array().unwrap().iter();
    all.filter(|one| fields.iter().any(|field| one.get(field).is_some())).collect()
}

fn table() -> String {
    let node = &setup::get().node;
    let tell = |program: &Path, words: &[&str], script: &str, variable: Option<(&str, &Path)>| {
        let mut command = Command::new(program);
        command.args(words).arg(run::root().join(format!("tests/js/recover-{script}.mjs")));
        command.arg(fixtures::dir().join("ledger.wasm")).envs(variable);
        told(&mut command)
    };
    let started = |script: &str, variable: &str, program: &Path| {
        tell(&node.system, &[], script, Some((variable, program)))
    };
    let reference = tell(&node.system, &[], "node", None);
    let columns = [
        ("Node 24", tell(&node.newer, &[], "node", None)),
        ("Bun", tell(&engines::bun().unwrap(), &[], "node", None)),
        (
            "Deno",
            tell(&engines::deno().unwrap(), &["run", "--quiet", "--allow-read"], "node", None),
        ),
        ("Chromium", started("chromium", "UNPOISON_CHROMIUM", &setup::get().chromium)),
        ("Firefox", started("firefox", "UNPOISON_FIREFOX", &engines::firefox().unwrap())),
        ("JavaScriptCore", started("jsc", "UNPOISON_JSC", &engines::jsc().unwrap())),
        ("workerd", tell(&node.system, &[], "workerd", None)),
    ];
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut text = format!("| as in Node 20 | {} |\n", names.join(" | "));
    text += &format!("| --- |{}\n", " --- |".repeat(columns.len()));
    for (case, fields) in CASES {
        let wanted = of_case(&reference, fields);
        assert!(!wanted.is_empty(), "{case}");
        let cells = columns.iter().map(|(_, told)| {
            let same = of_case(told, fields) == wanted;
            if same { " yes |" } else { " no |" }
        });
        text += &format!("| {case} |{}\n", cells.collect::<String>());
    }
    text
}

#[test]
fn the_table_of_engines_in_the_readme_is_true() {
    let path = package().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let made = table();
    if std::env::var_os("UNPOISON_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{made}{END}{after}")).unwrap();
    } else {
        assert_eq!(written, made);
    }
}
