//! The report (`contract.md`, "The report"), and what is pending before it.

use crate::text::Text;
use alloc::string::String;
use core::cell::Cell;
use core::fmt::{self, Write};
use core::panic::{Location, PanicPayload};

/// The version of the report's shape.
const VERSION: u32 = 1;

/// What the standard library prints for a payload that is not text.
const UNKNOWN: &str = "Box<dyn Any>";

/// The kinds of the contract. Numbers are the contract's.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Failure {
    None = 0,
    Panic = 1,
    Abort = 2,
    Alloc = 3,
    Nounwind = 4,
    Trap = 5,
    Unreachable = 6,
}

impl Failure {
    pub fn from_word(word: u32) -> Self {
        match word {
            1 => Self::Panic,
            2 => Self::Abort,
            3 => Self::Alloc,
            4 => Self::Nounwind,
            5 => Self::Trap,
            _ => Self::Unreachable,
        }
    }
}

/// The record a host reads, and what was learnt of a failure that is still on its
/// way to it. Cells, because a panic inside a message comes back here while the
/// first one is being written.
pub struct Pending {
    report: Cell<[u32; 11]>,
    /// What is on its way: `None`, `Panic` or `Alloc`.
    kind: Cell<Failure>,
    /// A `Display` of the program is being run; it may panic itself.
    formatting: Cell<bool>,
    file: Cell<(usize, usize)>,
    line: Cell<u32>,
    column: Cell<u32>,
    layout: Cell<(usize, usize)>,
    /// The newest report's text, and the next one's: a hook that fails must not write
    /// into the report of the failure that it is told of.
    texts: [Text; 2],
    second: Cell<bool>,
}

/// The one instance. In a module with shared memory it is shared by all threads;
/// a failure seals all of them, and the first one's report stands.
pub static PENDING: Pending = Pending {
    report: Cell::new([0; 11]),
    kind: Cell::new(Failure::None),
    formatting: Cell::new(false),
    file: Cell::new((0, 0)),
    line: Cell::new(0),
    column: Cell::new(0),
    layout: Cell::new((0, 0)),
    texts: [Text::new(), Text::new()],
    second: Cell::new(false),
};

/// See [`PENDING`]: two threads that fail at the same moment may garble the text of
/// a report, never its shape.
unsafe impl Sync for Pending {}

impl Pending {
    /// A panic with a message known at compile time.
    pub fn panic_literal(&self, text: &str, location: Option<&Location<'_>>) {
        if self.begin_panic(location) {
            // Copied: the text may live in a frame that is gone when the host reads.
            self.text().push(text);
        }
    }

    /// A panic with a message to be formatted.
    pub fn panic_formatted(&self, message: fmt::Arguments<'_>, location: Option<&Location<'_>>) {
        if self.begin_panic(location) {
            self.format(message);
        }
    }

    /// A panic with a payload. Where the message of this panic is known already,
    /// this is the same panic further down its path.
    pub fn panic_payload(&self, payload: &mut dyn PanicPayload, location: Option<&Location<'_>>) {
        if self.kind.get() == Failure::Panic {
            // Its place may have been optimized away further up.
            if self.line.get() == 0 {
                self.place(location);
            }
            return;
        }
        if !self.begin_panic(location) {
            return;
        }
        if let Some(text) = payload.as_str() {
            self.text().push(text);
            return;
        }
        self.format(format_args!("{payload}"));
        // The box in which `resume_unwind` hands a payload on does not look into it.
        if self.text().is(UNKNOWN) {
            let payload = payload.get();
            let text = match payload.downcast_ref::<&'static str>() {
                Some(text) => Some(*text),
                None => payload.downcast_ref::<String>().map(String::as_str),
            };
            if let Some(text) = text {
                self.text().clear();
                self.text().push(text);
            }
        }
    }

    /// A failed allocation.
    pub fn alloc(&self, size: usize, align: usize) {
        self.forget();
        self.kind.set(Failure::Alloc);
        self.layout.set((size, align));
        self.text().push("memory allocation of ");
        self.text().push_number(size);
        self.text().push(" bytes failed");
    }

    /// Writes the report; what was pending is over.
    pub fn finish(&self, kind: Failure, site: u32) -> *const u32 {
        let kind = match (kind, self.kind.get()) {
            (Failure::Abort, Failure::Alloc) => Failure::Alloc,
            (kind, _) => kind,
        };
        if kind == Failure::Trap || self.kind.get() == Failure::None {
            // Nobody said anything of this failure; what is left is of an earlier one.
            self.forget();
        }
        let message = match self.text().length() {
            0 => 0,
            _ => self.text().address() as u32,
        };
        let file = self.file.get();
        let layout = self.layout.get();
        self.report.set([
            VERSION,
            kind as u32,
            site,
            message,
            self.text().length() as u32,
            file.0 as u32,
            file.1 as u32,
            self.line.get(),
            self.column.get(),
            layout.0 as u32,
            layout.1 as u32,
        ]);
        self.second.set(!self.second.get());
        self.kind.set(Failure::None);
        self.formatting.set(false);
        self.report.as_ptr().cast()
    }

    /// The newest report.
    pub fn newest(&self) -> *const u32 {
        match self.report.get()[0] {
            0 => core::ptr::null(),
            _ => self.report.as_ptr().cast(),
        }
    }

    /// False inside the message of another panic: that one keeps its place, and
    /// what was written of it stands.
    fn begin_panic(&self, location: Option<&Location<'_>>) -> bool {
        if self.formatting.get() {
            return false;
        }
        self.forget();
        self.kind.set(Failure::Panic);
        self.place(location);
        true
    }

    fn place(&self, location: Option<&Location<'_>>) {
        if let Some(location) = location {
            let file = location.file();
            self.file.set((file.as_ptr() as usize, file.len()));
            self.line.set(location.line());
            self.column.set(location.column());
        }
    }

    fn format(&self, message: fmt::Arguments<'_>) {
        self.formatting.set(true);
        let mut text = self.text();
        let _ = text.write_fmt(message);
        self.formatting.set(false);
    }

    fn text(&self) -> &Text {
        let [first, second] = &self.texts;
        if self.second.get() { second } else { first }
    }

    fn forget(&self) {
        self.kind.set(Failure::None);
        self.file.set((0, 0));
        self.line.set(0);
        self.column.set(0);
        self.layout.set((0, 0));
        self.text().clear();
    }
}
