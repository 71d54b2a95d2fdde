//! The workspace's test programs, two at a time: most wait for a browser, a server or a single
//! compiler for half of their time, and cargo runs one after the other.

use crate::{fixture, run};
use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How many run at once.
const AT_ONCE: usize = 2;

/// Those that take longest, before all others: whatever comes last has nobody beside it.
const LONGEST: &[&str] =
    &["workers_rs", "bindgen_unwind", "differential", "frameworks", "jspi", "bindgen", "unwind"];

/// A program with tests.
#[derive(Debug)]
pub struct TestProgram {
    /// `PACKAGE NAME`, as a person asks for it.
    name: String,
    /// NAME alone.
    target: String,
    program: PathBuf,
    /// Where cargo would run it.
    folder: PathBuf,
}

/// What cargo says of an artifact.
#[derive(Deserialize)]
struct Artifact {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    target: Option<Target>,
    executable: Option<PathBuf>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Compiles all, and answers them in the order that cargo names them in, but the longest first.
///
/// # Errors
/// Where one does not compile; cargo has said why.
pub fn build() -> Result<Vec<TestProgram>> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--workspace", "--locked", "--no-run"]);
    cargo.arg("--message-format=json-render-diagnostics").current_dir(run::root());
    let output = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    anyhow::ensure!(output.status.success(), "the tests do not compile");
    let mut programs = Vec::new();
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let artifact: Artifact = serde_json::from_slice(line).context("what cargo says")?;
        let is_test = artifact.reason == "compiler-artifact"
            && artifact.profile.is_some_and(|profile| profile.test);
        if let (true, Some(program), Some(target)) = (is_test, artifact.executable, artifact.target)
        {
            let folder = artifact.manifest_path.parent().map(PathBuf::from);
            let folder = folder.context("a package without a folder")?;
            let package = folder.file_name().unwrap_or_default().to_string_lossy();
            programs.push(TestProgram {
                name: format!("{package} {}", target.name),
                target: target.name,
                program,
                folder,
            });
        }
    }
    anyhow::ensure!(!programs.is_empty(), "cargo names no tests");
    programs.sort_by_key(|program| {
        LONGEST.iter().position(|name| *name == program.target).unwrap_or(LONGEST.len())
    });
    Ok(programs)
}

/// Runs all, prints what each says once it is through, and at the end how long each took;
/// answers the names of those that failed.
///
/// # Errors
/// Where one cannot be started.
pub fn run(programs: &[TestProgram], variables: &[(&str, &str)]) -> Result<Vec<String>> {
    let next = Mutex::new(programs.iter());
    let ended = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    loop {
                        let Some(program) = next.lock().map_err(|_| panicked())?.next() else {
                            return Ok(());
                        };
                        let (good, took) = one(program, variables)?;
                        // Most have a fixture of their own, by the same name.
                        fixture::spare(&program.target)?;
                        ended.lock().map_err(|_| panicked())?.push((program, good, took));
                    }
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| panicked())?)
    })?;
    let mut ended = ended.into_inner().map_err(|_| panicked())?;
    ended.sort_by_key(|(.., took)| std::cmp::Reverse(*took));
    println!("\nseconds, program");
    for (program, good, took) in &ended {
        let verdict = if *good { "" } else { "  FAILED" };
        println!("{:7.1}  {}{verdict}", took.as_secs_f64(), program.name);
    }
    let failed = ended.iter().filter(|(_, good, _)| !good);
    Ok(failed.map(|(program, ..)| program.name.clone()).collect())
}

fn one(program: &TestProgram, variables: &[(&str, &str)]) -> Result<(bool, Duration)> {
    let start = Instant::now();
    let mut command = Command::new(&program.program);
    command.current_dir(&program.folder).env("CARGO_MANIFEST_DIR", &program.folder);
    let output = run::output(command.envs(variables.iter().copied()))
        .with_context(|| format!("cannot run {}", program.name))?;
    let took = start.elapsed();
    // Both streams of one program together, and whole.
    let said = [output.stdout, output.stderr].concat();
    println!("\n=== {}\n{}", program.name, String::from_utf8_lossy(&said).trim_end());
    Ok((output.status.success(), took))
}

fn panicked() -> anyhow::Error {
    anyhow!("a thread of the test runner's panicked")
}
