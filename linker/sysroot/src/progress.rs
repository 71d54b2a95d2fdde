//! What a person sees while the library is built: a bar on a terminal, else a line
//! before and one after.

use crate::say::note;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// The building in progress.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    what: String,
    since: Instant,
}

impl Progress {
    /// Begins; how much there is to do is not known yet.
    pub(crate) fn begin(release: &str, target: &str) -> Self {
        let what = format!("the standard library of Rust {release} with unwinding for {target}");
        let bar = ProgressBar::no_length();
        if bar.is_hidden() {
            note(format_args!("building {what}, about half a minute"));
        } else {
            bar.set_style(style("{spinner} unpoison: {prefix}"));
            // Short enough for one line.
            bar.set_prefix(format!("building std of Rust {release}"));
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar, what, since: Instant::now() }
    }

    /// So many steps there are.
    pub(crate) fn steps(&self, steps: usize) {
        self.bar.set_length(steps as u64);
        self.bar.set_style(style("unpoison: {prefix} [{bar:16}] {pos}/{len} {msg}"));
    }

    /// One step is done.
    pub(crate) fn step(&self, name: &str) {
        self.bar.set_message(name.to_owned());
        self.bar.inc(1);
    }

    /// All is done.
    pub(crate) fn done(self) {
        self.bar.finish_and_clear();
        let seconds = self.since.elapsed().as_secs();
        note(format_args!("built {} in {seconds} s", self.what));
    }
}

impl Drop for Progress {
    /// After an error its message has the terminal for itself.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A template that does not parse would be shown as the default style.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_parse() {
        for template in
            ["{spinner} unpoison: {prefix}", "unpoison: {prefix} [{bar:16}] {pos}/{len} {msg}"]
        {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
