//! What `unpoison` understands, as one table: the help prints it, the options of a link are
//! looked up in it, and `cargo xtask dist` makes completions and the manual page of it, for which
//! it includes this file. So nothing else of the linker is known here.

/// An option of a link.
pub(crate) struct LinkOption {
    /// Its name, `--` and all.
    pub name: &'static str,
    /// What it takes, one of these.
    pub values: &'static [&'static str],
    /// What it decides.
    pub about: &'static str,
}

/// Those of a link, in the order in which errors name them.
pub(crate) const LINK_OPTIONS: &[LinkOption] = &[
    LinkOption {
        name: "--unpoison-abort",
        values: &["throw", "trap", "error"],
        about: "how an abort leaves the module",
    },
    LinkOption {
        name: "--unpoison-debug",
        values: &["embed", "split"],
        about: "where debug information goes: into NAME.debug.wasm, if split",
    },
    LinkOption {
        name: "--unpoison-exceptions",
        values: &["on", "off"],
        about: "whether failures are thrown; if not, they trap",
    },
    LinkOption {
        name: "--unpoison-guard",
        values: &["on", "off"],
        about: "seal the module after an abort or a trap",
    },
    LinkOption {
        name: "--unpoison-jspi",
        values: &["on", "off"],
        about: "whether the host suspends imports (JSPI)",
    },
    LinkOption {
        name: "--unpoison-rehearse",
        values: &["on", "off"],
        about: "whether the host can have places of the program fail, for staging",
    },
    LinkOption {
        name: "--unpoison-sites",
        values: &["embed", "file", "none"],
        about: "where the table of failing places goes",
    },
    LinkOption {
        name: "--unpoison-source-map",
        values: &["off", "on", "sources"],
        about: "whether NAME.wasm.map is written, with the source's text or without",
    },
];

/// An environment variable, and what it is for.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    ("UNPOISON_LLD", "rust-lld, if not the calling toolchain's"),
    ("UNPOISON_RUSTC", "rustc, if not the calling toolchain's"),
    ("UNPOISON_CACHE", "where compiled runtime stubs are kept"),
    ("UNPOISON_DATA", "where `unpoison sysroot` keeps what it builds"),
    ("UNPOISON_SAVE_DIR", "where a link that fails leaves its inputs"),
    ("UNPOISON_VALIDATE", "1: validate what is written"),
    ("UNPOISON_TIME", "1: how long each part of a link took"),
    ("UNPOISON_LOG", "debug or trace: what unpoison does"),
    ("UNPOISON_LOG_FILE", "the file that goes to, instead of stderr"),
];

/// A word of a command line.
pub(crate) enum Word {
    /// The path of a file.
    File(&'static str),
    /// Anything else that has no `--`.
    Text(&'static str),
    /// An option without a value.
    Flag(&'static str),
    /// An option with one.
    Value(&'static str, &'static str),
    /// The same, and it may be left out.
    Maybe(&'static str, &'static str),
}

/// One way to call a command by hand.
pub(crate) struct Usage {
    /// The command. Where it has more than one usage, the first says what it is for.
    pub command: &'static str,
    /// What follows it.
    pub words: &'static [Word],
    /// What that does.
    pub about: &'static str,
}

/// Everything that can be called by hand.
pub(crate) const BY_HAND: &[Usage] = &[
    Usage {
        command: "init",
        words: &[Word::Maybe("--target", "NAME")],
        about: "puts the linker's line into the configuration of the project here",
    },
    Usage {
        command: "inspect",
        words: &[Word::File("FILE")],
        about: "shows what unpoison did to a module",
    },
    Usage {
        command: "inspect",
        words: &[Word::Flag("--json"), Word::File("FILE")],
        about: "the same, for programs",
    },
    Usage {
        command: "inspect",
        words: &[Word::Flag("--html"), Word::File("FILE")],
        about: "the same as a page with a picture of it: where its bytes and its sites are",
    },
    Usage {
        command: "inspect",
        words: &[Word::Flag("--plan"), Word::File("FILE")],
        about: "shows what it would do to a plain module",
    },
    Usage {
        command: "explain",
        words: &[Word::File("FILE"), Word::Text("SITE")],
        about: "says where in the source a site of a report is",
    },
    Usage {
        command: "explain",
        words: &[Word::File("FILE"), Word::Flag("--stack")],
        about: "puts functions and places into a stack trace (standard input)",
    },
    Usage {
        command: "check",
        words: &[Word::File("FILE")],
        about: "says whether a module still has its protection",
    },
    Usage {
        command: "check",
        words: &[Word::File("FILE"), Word::Value("--engine", "NAME")],
        about: "says whether an engine runs it",
    },
    Usage {
        command: "check",
        words: &[Word::File("FILE"), Word::Value("--no-fail", "EXPORT")],
        about: "says whether a call of an export can fail, and by which calls",
    },
    Usage {
        command: "check",
        words: &[Word::Flag("--diff"), Word::File("OLD"), Word::File("NEW")],
        about: "says at which places the newer module fails and the older did not; its exit code is 1 if there are any",
    },
    Usage {
        command: "split",
        words: &[Word::File("FILE")],
        about: "moves a module's debug information into FILE's name with .debug.wasm",
    },
    Usage {
        command: "source-map",
        words: &[Word::File("FILE")],
        about: "writes a source map beside a module that has debug information",
    },
    Usage {
        command: "source-map",
        words: &[Word::Flag("--sources"), Word::File("FILE")],
        about: "the same, with the source's text in it",
    },
    Usage {
        command: "doctor",
        words: &[Word::Maybe("--target", "NAME")],
        about: "says whether links work here, and whether cargo asks for them",
    },
    Usage {
        command: "sysroot",
        words: &[],
        about: "builds the standard library with unwinding, once (`unpoison sysroot --help`)",
    },
    Usage { command: "--unpoison-help", words: &[], about: "prints the help" },
    Usage { command: "--unpoison-version", words: &[], about: "prints the version" },
];

impl Usage {
    /// `check FILE --engine NAME`.
    pub(crate) fn form(&self) -> String {
        let words = self.words.iter().map(|word| match word {
            Word::File(name) | Word::Text(name) | Word::Flag(name) => (*name).to_owned(),
            Word::Value(flag, value) => format!("{flag} {value}"),
            Word::Maybe(flag, value) => format!("[{flag} {value}]"),
        });
        let words: Vec<_> = std::iter::once(self.command.to_owned()).chain(words).collect();
        words.join(" ")
    }
}
