//! Runs a target over a corpus and a stream of random data, without libFuzzer.

use crate::Target;
use crate::random::Random;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Until when.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// So many random executions.
    Count(u64),
    /// So long.
    Time(Duration),
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How often the target ran.
    pub executions: u64,
    /// The slowest execution.
    pub slowest: Duration,
    /// What failed: the seed of the data or the file of the corpus, and the words.
    pub failures: Vec<(String, String)>,
}

/// An execution that takes longer hangs, for inputs of these sizes, in a debug build too.
const HANGS: Duration = Duration::from_secs(20);

/// No input here is larger than a real module of some 100 kB; what takes more than this is
/// not bounded by the input. In kB.
const HEAVY: u64 = 200 << 10;

/// After so many failures a run ends.
const ENOUGH: usize = 10;

/// Runs a target over the corpus and over random data, from a seed on.
pub fn run((_, target): Target, first_seed: u64, until: Until) -> Outcome {
    let wall = Instant::now();
    let mut outcome = Outcome::default();
    let mut once = |name: String, data: &[u8]| {
        let (start, before) = (time_spent(wall), peak());
        let done = catch_unwind(AssertUnwindSafe(|| target(data)));
        let took = time_spent(wall).saturating_sub(start);
        outcome.executions += 1;
        outcome.slowest = outcome.slowest.max(took);
        if let Err(panic) = done {
            outcome.failures.push((name, words(&*panic)));
        } else if took > HANGS {
            outcome.failures.push((name, format!("it took {took:?}")));
        } else if peak().saturating_sub(before) > HEAVY {
            outcome.failures.push((name, format!("it took {} kB more", peak() - before)));
        }
        outcome.failures.len() < ENOUGH
    };
    for (name, data) in corpus() {
        if !once(name, &data) {
            return outcome;
        }
    }
    for seed in first_seed.. {
        let over = match until {
            Until::Count(count) => seed - first_seed >= count,
            Until::Time(time) => wall.elapsed() >= time,
        };
        if over || !once(format!("seed {seed}"), &data_of(seed)) {
            break;
        }
    }
    outcome
}

/// The time that this thread has run: another process may have had the processor. Where the
/// system does not say, the time since a moment.
fn time_spent(since: Instant) -> Duration {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|text| text.split(' ').next()?.parse().ok());
    spent.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// The most memory that this process has had, in kB; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// The random data of a seed: of any length, mostly short.
pub fn data_of(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let longest = 64 << random.below(7);
    let length = 16 + random.below(longest);
    random.bytes(length)
}

/// Modules as text that are inputs, too: what was found once, and the golden tests'.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [root.join("corpus"), root.join("../tests/plan")];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten())
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let path = path.to_string_lossy();
            path.ends_with(".wat") && !path.ends_with(".out.wat")
        })
        .collect();
    files.sort();
    files.iter().filter_map(|path| Some((path.display().to_string(), seed(path)?))).collect()
}

/// A module, with the stubs where its text says so.
fn seed(path: &Path) -> Option<Vec<u8>> {
    let text = std::fs::read_to_string(path).ok()?;
    wat::parse_str(text.replace(";; stubs", &crate::stubs::text())).ok()
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}
