//! What the fixture `ledger` is asked, and what it must answer: `tests/js/soak/model.mjs` is
//! the same in JavaScript.

/// Accounts of the ledger.
pub(crate) const ACCOUNTS: u32 = 100;
/// What each has at first: so much that none is ever empty.
pub(crate) const MONEY: u64 = 1_000_000;
/// As in the fixture.
const JOURNAL: usize = 256;

/// What goes wrong in a transfer, by the fixture's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fails {
    /// A panic.
    Panic = 1,
    /// `process::abort`.
    Abort = 2,
    /// An allocation of more than there can be.
    Allocation = 3,
    /// Rust's own stack.
    Stack = 4,
    /// wasmtime's.
    EngineStack = 9,
    /// Allocations until there is no more.
    Leak = 10,
}

impl Fails {
    /// Its name among the figures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Abort => "abort",
            Self::Allocation => "allocation",
            Self::Stack => "stack",
            Self::EngineStack => "engineStack",
            Self::Leak => "leak",
        }
    }

    /// What must be answered.
    fn error(self) -> &'static str {
        match self {
            Self::Panic => "Panic: the transfer failed, src/lib.rs",
            Self::Abort => "Abort",
            Self::Allocation => "Alloc: 2013265920 bytes by 8",
            Self::Leak => "Alloc: 1048576 bytes by 1",
            // It ends below the memory; the engine does not know whose access that was.
            Self::Stack => "Trap",
            Self::EngineStack => "Trap: a stack was exhausted",
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Moves money.
    Transfer,
    /// What one account has.
    Balance,
    /// What all have.
    Sum,
    /// The newest transfers, folded into a number.
    Journal,
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// What is asked.
    pub(crate) call: Call,
    /// The account that pays, or is asked for.
    pub(crate) from: u32,
    /// The account that is paid.
    pub(crate) to: u32,
    /// How much.
    pub(crate) amount: u32,
    /// A transfer that is to fail half-way.
    pub(crate) fails: Option<Fails>,
}

/// Requests, the same each time: of 10,000 100 panic, 10 abort, one exhausts a stack, one the
/// memory.
#[derive(Debug)]
pub(crate) struct Requests {
    seed: u32,
}

impl Default for Requests {
    fn default() -> Self {
        Self { seed: 0x2545_f491 }
    }
}

impl Requests {
    fn random(&mut self, below: u32) -> u32 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 17;
        self.seed ^= self.seed << 5;
        self.seed % below
    }
}

impl Iterator for Requests {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        let (fate, what) = (self.random(10_000), self.random(100));
        let (from, to) = (self.random(ACCOUNTS), self.random(ACCOUNTS));
        let amount = self.random(10);
        let fails = match (fate, amount % 2) {
            (0..100, _) => Some(Fails::Panic),
            (100..110, _) => Some(Fails::Abort),
            (110, 1) => Some(Fails::Stack),
            (110, _) => Some(Fails::EngineStack),
            (111, 1) => Some(Fails::Allocation),
            (111, _) => Some(Fails::Leak),
            _ => None,
        };
        let call = match what {
            _ if fails.is_some() => Call::Transfer,
            0..80 => Call::Transfer,
            80..90 => Call::Balance,
            90..98 => Call::Sum,
            _ => Call::Journal,
        };
        Some(Request { call, from, to, amount, fails })
    }
}

/// What becomes of the state at a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A fresh instance begins anew.
    Fresh,
    /// It begins with a copy of the memory as it was before the call that failed.
    Checkpoint,
    /// Panics unwind and cost no instance; what else there is begins anew.
    Unwind,
}

/// The ledger as docs/wasmtime.md says that it is after a failure.
#[derive(Debug)]
pub(crate) struct Model {
    mode: Mode,
    /// Instances made.
    pub(crate) generation: u64,
    failed: bool,
    accounts: Vec<u64>,
    entries: Vec<(u32, u32, u32)>,
    committed: u32,
}

impl Model {
    /// One that was just opened.
    pub(crate) fn new(mode: Mode) -> Self {
        let mut model = Self {
            mode,
            generation: 1,
            failed: false,
            accounts: Vec::new(),
            entries: Vec::new(),
            committed: 0,
        };
        model.open();
        model
    }

    fn open(&mut self) {
        self.accounts = vec![MONEY; ACCOUNTS as usize];
        self.entries.clear();
        self.committed = 0;
    }

    /// What is answered.
    pub(crate) fn answer(&mut self, request: &Request) -> Result<u64, &'static str> {
        if self.failed {
            self.generation += 1;
            self.failed = false;
            if self.mode != Mode::Checkpoint {
                self.open();
            }
        }
        let Request { call, from, to, amount, fails } = *request;
        if let Some(fails) = fails {
            // The borrow is given back, the money is not: the panic left half-way.
            match (fails, self.mode) {
                (Fails::Panic, Mode::Unwind) => self.accounts[from as usize] -= u64::from(amount),
                _ => self.failed = true,
            }
            return Err(fails.error());
        }
        Ok(match call {
            Call::Balance => self.accounts[from as usize],
            Call::Sum => self.accounts.iter().sum(),
            Call::Journal => self.entries.iter().fold(7, |fold: u64, (from, to, amount)| {
                let word = ((u64::from(*from) << 32) | u64::from(*to)) ^ u64::from(*amount);
                fold.rotate_left(5) ^ word
            }),
            Call::Transfer => {
                self.accounts[from as usize] -= u64::from(amount);
                self.accounts[to as usize] += u64::from(amount);
                let entry = (from, to, amount);
                match self.entries.get_mut(self.committed as usize % JOURNAL) {
                    Some(old) => *old = entry,
                    None => self.entries.push(entry),
                }
                self.committed += 1;
                u64::from(self.committed)
            }
        })
    }
}
