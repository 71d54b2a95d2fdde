//! Projects, written from what the page shows.

use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::pages;
use wasm_bindgen_cli_support::Bindgen;
use xtask::{run, setup};

/// A crate as wasm-pack leaves it in `pkg`.
pub(crate) struct Crate {
    dir: tempfile::TempDir,
}

impl Crate {
    /// For a bundler; or for the web, with glue that can start anew.
    pub(crate) fn new(module: &Path, web: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut bindgen = Bindgen::new();
        bindgen.input_path(module).out_name("my_crate").typescript(true);
        let target = match web {
            true => bindgen.omit_default_module_path(false).reset_state_function(true).web(true),
            false => bindgen.bundler(true),
        };
        target.unwrap().generate(dir.path()).unwrap();
        // What wasm-pack writes. For bundlers importing the crate has the effect of making
        // the instance.
        let effects = if web { "" } else { r#""./my_crate.js", "# };
        let package = format!(
            r#"{{
  "name": "my-crate",
  "type": "module",
  "version": "0.1.0",
  "main": "my_crate.js",
  "types": "my_crate.d.ts",
  "sideEffects": [{effects}"./snippets/*"]
}}"#
        );
        std::fs::write(dir.path().join("package.json"), package).unwrap();
        Self { dir }
    }

    /// Puts it where npm does.
    pub(crate) fn install(&self, project: &Path) {
        copy(self.dir.path(), &project.join("node_modules/my-crate")).unwrap();
    }
}

/// A project of a bundler's.
pub(crate) struct Project {
    pub(crate) name: String,
    /// The files by their names.
    files: Vec<(String, Vec<u8>)>,
    /// What builds it, as it is typed behind `npx`.
    command: String,
    /// Variables before that.
    variables: Vec<(String, String)>,
    /// What npm installs for it besides.
    packages: Vec<String>,
    /// Whether its scripts are ES modules.
    is_module: bool,
    /// What its page is to say.
    pub(crate) prints: Vec<String>,
}

/// The name that the first line of a block says, in a comment.
fn file_name(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let html = || line.strip_prefix("<!-- ")?.strip_suffix(" -->");
    line.strip_prefix("// ").or_else(|| line.strip_prefix("# ")).or_else(html)
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// What the page shows once for all: the script's other half, and what it prints.
fn common(page: &str) -> (String, String) {
    let top = pages::section(page, "");
    (pages::block(top, "js"), pages::block(top, "text"))
}

impl Project {
    /// The projects of a section: each has the files that are shown before a command, and
    /// prints what is shown behind it, or what all print.
    pub(crate) fn of(page: &str, section: &str) -> Vec<Self> {
        let mut blocks = pages::blocks(pages::section(page, section)).into_iter().peekable();
        let (mut projects, mut files) = (Vec::new(), Vec::new());
        while let Some((language, block)) = blocks.next() {
            if language != "console" {
                let name = file_name(&block).unwrap_or_else(|| panic!("no name: {block}"));
                files.push((name.to_owned(), block.clone()));
                continue;
            }
            let own = blocks.next_if(|(language, _)| language == "text");
            let prints = if let Some((_, own)) = own {
                own
            } else {
                let (half, text) = common(page);
                let script = files.iter_mut().rev().find(|(name, _)| !name.contains("config"));
                script.expect("a script").1 += &format!("\n\n{half}");
                text
            };
            let (before, command) = block.rsplit_once("npx ").expect("a command");
            let install = before.split('\n').find_map(|line| line.strip_prefix("$ npm install "));
            let variables = before.rsplit("$ ").next().unwrap_or_default().split(' ');
            projects.push(Self {
                name: format!("{}-{}", section.to_lowercase(), projects.len() + 1)
                    .replace([' ', ','], "-"),
                files: files.drain(..).map(|(name, text)| (name, text.into_bytes())).collect(),
                command: command.to_owned(),
                variables: variables
                    .filter_map(|word| word.split_once('='))
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                packages: install
                    .into_iter()
                    .flat_map(|words| words.split(' '))
                    .filter(|word| !word.starts_with("--"))
                    .map(str::to_owned)
                    .collect(),
                is_module: true,
                prints: lines(&prints),
            });
        }
        assert!(!projects.is_empty() && files.is_empty(), "{section}");
        projects
    }

    /// The same with the target `web`: another script in the place of its own.
    pub(crate) fn of_the_web(mut self, page: &str) -> Self {
        let script = pages::block(pages::section(page, "The target `web`"), "js");
        let (half, _) = common(page);
        *self.script() = format!("{script}\n\n{half}").into_bytes();
        self.name += "-web";
        self
    }

    /// The same with what another project does.
    pub(crate) fn doing(mut self, other: &mut Self) -> Self {
        self.script().clone_from(other.script());
        self.prints.clone_from(&other.prints);
        self.name = format!("{}-as-{}", self.name, other.name);
        self
    }

    fn script(&mut self) -> &mut Vec<u8> {
        let is_script = |name: &str| name.ends_with("main.js") || name.ends_with("index.js");
        let script = self.files.iter_mut().find(|(name, _)| is_script(name));
        &mut script.expect("a script").1
    }

    /// webpack, a module of its own, and a script that has its `exports`.
    pub(crate) fn webpack(name: &str, module: &Path, script: &str, prints: &[&str]) -> Self {
        let config = "export default { experiments: { asyncWebAssembly: true } };";
        Self {
            name: name.to_owned(),
            files: vec![
                ("webpack.config.js".to_owned(), config.into()),
                ("src/raw.wasm".to_owned(), std::fs::read(module).unwrap()),
                ("src/index.js".to_owned(), script.into()),
            ],
            command: "webpack --mode production".to_owned(),
            variables: Vec::new(),
            packages: Vec::new(),
            is_module: true,
            prints: prints.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    fn dir(&self) -> PathBuf {
        run::target_dir().join("bundlers").join(&self.name)
    }

    /// What a browser is to be given.
    pub(crate) fn site(&self) -> PathBuf {
        self.dir().join("dist")
    }

    pub(crate) fn build(&self, krate: Option<&Crate>) {
        self.try_build(krate).unwrap_or_else(|e| panic!("{}: {e:#}", self.name));
    }

    /// The same with scripts that are CommonJS.
    pub(crate) fn common_js(self) -> Self {
        Self { is_module: false, ..self }
    }

    /// Writes the project, and installs what it imports: the crate by `krate`.
    pub(crate) fn write(&self, krate: impl FnOnce(&Path)) -> Result<PathBuf> {
        let dir = self.dir();
        // Not what an earlier run left; bundlers keep caches.
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        std::fs::create_dir_all(dir.join("src"))?;
        let kind = if self.is_module { "module" } else { "commonjs" };
        let package = format!(r#"{{ "private": true, "type": "{kind}" }}"#);
        std::fs::write(dir.join("package.json"), package)?;
        // As npm leaves one; by it Parcel knows where its cache belongs.
        std::fs::write(dir.join("package-lock.json"), "{}")?;
        for (name, content) in &self.files {
            std::fs::write(dir.join(name), content)?;
        }
        pages::install(&dir);
        krate(&dir);
        // What configurations and tests import; the rest is the programs' own affair.
        let also = self.packages.iter().map(String::as_str);
        for package in also.chain(["@rollup", "@jest"]) {
            link(&packages().join(package), &dir.join("node_modules").join(package))?;
        }
        Ok(dir)
    }

    /// Runs its command.
    fn run(&self, dir: &Path) -> Result<String> {
        let mut words = self.command.split(' ');
        let program = packages().join(".bin").join(words.next().expect("a program"));
        let mut node = Command::new(&setup::get().node.newer);
        node.arg(program).args(words).current_dir(dir).env("NO_COLOR", "1");
        node.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = run::output(&mut node)?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        anyhow::ensure!(output.status.success(), "{}:\n{said}", run::shown(&node));
        Ok(said)
    }

    /// Runs what are tests: its command says what the page says.
    pub(crate) fn tests(&self, krate: impl FnOnce(&Path)) {
        let said = self.write(krate).and_then(|dir| self.run(&dir)).unwrap();
        for line in &self.prints {
            assert!(said.lines().any(|said| said == line), "{}: {said}", self.name);
        }
    }

    /// Writes the project, installs what it imports and builds it.
    pub(crate) fn try_build(&self, krate: Option<&Crate>) -> Result<()> {
        let dir = self.write(|dir| krate.into_iter().for_each(|krate| krate.install(dir)))?;
        self.run(&dir)?;
        let program = self.command.split(' ').next();
        let (index, site) = (self.site().join("index.html"), self.site());
        if !index.exists() {
            // webpack's script is none of the kind `module`.
            let kind = if program == Some("webpack") { "defer" } else { "type=\"module\"" };
            let page = format!("<!doctype html><script {kind} src=\"main.js\"></script>");
            std::fs::write(site.join("index.html"), page)?;
        }
        Ok(())
    }
}

fn packages() -> PathBuf {
    run::root().join("tests/node_modules")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let at = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &at)?;
        } else {
            std::fs::copy(entry.path(), at)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(package: &Path, at: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(package, at)?)
}

#[cfg(not(unix))]
fn link(package: &Path, at: &Path) -> Result<()> {
    copy(package, at)
}
