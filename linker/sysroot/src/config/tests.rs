use super::*;

fn fragment(folder: &str) -> ConfigFragment {
    let flags = ["--sysroot", folder, "-Cpanic=unwind"].map(str::to_owned).to_vec();
    ConfigFragment { target: "wasm32-unknown-unknown".into(), flags }
}

fn merged(old: &str) -> String {
    let new = merge(old, &fragment("/d/new")).unwrap().0;
    assert_eq!(merge(&new, &fragment("/d/new")).unwrap().0, new, "a second time");
    new
}

#[test]
fn an_empty_file_gets_the_printed_lines() {
    assert_eq!(merged(""), fragment("/d/new").text());
    assert_eq!(
        fragment("C:\\a b").text(),
        "[target.wasm32-unknown-unknown]\nlinker = \"unpoison\"\n\
         rustflags = [\"--sysroot\", 'C:\\a b', \"-Cpanic=unwind\"]\n"
    );
}

#[test]
fn a_file_of_windows_keeps_its_ends_of_lines() {
    let old = "# mine\r\n[build]\r\njobs = 2 # two\r\n";
    let new = merged(old);
    assert!(new.starts_with(old), "{new:?}");
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{new:?}");
    assert!(!merged("a = 1\n").contains('\r'));
}

#[test]
fn the_linker_alone_leaves_flags_as_they_are() {
    let fragment = ConfigFragment::linker("wasm32-wasip1");
    let linker = |old: &str| merge(old, &fragment).unwrap().0;
    assert_eq!(linker(""), "[target.wasm32-wasip1]\nlinker = \"unpoison\"\n");
    for flags in ["[\"--sysroot\", \"/d/old\", \"-Cpanic=unwind\"]", "\"-Ca=b\" # mine"] {
        let old = format!("[target.wasm32-wasip1]\nrustflags = {flags}\n");
        let new = linker(&old);
        assert!(new.contains(&format!("rustflags = {flags}")), "{new}");
        assert!(new.contains("linker = \"unpoison\""), "{new}");
        assert_eq!(linker(&new), new, "a second time");
    }
    let (kept, notices) = merge("[target.wasm32-wasip1]\nlinker = \"wild\"\n", &fragment).unwrap();
    assert!(kept.contains("wild") && notices[0].contains("the linker stays wild"), "{notices:?}");
}

#[test]
fn an_array_keeps_its_flags_and_comments() {
    let old = "# top\n[build]\njobs = 3 # three\n\n[target.wasm32-unknown-unknown]\n\
               rustflags = [\n    # why\n    \"-Ctarget-cpu=mvp\", # so\n    \"--sysroot\", \"/d/old\",\n    \
               \"-Clink-arg=-z\",\n    # panics\n    \"-C\", \"panic=unwind\",\n]\n";
    let new = merged(old);
    for kept in [
        "# top\n",
        "jobs = 3 # three",
        "# why",
        "# so",
        "# panics",
        "-Ctarget-cpu=mvp",
        "-Clink-arg=-z",
    ] {
        assert!(new.contains(kept), "no `{kept}` in {new}");
    }
    assert!(!new.contains("/d/old"), "{new}");
    assert_eq!(new.matches("--sysroot").count(), 1, "{new}");
    assert_eq!(new.matches("panic=unwind").count(), 1, "{new}");
}

#[test]
fn a_string_stays_one_unless_a_folder_has_a_space() {
    let old = "[target.wasm32-unknown-unknown]\nrustflags = \"-Ca=b --sysroot /d/old\" # mine\n";
    let new = merged(old);
    assert!(new.contains("rustflags = \"-Ca=b --sysroot /d/new -Cpanic=unwind\" # mine"), "{new}");
    let new = merge(old, &fragment("/a b")).unwrap().0;
    assert!(new.contains("[\"-Ca=b\", \"--sysroot\", \"/a b\", \"-Cpanic=unwind\"]"), "{new}");
}

#[test]
fn other_forms_of_the_table_are_kept_to() {
    let new = merged("target.wasm32-unknown-unknown.runner = \"r\"\n");
    assert!(new.contains("runner = \"r\"") && new.contains("/d/new"), "{new}");
    let new = merged("[target]\nwasm32-unknown-unknown = { runner = \"r\" }\n");
    assert!(new.contains("runner = \"r\"") && new.contains("/d/new"), "{new}");
    let new = merged("[target.x86_64-unknown-linux-gnu]\nlinker = \"clang\"\n");
    assert!(new.starts_with("[target.x86_64-unknown-linux-gnu]\nlinker = \"clang\"\n"), "{new}");
    assert!(!new.contains("[target]"), "{new}");
}

#[test]
fn another_linker_stays_and_is_told_of() {
    let old = "[target.wasm32-unknown-unknown]\nlinker = \"rust-lld\"\n";
    let (new, notices) = merge(old, &fragment("/d")).unwrap();
    assert!(new.contains("rust-lld") && notices[0].contains("rust-lld"), "{new} {notices:?}");
    let old = "[target.wasm32-unknown-unknown]\nlinker = \"/opt/bin/unpoison\"\n";
    assert!(merge(old, &fragment("/d")).unwrap().1.is_empty());
}

#[test]
fn what_is_not_understood_is_an_error_and_stays() {
    for old in ["[target", "target = 3", "[target.wasm32-unknown-unknown]\nrustflags = [1]"] {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("config.toml");
        std::fs::write(&path, old).unwrap();
        let said = write(&path, &fragment("/d")).unwrap_err().to_string();
        assert!(said.contains("config.toml"), "{said}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), old);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_new_file_in_a_new_folder() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join(".cargo/config.toml");
    write(&path, &fragment("/d")).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), fragment("/d").text());
    let notices = write(&path, &fragment("/d")).unwrap();
    assert!(notices[0].contains("already"), "{notices:?}");
}
