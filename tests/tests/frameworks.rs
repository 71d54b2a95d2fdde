//! Apps in Leptos, Yew and Dioxus, in Chromium: what a user sees when they fail
//! (docs/frameworks.md).

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::links::{silent, toolchain};
use unpoison_tests::{glue, matrix, pages};
use xtask::fixture::{Build, Eh, Point};
use xtask::record::Recorded;
use xtask::toolchain::TARGET;
use xtask::{disk, run, setup, tools};

/// What `tests/js/frameworks.mjs` saw of one button, in an app with one thing in its list more
/// than it starts with.
#[derive(Debug, Deserialize)]
struct Seen {
    /// The boundary's words.
    what: Option<String>,
    message: Option<String>,
    /// How many things the list has; there may be no list any more.
    count: Option<u32>,
    /// The same after another was added.
    more: Option<u32>,
    /// What the console says that nobody caught.
    uncaught: Vec<String>,
    /// How many there are after "Start again", and after one more was added.
    again: Option<u32>,
    then: Option<u32>,
}

type Told = BTreeMap<String, Seen>;

const STOPPED: Option<&str> = Some("The app has stopped");
const GOES_ON: Option<&str> = Some("That did not work");

/// The app of the page.
const EXAMPLE: &str = "leptos-example";

fn example() -> PathBuf {
    run::root().join("examples/leptos")
}

/// An app of this repository.
struct App {
    crate_dir: PathBuf,
    /// Of its module.
    name: &'static str,
    /// Where everything made of it goes.
    dir: PathBuf,
}

impl App {
    fn leptos() -> Self {
        Self::of(EXAMPLE, example())
    }

    fn of(name: &'static str, crate_dir: PathBuf) -> Self {
        Self { crate_dir, name, dir: run::target_dir().join("frameworks").join(name) }
    }

    /// Built by cargo. Not for speed: as quickly as it compiles, and where panics unwind small
    /// enough for Chromium to start an instance at once, which "Start again" in a notice wants.
    fn built(&self, unwinding: bool) -> Recorded {
        let point = |opt| Point { opt, ..Point::RELEASE };
        let build = match unwinding {
            true => Build::unwinding(point("1"), Eh::Legacy),
            false => point("0").into(),
        };
        let _turn = setup::turn("frameworks").unwrap();
        build.record_in(toolchain(), self.crate_dir.to_str().unwrap(), &self.dir).unwrap()
    }

    /// What trunk would put into its folder `dist`, of a module that `link` writes.
    fn site(&self, how: &str, link: impl FnOnce(&Path)) -> PathBuf {
        let site = self.dir.join(how);
        let _ = std::fs::remove_dir_all(&site);
        std::fs::create_dir_all(&site).unwrap();
        let built = self.dir.join("target").join(TARGET).join("release");
        std::fs::create_dir_all(&built).unwrap();
        let module = built.join(format!("{}.wasm", self.name));
        link(&module);
        self.hook(&site);
        let page = example();
        for file in ["start.js", "page.css"] {
            std::fs::copy(page.join(file), site.join(file)).unwrap();
        }
        let html = std::fs::read_to_string(page.join("index.html")).unwrap();
        let html = html.replace(r#"data-trunk rel="css""#, r#"rel="stylesheet""#);
        let html: Vec<_> = html.lines().filter(|line| !line.contains("data-trunk")).collect();
        let html = html.join("\n").replace("leptos-example", self.name);
        std::fs::write(site.join("index.html"), html).unwrap();
        site
    }

    /// What trunk calls once it has built: the hook of the page, in the folder of the crate.
    fn hook(&self, site: &Path) {
        let text = std::fs::read_to_string(example().join("Trunk.toml")).unwrap();
        let trunk: toml_edit::DocumentMut = text.parse().unwrap();
        let hook = trunk["hooks"].as_array_of_tables().unwrap().get(0).unwrap();
        let text = |item: &toml_edit::Value| item.as_str().unwrap().replace(EXAMPLE, self.name);
        let arguments: Vec<_> =
            hook["command_arguments"].as_array().unwrap().iter().map(text).collect();
        let mut command = Command::new(hook["command"].as_str().unwrap());
        command.args(&arguments).env("TRUNK_STAGING_DIR", site).env("TRUNK_PROFILE", "release");
        run::quiet(glue::with_wasm_bindgen(&mut command).current_dir(&self.dir)).unwrap();
    }

    fn unpoisoned(&self, how: &str, built: &Recorded) -> PathBuf {
        let unpoison = tools::unpoison().unwrap();
        self.site(how, |module| {
            silent(&mut built.unpoison(toolchain(), &unpoison, module).unwrap()).unwrap();
        })
    }

    /// Linked by rust-lld, and started as trunk does it.
    fn plain(&self, built: &Recorded) -> PathBuf {
        let site = self.site("plain", |module| {
            run::quiet(&mut built.plain(toolchain(), module).unwrap()).unwrap();
        });
        let index = site.join("index.html");
        let html = std::fs::read_to_string(&index).unwrap();
        let start = format!("start(glue, \"{}_bg.wasm\");", self.name);
        assert!(html.contains(&start), "{html}");
        let init = start.replace("start(glue, ", "glue.default({ module_or_path: ");
        let html = html.replace(&start, &init.replace(");", " });"));
        let lines: Vec<_> =
            html.lines().filter(|line| !line.contains("import { start }")).collect();
        std::fs::write(index, lines.join("\n")).unwrap();
        site
    }

    /// Where its source says something, as a message names it.
    fn line(&self, text: &str) -> String {
        let source = std::fs::read_to_string(self.crate_dir.join("src/main.rs")).unwrap();
        let mut lines = source.lines().zip(1..).filter(|(line, _)| line.contains(text));
        let (_, number) = lines.next().unwrap_or_else(|| panic!("no line has {text}"));
        assert!(lines.next().is_none(), "two lines have {text}");
        format!("(src/main.rs:{number})")
    }
}

/// What a user sees. Pictures of it are left beside the site.
fn told(site: &Path) -> Told {
    let mut node = Command::new(&setup::get().node.system);
    node.arg(run::root().join("tests/js/frameworks.mjs")).arg(site).arg(site);
    node.env("UNPOISON_CHROMIUM", &setup::get().chromium);
    let said = run::quiet(&mut node).unwrap();
    serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"))
}

/// The boundary, nothing else on the page, one error in the console at most; and an app that
/// works after "Start again".
fn stopped(told: &Told, button: &str, message: &str, starts_with: u32) {
    let seen = &told[button];
    assert_eq!(seen.what.as_deref(), STOPPED, "{button}: {seen:?}");
    assert_eq!(seen.message.as_deref(), Some(message), "{button}: {seen:?}");
    assert_eq!((seen.count, seen.more), (None, None), "{button}: {seen:?}");
    assert!(seen.uncaught.len() <= 1, "{button}: {seen:?}");
    assert_eq!((seen.again, seen.then), (Some(starts_with), Some(starts_with + 1)), "{button}");
}

/// A panic that cost one call.
fn goes_on(told: &Told, button: &str, message: &str, starts_with: u32) {
    let seen = &told[button];
    assert_eq!(seen.what.as_deref(), GOES_ON, "{button}: {seen:?}");
    assert_eq!(seen.message.as_deref(), Some(message), "{button}: {seen:?}");
    let kept = starts_with + 1;
    assert_eq!((seen.count, seen.more), (Some(kept), Some(kept + 1)), "{button}: {seen:?}");
    assert_eq!((seen.again, seen.then), (Some(starts_with), Some(starts_with + 1)), "{button}");
}

const INDEX: &str = "index out of bounds: the len is 3 but the index is 7";
const INDEX_OF_TWO: &str = "index out of bounds: the len is 2 but the index is 7";
const REMOVAL: &str = "removal index (is 7) should be < len (is 3)";

/// Of Leptos: each button with the message that it fails by.
fn messages(app: &App) -> [(&'static str, String); 4] {
    [
        ("Panic in a handler", format!("{INDEX} {}", app.line("tasks.get()[7]"))),
        ("Panic in an update", format!("{REMOVAL} {}", app.line("tasks.remove(7)"))),
        ("Panic in the view", format!("{INDEX} {}", app.line("[shown.get()]"))),
        ("Panic in a task", format!("{INDEX} {}", app.line("tasks.read()[7]"))),
    ]
}

#[test]
fn leptos_shows_what_failed_and_starts_again() {
    let app = App::leptos();
    let built = app.built(false);
    let seen = told(&app.unpoisoned("abort", &built));
    assert_eq!(seen.len(), 5, "{seen:?}");
    for (button, message) in messages(&app) {
        stopped(&seen, button, &message, 2);
    }
    stopped(&seen, "Abort", "abort", 2);

    by_hand(&app);

    // What the page is worth without it: nothing is said, and what is locked stays so.
    let plain = told(&app.plain(&built));
    for seen in plain.values() {
        assert_eq!(seen.what, None);
        assert!(seen.uncaught.iter().all(|said| said == "RuntimeError: unreachable"), "{seen:?}");
    }
    for button in ["Panic in an update", "Panic in the view", "Panic in a task"] {
        let seen = &plain[button];
        assert_eq!((seen.count, seen.more), (Some(3), Some(3)), "{button}: {seen:?}");
        assert_eq!(seen.uncaught.len(), 2, "{button}: {seen:?}");
    }
    disk::spare(&app.dir.join("cargo"));
}

/// The commands for those who have no trunk: the glue that was just tried is what they make.
fn by_hand(app: &App) {
    let page = page();
    let commands = pages::block(pages::section(&page, "The lines to add"), "console");
    let commands: Vec<_> = commands.lines().map(|line| line.strip_prefix("$ ").unwrap()).collect();
    let [build, bindgen] = commands[..] else { panic!("{commands:?}") };
    // `tests/tests/book` follows this page.
    let start = std::fs::read_to_string(run::root().join("docs/start.md")).unwrap();
    assert!(start.contains(&format!("\n$ {build}\n")), "{build}");

    // The name is the reader's own, and in the module, too.
    let bindgen = bindgen.replace("my_app", app.name);
    let dir = tempfile::tempdir().unwrap();
    let name = format!("{}.wasm", app.name);
    let module = app.dir.join("target").join(TARGET).join("release").join(&name);
    std::fs::copy(module, dir.path().join(name)).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-ec", &bindgen]).current_dir(dir.path());
    run::quiet(glue::with_wasm_bindgen(&mut shell)).unwrap();
    for end in ["_bg.wasm", ".js"] {
        let file = format!("{}{end}", app.name);
        let made = std::fs::read(dir.path().join("dist").join(&file)).unwrap();
        let tried = std::fs::read(app.dir.join("abort").join(&file)).unwrap();
        assert!(made == tried, "{file}: by hand it is another one");
    }
}

/// They share the example's page.
#[test]
fn yew_and_dioxus_show_what_failed_and_start_again() {
    if !matrix::whole() {
        return;
    }
    let [_, yew, dioxus] = apps();
    let handler = |line| ("Panic in a handler", format!("{INDEX_OF_TWO} {line}"));
    let view = |line| ("Panic in the view", format!("{INDEX_OF_TWO} {line}"));
    let removal =
        format!("removal index (is 7) should be < len (is 2) {}", dioxus.line("remove(7)"));
    let of_yew = [handler(yew.line("numbers[7]")), view(yew.line("numbers[*shown]"))];
    let of_dioxus = [
        handler(dioxus.line("read()[7]")),
        ("Panic in an update", removal),
        view(dioxus.line("[shown()]")),
    ];
    for (app, messages) in [(yew, &of_yew[..]), (dioxus, &of_dioxus)] {
        let seen = told(&app.unpoisoned("abort", &app.built(false)));
        assert_eq!(seen.len(), messages.len() + 1, "{seen:?}");
        for (button, message) in messages {
            stopped(&seen, button, message, 1);
        }
        stopped(&seen, "Abort", "abort", 1);
    }
}

/// In the order of the page.
#[test]
fn the_page_shows_the_files_of_the_example() {
    let page = page();
    let lines = pages::section(&page, "The lines to add");
    for (language, name, file) in [
        ("js", "", "start.js"),
        ("html", "<!-- index.html -->\n", "index.html"),
        ("toml", "# Trunk.toml\n", "Trunk.toml"),
    ] {
        let text = std::fs::read_to_string(example().join(file)).unwrap();
        let shown = format!("{name}{}", text.trim_end());
        let blocks = pages::blocks(lines);
        assert!(
            blocks.contains(&(language.to_owned(), shown)),
            "{file} is not what the page shows"
        );
    }
    let readme = std::fs::read_to_string(run::root().join("README.md")).unwrap();
    assert_eq!(pages::block(lines, "toml"), pages::block(&readme, "toml"));
}

#[test]
fn the_page_names_the_versions_that_are_tried() {
    let page = page();
    let [leptos, yew, dioxus] = apps();
    for (app, name, shown) in [
        (&leptos, "leptos", "Leptos"),
        (&yew, "yew", "Yew"),
        (&dioxus, "dioxus", "Dioxus"),
        (&leptos, "wasm-bindgen", "with wasm-bindgen"),
        (&leptos, "wasm-bindgen", "cargo install wasm-bindgen-cli --version"),
    ] {
        let lock = std::fs::read_to_string(app.crate_dir.join("Cargo.lock")).unwrap();
        let (_, rest) = lock.split_once(&format!("\nname = \"{name}\"\nversion = \"")).unwrap();
        let (version, _) = rest.split_once('"').unwrap();
        assert!(page.contains(&format!("{shown} {version}")), "{shown} {version}");
    }
}

/// The wide run compiles what comes of it.
#[test]
fn the_page_s_commands_make_wasm_bindgen_ask_no_more() {
    if matrix::whole() {
        return;
    }
    let app = asserting(App::leptos());
    let source = app.crate_dir.join("wasm-bindgen/src");
    for file in ["rt/marker.rs", "convert/closures.rs", "rt/mod.rs"] {
        let text = std::fs::read_to_string(source.join(file)).unwrap();
        let asks = ["T: UnwindSafe +", "T: core::panic::UnwindSafe,", "+ std::panic::UnwindSafe"];
        let left = asks.iter().find(|asks| text.contains(**asks));
        assert_eq!(left, None, "{file}");
    }
    let lock = std::fs::read_to_string(app.crate_dir.join("Cargo.lock")).unwrap();
    let (_, package) = lock.split_once("\nname = \"wasm-bindgen\"\n").unwrap();
    let package = package.split("\n\n").next().unwrap();
    assert!(!package.contains("source = "), "it comes from elsewhere: {package}");
}

fn page() -> String {
    std::fs::read_to_string(run::root().join("docs/frameworks.md")).unwrap()
}

/// A copy of an app with a wasm-bindgen that takes its closures for unwind-safe, by the very
/// lines of docs/frameworks.md.
fn asserting(app: App) -> App {
    let copy = App {
        crate_dir: app.dir.join("unwinding-crate"),
        dir: app.dir.join("unwinding"),
        name: app.name,
    };
    let _ = std::fs::remove_dir_all(&copy.crate_dir);
    std::fs::create_dir_all(copy.crate_dir.join("src")).unwrap();
    for file in ["Cargo.toml", "Cargo.lock", "src/main.rs"] {
        std::fs::copy(app.crate_dir.join(file), copy.crate_dir.join(file)).unwrap();
    }
    let page = page();
    let section = pages::section(&page, "A panic that costs one call");
    let lines = pages::block(section, "console");
    let commands: Vec<_> = lines.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let script = commands.iter().filter(|line| !line.starts_with("unpoison ")).copied();
    let script = script.collect::<Vec<_>>().join("\n");
    let mut shell = Command::new("sh");
    run::quiet(shell.args(["-ec", &script]).current_dir(&copy.crate_dir)).unwrap();
    let toml = copy.crate_dir.join("Cargo.toml");
    let more = pages::block(section, "toml");
    std::fs::write(&toml, std::fs::read_to_string(&toml).unwrap() + &more).unwrap();
    // The lock file learns where wasm-bindgen comes from now.
    let mut cargo = Command::new(&toolchain().cargo);
    cargo.args(["metadata", "--format-version=1"]).current_dir(&copy.crate_dir);
    run::quiet(run::without_outer_cargo(&mut cargo)).unwrap();
    copy
}

/// Where panics unwind. It takes two whole builds more.
#[test]
fn leptos_and_yew_go_on_after_a_panic_that_unwinds() {
    if !matrix::whole() {
        return;
    }
    let app = asserting(App::leptos());
    let seen = told(&app.unpoisoned("site", &app.built(true)));
    for (button, message) in messages(&app) {
        match button {
            // The signal's lock is poisoned: whatever reads or writes it panics, too.
            "Panic in an update" => {
                let seen = &seen[button];
                assert_eq!(seen.what.as_deref(), GOES_ON, "{seen:?}");
                assert_eq!((seen.count, seen.more), (Some(3), Some(3)), "{seen:?}");
                assert_eq!((seen.again, seen.then), (Some(2), Some(3)), "{seen:?}");
            }
            _ => goes_on(&seen, button, &message, 2),
        }
    }
    stopped(&seen, "Abort", "abort", 2);

    // Of Yew: what panicked while it was drawn is not drawn again.
    let [_, yew, _] = apps();
    let app = asserting(yew);
    let seen = told(&app.unpoisoned("site", &app.built(true)));
    let message = format!("{INDEX_OF_TWO} {}", app.line("numbers[7]"));
    goes_on(&seen, "Panic in a handler", &message, 1);
    let view = &seen["Panic in the view"];
    assert_eq!(view.what.as_deref(), GOES_ON, "{view:?}");
    assert_eq!((view.count, view.more), (Some(2), Some(2)), "{view:?}");
    assert_eq!((view.again, view.then), (Some(1), Some(2)), "{view:?}");
    stopped(&seen, "Abort", "abort", 1);
}

/// The frameworks as they are released do not compile where panics unwind: wasm-bindgen asks
/// their closures to be `UnwindSafe`. Once one does, the page must say so.
#[test]
fn none_compiles_unchanged_where_panics_unwind() {
    if !matrix::whole() {
        return;
    }
    for app in apps() {
        let build = Build::unwinding(Point { opt: "1", ..Point::RELEASE }, Eh::Legacy);
        let dir = app.dir.join("unchanged");
        let built = build.record_in(toolchain(), app.crate_dir.to_str().unwrap(), &dir);
        let said = format!("{:#}", built.unwrap_err());
        assert!(said.contains("`UnwindSafe`"), "{}: {said}", app.name);
    }
}

fn apps() -> [App; 3] {
    let fixture = |name| xtask::fixture::crate_dir(name);
    let [yew, dioxus] = [("yew-app", fixture("yew")), ("dioxus-app", fixture("dioxus"))];
    [App::leptos(), App::of(yew.0, yew.1), App::of(dioxus.0, dioxus.1)]
}
