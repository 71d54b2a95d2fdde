//! Mounts that nobody else sees.

use super::subject::{Place, wrapped};
use crate::run;
use anyhow::Result;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Why there is none.
pub(super) const MISSING: &str = "no mounts of one's own: neither `unshare -m` nor `unshare -rm`";

/// A shell in a mount namespace of its own; the mounts go when it ends.
#[derive(Debug)]
pub(super) struct Namespace {
    shell: Child,
    of_user: bool,
}

impl Namespace {
    /// For root one of mounts, for others one of users around it. `None` where neither is
    /// allowed.
    pub(super) fn new() -> Option<Self> {
        [false, true].into_iter().find_map(|of_user| {
            let mut unshare = Command::new("unshare");
            unshare.args(of_user.then_some("-r"));
            // Asks for a mount at once: some systems give a namespace, and nothing in it.
            let script =
                "mount -t tmpfs tmpfs /proc/sys && umount /proc/sys && echo ready && read line";
            unshare.args(["-m", "--", "sh", "-c", script]);
            unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            let mut shell = unshare.spawn().ok()?;
            let mut line = String::new();
            let said = shell.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
            if !matches!(said, Some(Ok(1..))) {
                // It ended, or is about to.
                let _ = shell.kill();
                let _ = shell.wait();
                return None;
            }
            Some(Self { shell, of_user })
        })
    }

    /// A command that sees the mounts.
    pub(super) fn enter(&self, command: &Command) -> Command {
        let mut words = vec!["nsenter".to_owned(), format!("-t{}", self.shell.id())];
        if self.of_user {
            words.extend(["-U".to_owned(), "--preserve-credentials".to_owned()]);
        }
        words.extend(["-m".to_owned(), "--".to_owned()]);
        wrapped(words, command)
    }

    /// Mounts something, or mounts it otherwise.
    pub(super) fn mount(&self, words: &[&str], at: &Path) -> Result<()> {
        run::quiet(&mut self.enter(Command::new("mount").args(words).arg(at))).map(drop)
    }

    /// Folders as they are in there, to be looked at from outside.
    pub(super) fn seen(&self, place: &Place) -> Place {
        let root = format!("/proc/{}/root", self.shell.id());
        let inside = |path: &Path| -> PathBuf {
            Path::new(&root).join(path.strip_prefix("/").unwrap_or(path))
        };
        Place {
            root: inside(&place.root),
            out: inside(&place.out),
            cache: inside(&place.cache),
            temp: inside(&place.temp),
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // What is in it goes with it.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
