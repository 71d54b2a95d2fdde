//! `cargo xtask`: what there is to do in this repository, with nothing set up by hand.

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use xtask::dist::Part;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The chores of the unpoison repository")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Gets what builds and tests need: the wasm target, Node packages
    Setup,
    /// Shows a plain build and an unpoisoned one side by side in Node
    Demo {
        /// In the browser: serves a page on this machine until Ctrl-C
        #[arg(long)]
        web: bool,
        /// Where to serve it; 0 takes any free port
        #[arg(long, requires = "web", value_name = "N")]
        port: Option<u16>,
    },
    /// Formatting, lints, and every test
    Test {
        /// The full matrix of build settings instead of a covering subset
        #[arg(long)]
        all: bool,
        /// Passed on to `cargo test`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Which compilers the contract holds with: installs them, tries them, writes the
    /// table of docs/reach.md
    Reach {
        /// These compilers only, by rustup's names; the table is printed, not written
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        only: Vec<String>,
        /// These only: abort, legacy, exnref
        #[arg(long, value_name = "PANICS", value_delimiter = ',')]
        panics: Vec<String>,
        /// Engines instead of compilers: tries each that the tests have, in each mode
        #[arg(long, conflicts_with_all = ["only", "panics"])]
        engines: bool,
        /// Other targets than wasm32-unknown-unknown, with each compiler
        #[arg(long, conflicts_with_all = ["engines", "panics"])]
        targets: bool,
    },
    /// Feeds random data to the fuzz targets (`fuzz/`), in a release build
    Fuzz {
        /// How long, all targets together
        #[arg(long, default_value_t = 1.0)]
        minutes: f64,
        /// Where the stream of random data begins
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// One target alone
        target: Option<String>,
    },
    /// Disturbs links: kills them, takes their room, damages their cache; prints the table of
    /// docs/faults.md
    #[cfg(unix)]
    Faults {
        /// Links of each kind, where it is a matter of chance or of number
        #[arg(long, value_name = "N")]
        rounds: Option<usize>,
        /// These only
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        only: Vec<xtask::faults::Fault>,
        /// What this machine cannot do is no failure
        #[arg(long)]
        allow_missing: bool,
        /// Where random moments begin
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Another build of the linker
        #[arg(long, value_name = "PROGRAM")]
        linker: Option<std::path::PathBuf>,
    },
    /// The linker as a Windows program, under wine, with rustup's compiler for Windows; prints the
    /// table of docs/windows.md
    #[cfg(unix)]
    Windows {
        /// Those cases only whose names contain this
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
    },
    /// Makes the book of `docs/` in target/book: its pages, with a search
    Book,
    /// What clients of a Worker see of failures, plain and unpoisoned: prints the tables of
    /// docs/workers.md
    Workers {
        /// Without the load, which takes minutes
        #[arg(long)]
        no_load: bool,
    },
    /// A million requests to one module in each host, 1 % of which panic and some of which abort,
    /// exhaust the stack or the memory: prints the table of docs/soak.md
    Soak {
        /// In these hosts only
        hosts: Vec<xtask::soak::Host>,
        /// In each host, for each build
        #[arg(long, value_name = "N", default_value_t = xtask::soak::REQUESTS)]
        requests: u32,
    },
    /// Crates that many people use, each as a module: links them by rust-lld and by unpoison, has
    /// both work, has calls fail; prints rows of docs/corpus.md
    Corpus {
        /// These crates only
        names: Vec<String>,
        /// Built in these ways only
        #[arg(long, value_name = "PROFILE")]
        profile: Vec<xtask::corpus::Profile>,
        /// How often each is linked both ways, for the time that it takes
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: usize,
        /// Prints the table of what was measured until now, and nothing else
        #[arg(long)]
        table: bool,
    },
    /// What the published crates are made of and why, and how much of the repository's own code is
    /// `unsafe`: prints the tables of docs/dependencies.md
    Dependencies,
    /// Writes what a release consists of to target/dist: archives, checksums, completions, the
    /// manual page, packages for npm
    Dist {
        /// For these targets instead of this machine's own
        #[arg(long = "target", value_name = "TRIPLE")]
        targets: Vec<String>,
        /// Completions and the manual page alone, which need no build
        #[arg(long, conflicts_with = "targets")]
        pages: bool,
        /// The list of what the linker is made of alone
        #[arg(long, conflicts_with_all = ["targets", "pages"])]
        sbom: bool,
        /// Builds the linker twice instead, from two clones in two folders, and compares the bytes
        #[arg(long, conflicts_with_all = ["pages", "sbom"])]
        reproduce: bool,
    },
    /// Measures size and link time against rust-lld alone
    Bench {
        /// What to measure; all of it where nothing is named
        parts: Vec<xtask::bench::Part>,
        /// Links of each kind; the table shows medians
        #[arg(long, default_value_t = 9)]
        rounds: usize,
        /// Another build of the linker, to compare this one with
        #[arg(long, value_name = "PROGRAM")]
        against: Option<std::path::PathBuf>,
        /// Below each link, how long its phases took
        #[arg(long)]
        profile: bool,
        /// Draws the growth, as SVG
        #[arg(long, value_name = "FILE")]
        drawing: Option<std::path::PathBuf>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Setup => xtask::setup::run().map(|_| ()),
        Task::Demo { web: false, .. } => xtask::demo::run(),
        Task::Demo { web: true, port } => xtask::web::run(port),
        Task::Test { all, args } => xtask::check::run(all, &args),
        Task::Reach { engines: true, .. } => xtask::reach_engines::run(),
        Task::Reach { targets: true, only, .. } => xtask::reach_targets::run(&only),
        Task::Reach { only, panics, .. } => xtask::reach::run(&only, &panics),
        Task::Fuzz { minutes, seed, target } => xtask::fuzz::run(minutes, seed, target.as_deref()),
        #[cfg(unix)]
        Task::Faults { rounds, only, allow_missing, seed, linker } => {
            xtask::faults::run(&xtask::faults::Asked {
                only: &only,
                rounds,
                allow_missing,
                seed,
                linker: linker.as_deref(),
            })
        }
        #[cfg(unix)]
        Task::Windows { only } => xtask::windows::run(only.as_deref()),
        Task::Book => xtask::book::run(),
        Task::Workers { no_load } => xtask::workers_rs::run(!no_load),
        Task::Soak { hosts, requests } => xtask::soak::run(&hosts, requests),
        Task::Corpus { table: true, .. } => xtask::corpus::print(),
        Task::Corpus { names, profile, rounds, .. } => xtask::corpus::run(&names, &profile, rounds),
        Task::Dependencies => xtask::dependencies::run(),
        Task::Dist { pages: true, .. } => xtask::dist::run(&[], Some(Part::Pages)),
        Task::Dist { sbom: true, .. } => xtask::dist::run(&[], Some(Part::Sbom)),
        Task::Dist { targets, reproduce: true, .. } => xtask::dist::reproduce(&targets),
        Task::Dist { targets, .. } => xtask::dist::run(&targets, None),
        Task::Bench { parts, rounds, against, profile, drawing } => {
            xtask::bench::run(&xtask::bench::Asked {
                parts: &parts,
                rounds,
                against: against.as_deref(),
                profile,
                drawing: drawing.as_deref(),
            })
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("xtask: error: {e:#}");
            ExitCode::FAILURE
        }
    }
}
