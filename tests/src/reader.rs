//! A reader of the documentation, who does what a page says, word for word.

use crate::links::toolchain;
use crate::pages;
use std::path::{Path, PathBuf};
use std::process::Command;
use xtask::{run, setup, tools};

/// Somebody in a folder, with the linker, the compiler and Node to hand.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    path: std::ffi::OsString,
    variables: Vec<(String, String)>,
}

impl Reader {
    /// In a folder, mostly an empty one.
    pub fn new(dir: &Path) -> Self {
        let toolchain = toolchain();
        let programs = [&tools::unpoison().unwrap(), &setup::get().node.system, &toolchain.cargo];
        let folders = programs.iter().filter_map(|program| program.parent());
        let mut path: Vec<PathBuf> = folders
            .filter(|folder| !folder.as_os_str().is_empty())
            .map(Path::to_path_buf)
            .collect();
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let path = std::env::join_paths(path).unwrap();
        let mut variables = Vec::new();
        if toolchain.rustc.is_absolute() {
            variables.push(("RUSTC".to_owned(), toolchain.rustc.display().to_string()));
        }
        Self { dir: dir.to_owned(), path, variables }
    }

    /// The same with a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.variables.push((name.to_owned(), value.as_ref().display().to_string()));
        self
    }

    /// Where the reader is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Does what a text says. A block whose first line is a comment with a file's name is that
    /// file, or what is added to a `Cargo.toml`. Commands are run, and what the last of a block
    /// prints must be the block of text behind it. Answers how many commands there were.
    ///
    /// # Panics
    /// Where something else happens than the text says.
    pub fn follow(&mut self, text: &str) -> usize {
        let mut blocks = pages::blocks(text).into_iter().peekable();
        let mut ran = 0;
        while let Some((language, block)) = blocks.next() {
            if language != "console" {
                assert_ne!(language, "text", "nothing prints this:\n{block}");
                self.write(&block);
                continue;
            }
            let joined = block.replace("\\\n", "");
            let mut said = String::new();
            for line in joined.lines() {
                let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("no `$ `: {line}"));
                said = self.run(command);
                ran += 1;
            }
            if let Some((_, prints)) = blocks.next_if(|(language, _)| language == "text") {
                assert_eq!(said.trim_end(), prints.trim_end(), "{block}");
            }
        }
        ran
    }

    fn write(&self, block: &str) {
        let first = block.lines().next().unwrap_or_default();
        let name = first.strip_prefix("# ").or_else(|| first.strip_prefix("// "));
        let name = name.unwrap_or_else(|| panic!("no file's name: {block}"));
        let path = self.dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = match name {
            "Cargo.toml" => std::fs::read_to_string(&path).unwrap() + "\n" + block + "\n",
            _ => block.to_owned() + "\n",
        };
        std::fs::write(path, text).unwrap();
    }

    fn run(&mut self, command: &str) -> String {
        if let Some(folder) = command.strip_prefix("cd ") {
            self.dir = self.dir.join(folder);
            return String::new();
        }
        // npm would bring the newest release of it, and this is about what comes next.
        if command == "npm install unpoison" {
            pages::install(&self.dir);
            return String::new();
        }
        let mut shell = Command::new("sh");
        run::without_outer_cargo(&mut shell).args(["-c", command]).current_dir(&self.dir);
        shell.env("PATH", &self.path);
        shell.envs(self.variables.iter().map(|(name, value)| (name, value)));
        run::quiet(&mut shell).unwrap()
    }
}
