//! What must come of a tree of calls, by the contract's words and nothing else.

use crate::outcome::{Answer, Exception, Note, Outcome};
use crate::tree::{
    END, Failure, OnFailure, Step, TRAPS, Throws, Trap, Tree, Variant, failure_operation,
    trap_operation, word,
};

/// What a host node answers to itself for a failure that it swallowed.
const SWALLOWED: u32 = 0x05a1_10ed;
/// Kind 5, as a state and in a report.
const TRAPPED: u32 = 5;

/// How the module was linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Linked {
    /// `--unpoison-guard=on`.
    pub guard: bool,
    /// It has an abort hook.
    pub hook: bool,
    /// `--unpoison-abort=trap`.
    pub abort_traps: bool,
    /// Its panics unwind.
    pub unwinds: bool,
}

impl Linked {
    /// As most modules are.
    pub(crate) const GUARDED: Self =
        Self { guard: true, hook: false, abort_traps: false, unwinds: false };
}

/// A failure on its way through Rust's frames.
enum Passing {
    /// They are dropped, where panics unwind.
    Unwinds(Outcome),
    /// They are not.
    Stops(Outcome),
}

impl Passing {
    /// What it is for the host.
    fn arrives(self) -> Outcome {
        match self {
            Self::Unwinds(outcome) | Self::Stops(outcome) => outcome,
        }
    }
}

/// An instance, and what is known of it.
#[derive(Debug)]
pub(crate) struct Machine<'t> {
    tree: &'t Tree,
    linked: Linked,
    /// `__unpoison_state`.
    state: u32,
    /// A trap left the module, and no crossing has happened since.
    trapped: bool,
    /// The newest report: kind and message.
    report: (u32, Option<String>),
    /// The fixture's `Watch`.
    watch: [u32; 7],
    log: Vec<Note>,
    stopped: usize,
    /// Calls whose frames an exception of the host's has skipped.
    skipped: usize,
}

impl<'t> Machine<'t> {
    /// Walks the tree on a fresh instance. Answers also how many outer calls were
    /// stopped on an import's return.
    pub(crate) fn walk(tree: &'t Tree, linked: Linked) -> (Answer, usize) {
        let mut machine = Self {
            tree,
            linked,
            state: 0,
            trapped: false,
            report: (0, None),
            watch: [0; 7],
            log: Vec::new(),
            stopped: 0,
            skipped: 0,
        };
        let end = match machine.host(0) {
            Ok(value) => Outcome::Value(value),
            Err(outcome) => outcome,
        };
        (Answer { log: machine.log, end }, machine.stopped)
    }

    fn host(&mut self, id: u32) -> Result<u32, Outcome> {
        let tree = self.tree;
        let node = &tree.host[id as usize];
        let mut answer = id;
        for visit in &node.visits {
            let came = match (self.enter(visit.node, visit.variant), visit.on_failure) {
                (Ok(value), _) => value,
                (Err(_), OnFailure::Swallow) => SWALLOWED,
                (Err(_), OnFailure::Replace) => return Err(Outcome::Foreign(id)),
                (Err(outcome), OnFailure::Pass) => return Err(outcome),
            };
            answer = answer.rotate_left(5) ^ came;
        }
        match node.throws {
            Throws::Nothing => Ok(answer),
            Throws::Object => Err(Outcome::Foreign(id)),
            Throws::Stack => Err(Outcome::Trap(Trap::Stack.class().into())),
        }
    }

    /// A call of an export.
    fn enter(&mut self, node: u32, variant: Variant) -> Result<u32, Outcome> {
        let came = match self.sealed() {
            true => Err(self.refuse()),
            false => self.run(node).map(|value| variant.mask(value)).map_err(Passing::arrives),
        };
        if came.as_ref().is_err_and(|outcome| self.skips(outcome)) {
            self.skipped += 1;
        }
        let outcome = match &came {
            Ok(value) => Outcome::Value(*value),
            Err(outcome) => outcome.clone(),
        };
        self.log.push(Note { node, outcome, state: self.state, watch: self.watch });
        came
    }

    /// Whether what leaves a call is none of Rust's and has run no destructor: an
    /// object where panics abort, the end of the engine's stack everywhere.
    fn skips(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Foreign(_) => !self.linked.unwinds,
            Outcome::Trap(_) => self.state == 0 && !self.trapped,
            _ => false,
        }
    }

    fn sealed(&self) -> bool {
        self.linked.guard && (self.trapped || self.state != 0)
    }

    /// The typed answer of a sealed instance; a trap is noticed here.
    fn refuse(&mut self) -> Outcome {
        if self.state == 0 {
            self.state = TRAPPED;
            self.report = (TRAPPED, None);
        }
        self.exception("__unpoison_sealed")
    }

    fn exception(&self, tag: &str) -> Outcome {
        let (kind, message) = self.report.clone();
        Outcome::Exception(Exception { tag: tag.into(), kind, message })
    }

    fn run(&mut self, node: u32) -> Result<u32, Passing> {
        let tree = self.tree;
        let mut answer = node;
        for step in &tree.rust[node as usize] {
            self.moved(node, word(step));
            let came = self.perform(node, step);
            if let (Err(Passing::Unwinds(_)), true) = (&came, self.linked.unwinds) {
                self.watch[6] += 1;
            }
            answer = answer.rotate_left(5) ^ came?;
        }
        self.moved(node, END);
        self.watch[2] += 1;
        Ok(answer)
    }

    fn moved(&mut self, node: u32, step: u32) {
        self.watch[0] += 1;
        self.watch[1] = self.watch[1].wrapping_mul(0x0100_0193) ^ (node << 16) ^ step;
    }

    fn perform(&mut self, node: u32, step: &Step<u32, u32>) -> Result<u32, Passing> {
        match step {
            Step::Host(variant, host) => {
                let skipped = self.skipped;
                let came = self.host(*host);
                // What comes back into an instance that is sealed stops there. Nothing
                // of a trap comes back, nor where panics abort of an exception.
                let back = match &came {
                    Ok(_) => true,
                    Err(outcome) => self.linked.unwinds && !matches!(outcome, Outcome::Trap(_)),
                };
                // Frames were skipped below this one, which would go on where they lie. Where
                // panics unwind, that is taken for a host that switches stacks.
                let skipped = self.skipped != skipped && !self.linked.unwinds;
                if back && self.linked.guard && skipped {
                    self.trapped = true;
                }
                if back && self.sealed() {
                    self.stopped += 1;
                    return Err(Passing::Stops(self.stop()));
                }
                match came {
                    Ok(value) => Ok(variant.mask(value)),
                    Err(trap @ Outcome::Trap(_)) => Err(Passing::Stops(trap)),
                    Err(outcome) => Err(Passing::Unwinds(outcome)),
                }
            }
            Step::Rust(_, node) => self.run(*node),
            Step::Fail(failure) => Err(self.fail(*failure, node)),
            Step::Trap(trap) => {
                self.trapped = self.linked.guard;
                Err(Passing::Stops(Outcome::Trap(trap.class().into())))
            }
        }
    }

    /// How a call ends that finds its instance sealed. Landing pads would run if
    /// anything were thrown that they do not know.
    fn stop(&mut self) -> Outcome {
        let refused = self.refuse();
        match self.linked.unwinds && self.linked.abort_traps {
            true => Outcome::Trap("unreachable".into()),
            false => refused,
        }
    }

    fn fail(&mut self, failure: Failure, node: u32) -> Passing {
        let message = match failure {
            Failure::Panic => Some(format!("node {node}")),
            Failure::Alloc => Some("memory allocation of 1879048192 bytes failed".into()),
            Failure::AllocHandler => Some("memory allocation of 24 bytes failed".into()),
            Failure::Abort | Failure::Unreachable => None,
        };
        self.report = (failure.kind(), message);
        if failure == Failure::Panic && self.linked.unwinds {
            return Passing::Unwinds(self.typed());
        }
        if self.linked.guard {
            self.state = failure.kind();
        }
        if self.linked.hook
            && let Err(outcome) = self.hook()
        {
            return Passing::Stops(outcome);
        }
        Passing::Stops(self.typed())
    }

    fn typed(&self) -> Outcome {
        let panic = self.report.0 == Failure::Panic.kind();
        if self.linked.abort_traps && !panic {
            return Outcome::Trap("unreachable".into());
        }
        self.exception(if panic { "__unpoison_panic" } else { "__unpoison_abort" })
    }

    /// The hook runs once, and whatever happens in it the first report stands.
    fn hook(&mut self) -> Result<(), Outcome> {
        self.watch[4] += 1;
        let fails = self.tree.hook_fails;
        if fails == Tree::HOOK_CALLS {
            self.watch[1] = self.host(self.report.0)?;
        } else if let Some(trap) = TRAPS.iter().find(|trap| trap_operation(**trap) == fails) {
            self.trapped = true;
            return Err(Outcome::Trap(trap.class().into()));
        } else if fails >= failure_operation(Failure::Panic) {
            return Err(self.typed());
        }
        self.watch[2] += 1;
        Ok(())
    }
}
