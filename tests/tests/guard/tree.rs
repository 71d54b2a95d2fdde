//! Trees of calls: Rust's nodes and the host's in turn, and how the fixture `tree`
//! (`tests/fixtures/tree`) and its host (`tests/js/tree-host.mjs`) are told of them.

use serde::Serialize;

/// Words of the fixture's `PROGRAM`.
const PROGRAM: usize = 1 << 14;

/// As which type a number crosses: the exports and imports of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Variant {
    U32 = 0,
    /// As an export the same body as `U32` has; as an import called through the table.
    Twin = 1,
    I64 = 2,
    F32 = 3,
    F64 = 4,
    /// Several parameters.
    Mixed = 5,
    /// Past the exports, through the table; only where it is exported.
    Slot = 6,
}

/// Those of a module that exports its table; all but the last for others.
pub(crate) const VARIANTS: [Variant; 7] = [
    Variant::U32,
    Variant::Twin,
    Variant::I64,
    Variant::F32,
    Variant::F64,
    Variant::Mixed,
    Variant::Slot,
];

impl Variant {
    /// What arrives of a number that crosses back.
    pub(crate) fn mask(self, number: u32) -> u32 {
        if self == Self::F32 { number & 0x7f_ffff } else { number }
    }
}

/// What the engine stops code for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trap {
    Load,
    Division,
    NullSlot,
    WrongSlot,
    NoSlot,
    /// The engine's own stack.
    Stack,
    /// The stack in linear memory.
    ShadowStack,
}

pub(crate) const TRAPS: [Trap; 7] = [
    Trap::Load,
    Trap::Division,
    Trap::NullSlot,
    Trap::WrongSlot,
    Trap::NoSlot,
    Trap::Stack,
    Trap::ShadowStack,
];

impl Trap {
    /// What `tree-host.mjs` makes of the engine's words.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Load | Self::ShadowStack => "memory",
            Self::Division => "division",
            Self::NullSlot | Self::WrongSlot | Self::NoSlot => "indirect",
            Self::Stack => "stack",
        }
    }
}

/// A way in which Rust code gives up by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    Panic,
    Abort,
    Alloc,
    AllocHandler,
    Unreachable,
}

pub(crate) const FAILURES: [Failure; 5] =
    [Failure::Panic, Failure::Abort, Failure::Alloc, Failure::AllocHandler, Failure::Unreachable];

impl Failure {
    /// The contract's number.
    pub(crate) fn kind(self) -> u32 {
        match self {
            Self::Panic => 1,
            // An inlined `process::abort` is a bare `unreachable` and nothing else.
            Self::Abort | Self::Unreachable => 2,
            Self::Alloc | Self::AllocHandler => 3,
        }
    }
}

/// What one step of a Rust node does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step<H, R> {
    Host(Variant, H),
    /// A node entered from Rust: directly, or through the table.
    Rust(Entry, R),
    Fail(Failure),
    Trap(Trap),
}

/// How Rust calls what is exported too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Direct,
    ThroughTable,
}

/// What the host does about a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnFailure {
    Pass = 0,
    Swallow = 1,
    /// Throws an object of its own instead.
    Replace = 2,
}

/// What a node of the host's throws when it is through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Throws {
    Nothing = 0,
    /// An object of its own.
    Object = 1,
    /// The engine's error at the end of its stack, which came in the host's own code.
    Stack = 2,
}

/// A call that the host makes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Visit<R> {
    pub node: R,
    pub variant: Variant,
    pub on_failure: OnFailure,
}

/// A node of Rust's, in a tree as it is generated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RustNode(pub Vec<Step<HostNode, Self>>);

/// A node of the host's, in a tree as it is generated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HostNode {
    pub visits: Vec<Visit<RustNode>>,
    pub throws: Throws,
}

/// A node of the host's, with numbers for nodes.
#[derive(Clone, Debug)]
pub(crate) struct FlatHost {
    pub visits: Vec<Visit<u32>>,
    pub throws: Throws,
}

/// A tree with numbers for nodes. The host's node 0 is the top.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub rust: Vec<Vec<Step<u32, u32>>>,
    pub host: Vec<FlatHost>,
    /// What goes wrong in the hook: see [`Tree::HOOK_CALLS`].
    pub hook_fails: u32,
}

impl Tree {
    /// For `hook_fails`: the hook calls the host's node of the number of the kind.
    pub(crate) const HOOK_CALLS: u32 = 1;

    /// The tree below a top node. The next nodes of the host are those for the hook.
    pub(crate) fn new(top: &HostNode, for_hook: &[HostNode]) -> Self {
        let mut tree = Self::default();
        // Their numbers are given before those of what is below them.
        let tops: Vec<_> = std::iter::once(top).chain(for_hook).collect();
        let empty = FlatHost { visits: Vec::new(), throws: Throws::Nothing };
        tree.host = vec![empty; tops.len()];
        for (at, node) in tops.into_iter().enumerate() {
            tree.host[at] = tree.flat_host(node);
        }
        tree
    }

    fn flat_host(&mut self, node: &HostNode) -> FlatHost {
        let visit = |visit: &Visit<RustNode>| Visit {
            node: self.add_rust(&visit.node),
            variant: visit.variant,
            on_failure: visit.on_failure,
        };
        FlatHost { visits: node.visits.iter().map(visit).collect(), throws: node.throws }
    }

    fn add_host(&mut self, node: &HostNode) -> u32 {
        let number = self.host.len();
        self.host.push(FlatHost { visits: Vec::new(), throws: Throws::Nothing });
        self.host[number] = self.flat_host(node);
        number as u32
    }

    fn add_rust(&mut self, node: &RustNode) -> u32 {
        let number = self.rust.len();
        self.rust.push(Vec::new());
        let step = |step: &Step<HostNode, RustNode>| match step {
            Step::Host(variant, host) => Step::Host(*variant, self.add_host(host)),
            Step::Rust(entry, rust) => Step::Rust(*entry, self.add_rust(rust)),
            Step::Fail(failure) => Step::Fail(*failure),
            Step::Trap(trap) => Step::Trap(*trap),
        };
        self.rust[number] = node.0.iter().map(step).collect();
        number as u32
    }

    /// The words for the fixture's memory.
    pub(crate) fn program(&self) -> Vec<u32> {
        let mut program = vec![0; self.rust.len()];
        for (node, steps) in self.rust.iter().enumerate() {
            program[node] = program.len() as u32;
            program.extend(steps.iter().map(word));
            program.push(END);
        }
        assert!(program.len() <= PROGRAM, "{} words are too many", program.len());
        program
    }

    /// What `tree-host.mjs` is told.
    pub(crate) fn wire(&self) -> Wire {
        let host = |host: &FlatHost| WireHost {
            steps: host
                .visits
                .iter()
                .map(|v| [v.node, v.variant as u32, v.on_failure as u32])
                .collect(),
            throws: host.throws as u32,
        };
        let host = self.host.iter().map(host).collect();
        Wire { program: self.program(), fails: self.hook_fails, host, top: 0 }
    }
}

/// The step that leaves a node.
pub(crate) const END: u32 = 0;

/// A step as the fixture reads it.
pub(crate) fn word(step: &Step<u32, u32>) -> u32 {
    match step {
        Step::Host(variant, host) => host_operation(*variant) | host << 8,
        Step::Rust(Entry::Direct, node) => 7 | node << 8,
        Step::Rust(Entry::ThroughTable, node) => 8 | node << 8,
        Step::Fail(failure) => failure_operation(*failure),
        Step::Trap(trap) => trap_operation(*trap),
    }
}

fn host_operation(variant: Variant) -> u32 {
    match variant {
        Variant::U32 => 1,
        Variant::I64 => 2,
        Variant::F32 => 3,
        Variant::F64 => 4,
        Variant::Mixed => 5,
        Variant::Twin | Variant::Slot => 6,
    }
}

/// The number of a failure, as a step and for `hook_fails`.
pub(crate) fn failure_operation(failure: Failure) -> u32 {
    20 + failure as u32
}

/// The number of a trap, as a step and for `hook_fails`.
pub(crate) fn trap_operation(trap: Trap) -> u32 {
    30 + trap as u32
}

/// A tree as `tree-host.mjs` reads it.
#[derive(Debug, Serialize)]
pub(crate) struct Wire {
    program: Vec<u32>,
    fails: u32,
    host: Vec<WireHost>,
    top: u32,
}

#[derive(Debug, Serialize)]
struct WireHost {
    steps: Vec<[u32; 3]>,
    throws: u32,
}
