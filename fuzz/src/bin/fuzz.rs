//! What `cargo xtask fuzz` runs.

use clap::Parser;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use unpoison_fuzz::TARGETS;
use unpoison_fuzz::run::{Until, data_of, run};

#[derive(Parser)]
struct Cli {
    /// How long, all targets together
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// Where the stream of random data begins
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Writes the data of the seed into a file, for `cargo fuzz`, and does nothing else
    #[arg(long)]
    save: Option<std::path::PathBuf>,
    /// Writes the module that the target makes of the seed into a file, as text, and does
    /// nothing else; for `valid_in_valid_out` and `behaves_alike`
    #[arg(long)]
    module: Option<std::path::PathBuf>,
    /// With `--module`: what the linker makes of it with these options
    #[arg(long, requires = "module", value_name = "OPTIONS", allow_hyphen_values = true)]
    rewritten: Option<String>,
    /// One execution, of the seed
    #[arg(long)]
    once: bool,
    /// The target; all of them without it
    target: Option<String>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(path) = cli.save {
        return match std::fs::write(&path, data_of(cli.seed)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("cannot write {}: {error}", path.display());
                ExitCode::FAILURE
            }
        };
    }
    if let Some(path) = cli.module {
        let runs = cli.target.as_deref() == Some("behaves_alike");
        let options = cli.rewritten.as_deref();
        return match unpoison_fuzz::module_of(&data_of(cli.seed), runs, options) {
            Some(text) if std::fs::write(&path, &text).is_ok() => ExitCode::SUCCESS,
            _ => {
                eprintln!("the seed stands for no module, or {} is not writable", path.display());
                ExitCode::FAILURE
            }
        };
    }
    let wanted = |name: &str| cli.target.as_deref().is_none_or(|target| target == name);
    let targets: Vec<_> = TARGETS.iter().filter(|(name, _)| wanted(name)).collect();
    if targets.is_empty() {
        let known: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
        eprintln!("no such target; there are {}", known.join(", "));
        return ExitCode::FAILURE;
    }
    let share = Duration::from_secs_f64(cli.minutes.max(0.0) * 60.0 / targets.len() as f64);
    let mut failed = false;
    for target in targets {
        let start = Instant::now();
        if cli.once {
            (target.1)(&data_of(cli.seed));
            continue;
        }
        let outcome = run(*target, cli.seed, Until::Time(share));
        println!(
            "{}: {} executions in {:.0} s, the slowest {:.2} s, {} failures",
            target.0,
            outcome.executions,
            start.elapsed().as_secs_f64(),
            outcome.slowest.as_secs_f64(),
            outcome.failures.len()
        );
        for (input, words) in &outcome.failures {
            failed = true;
            println!("  {input}: {words}");
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
