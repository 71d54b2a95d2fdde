//! Who calls whom, from the callee's side.

use super::Flow;
use crate::ids::FuncIdx;

/// The callers of each function.
#[derive(Debug)]
pub(crate) struct Callers {
    /// The callers of all functions, those of the first function first.
    callers: Vec<FuncIdx>,
    /// Where a function's callers end in there.
    ends: Vec<usize>,
}

impl Callers {
    pub(super) fn find(flow: &Flow) -> Self {
        let functions = flow.imported as usize + flow.code.count();
        let mut counts = vec![0usize; functions];
        for (.., callee) in flow.calls() {
            if let Some(count) = counts.get_mut(callee.at()) {
                *count += 1;
            }
        }
        let mut total = 0;
        // Filled from its start on, each ends where its end is.
        let mut ends: Vec<usize> = counts
            .into_iter()
            .map(|count| {
                let start = total;
                total += count;
                start
            })
            .collect();
        let mut callers = vec![FuncIdx(0); total];
        for (caller, _, callee) in flow.calls() {
            let Some(end) = ends.get_mut(callee.at()) else { continue };
            if let Some(slot) = callers.get_mut(*end) {
                *slot = caller;
            }
            *end += 1;
        }
        Self { callers, ends }
    }

    /// The callers of one function, in order; one that calls it twice comes twice.
    pub(crate) fn of(&self, function: FuncIdx) -> impl Iterator<Item = FuncIdx> {
        let at = function.at();
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(at).copied().unwrap_or(0);
        self.callers.get(start.unwrap_or(0)..end).unwrap_or_default().iter().copied()
    }
}
