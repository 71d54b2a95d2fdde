//! How time and memory of a link grow with the module, beside rust-lld's: a table, and a drawing.

use super::{median, timed};
use crate::fixture::{self, Point};
use crate::record::Recorded;
use crate::run;
use crate::toolchain::Toolchain;
use anyhow::{Result, ensure};
use plotters::prelude::*;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The fixture whose parts these modules are.
const FIXTURE: &str = "large";

/// A module of some size.
struct Size {
    point: Point,
    /// What it exports; nothing for all.
    exports: &'static [&'static str],
    /// Without debug information, the standard library's among it.
    strip_debug: bool,
}

const UNOPTIMIZED: Point = Point { lto: "off", opt: "0", debug: "none", strip: "none" };
const DEBUG: Point = Point { lto: "off", opt: "0", debug: "line-tables-only", strip: "none" };

const SIZES: [Size; 6] = [
    Size { point: Point::RELEASE, exports: &["find"], strip_debug: true },
    Size { point: Point::RELEASE, exports: &["find"], strip_debug: false },
    Size {
        point: Point::RELEASE,
        exports: &["find", "markdown", "picture", "script", "shader", "svg"],
        strip_debug: true,
    },
    Size { point: Point::RELEASE, exports: &[], strip_debug: false },
    Size { point: UNOPTIMIZED, exports: &[], strip_debug: true },
    Size { point: DEBUG, exports: &[], strip_debug: false },
];

/// What was measured of one module.
struct Measured {
    /// Of rust-lld's module, in megabytes.
    size: f64,
    /// rust-lld's and unpoison's, in milliseconds.
    times: [f64; 2],
    /// The most that was resident at once, in megabytes.
    memory: [f64; 2],
}

/// Links each module `rounds` times both ways, in turns, and draws the outcome to `drawing`.
pub(super) fn run(
    toolchain: &Toolchain,
    unpoison: &Path,
    rounds: usize,
    drawing: Option<&Path>,
) -> Result<()> {
    println!();
    println!("growth, medians of {rounds}; megabytes and milliseconds");
    println!();
    println!(
        "{:>8} | {:>9} {:>9} {:>6} | {:>9} {:>9} {:>6}",
        "module", "rust-lld", "unpoison", "ratio", "rust-lld", "unpoison", "ratio"
    );
    let mut all = Vec::new();
    for size in &SIZES {
        let link = fixture::record(toolchain, FIXTURE, &size.point)?;
        let link = link.exporting(size.exports, size.strip_debug);
        let measured = measure(&link, toolchain, unpoison, rounds)?;
        let Measured { size, times, memory } = &measured;
        println!(
            "{size:>8.1} | {:>9.1} {:>9.1} {:>6.2} | {:>9.1} {:>9.1} {:>6.2}",
            times[0],
            times[1],
            times[1] / times[0],
            memory[0],
            memory[1],
            memory[1] / memory[0]
        );
        all.push(measured);
    }
    if let Some(path) = drawing {
        draw(&all, path)?;
    }
    Ok(())
}

fn measure(
    link: &Recorded,
    toolchain: &Toolchain,
    unpoison: &Path,
    rounds: usize,
) -> Result<Measured> {
    let scratch = tempfile::tempdir()?;
    let plain = scratch.path().join("plain.wasm");
    let unpoisoned = scratch.path().join("unpoisoned.wasm");
    let mut times = [Vec::new(), Vec::new()];
    let mut memory = [0f64; 2];
    // The first round fills caches; the memory is looked at in it.
    for round in 0..=rounds {
        let mut commands =
            [link.plain(toolchain, &plain)?, link.unpoison(toolchain, unpoison, &unpoisoned)?];
        for (which, command) in commands.iter_mut().enumerate() {
            match round {
                0 => memory[which] = resident(command)?,
                _ => times[which].push(timed(command)?),
            }
        }
    }
    let size = plain.metadata()?.len() as f64 / 1e6;
    Ok(Measured { size, times: times.map(median), memory })
}

/// The most memory that a program and those that it starts have at once, in megabytes, looked
/// at each millisecond (`/proc`).
fn resident(command: &mut Command) -> Result<f64> {
    const PAGE: f64 = 4096.0;
    let mut child = command.env_remove(run::VALIDATE).spawn()?;
    let mut most = 0.0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let now: f64 = family(child.id()).into_iter().map(pages).sum();
        most = f64::max(most, now);
        std::thread::sleep(Duration::from_millis(1));
    };
    ensure!(status.success(), "{} failed", run::shown(command));
    Ok(most * PAGE / 1e6)
}

/// A process and those that it has started.
fn family(process: u32) -> Vec<u32> {
    let mut all = vec![process];
    let tasks = std::fs::read_dir(format!("/proc/{process}/task"));
    for task in tasks.into_iter().flatten().flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|id| id.parse().ok()).flat_map(family));
    }
    all
}

/// How many pages of a process are resident.
fn pages(process: u32) -> f64 {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0.0)
}

/// Two diagrams side by side.
fn draw(all: &[Measured], path: &Path) -> Result<()> {
    const NAMES: [&str; 2] = ["rust-lld", "unpoison"];
    const COLOURS: [RGBColor; 2] = [RGBColor(0x70, 0x70, 0x70), RGBColor(0xb0, 0x3a, 0x2e)];
    let mut drawn = String::new();
    let area = SVGBackend::with_string(&mut drawn, (960, 400)).into_drawing_area();
    area.fill(&WHITE)?;
    let most = all.iter().map(|measured| measured.size).fold(0.0, f64::max) * 1.05;
    let captions = ["time of a link, ms", "memory, MB"];
    for (panel, caption) in area.split_evenly((1, 2)).iter().zip(captions) {
        let of = |measured: &Measured| match caption == captions[0] {
            true => measured.times,
            false => measured.memory,
        };
        let values = || all.iter().flat_map(of);
        let high = values().fold(0.0, f64::max) * 1.1;
        let mut chart = ChartBuilder::on(panel)
            .caption(caption, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..most, 0.0..high)?;
        chart
            .configure_mesh()
            .x_desc("module, MB")
            .x_label_formatter(&|size| format!("{size:.0}"))
            .y_label_formatter(&|value| format!("{value:.0}"))
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (which, (name, colour)) in NAMES.into_iter().zip(COLOURS).enumerate() {
            let points = || all.iter().map(move |measured| (measured.size, of(measured)[which]));
            chart
                .draw_series(LineSeries::new(points(), colour.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                });
            chart.draw_series(points().map(|point| Circle::new(point, 3, colour.filled())))?;
        }
        chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).draw()?;
    }
    area.present()?;
    drop(area);
    Ok(std::fs::write(path, described(&drawn))?)
}

/// For readers who do not see it, and for those who read in the dark.
fn described(drawn: &str) -> String {
    const HEAD: &str = r##" role="img" aria-labelledby="title desc">
<title id="title">How links grow with the module</title>
<desc id="desc">Two diagrams. Left, the time of a link in milliseconds, right, the memory in megabytes, by the size of the module in megabytes; a line for rust-lld and one for unpoison, which run beside each other.</desc>
<style>
@media (prefers-color-scheme: dark) {
  rect[fill="#FFFFFF"] { fill: #0d1117; }
  text { fill: #e6edf3; }
  line, polyline[stroke="#000000"], rect[stroke="#000000"] { stroke: #e6edf3; }
}
</style>"##;
    drawn.replacen('>', HEAD, 1)
}
