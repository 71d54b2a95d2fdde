//! A plan as text, with names: what `unpoison inspect --plan` and the golden tests show.

use super::{Body, Plan};
use crate::ids::FuncIdx;
use crate::read::Module;
use crate::read::flow::Place;
use std::fmt::{self, Display, Formatter, Write as _};

/// A plan beside the module that it is for.
pub(crate) struct Shown<'p, 'a> {
    plan: &'p Plan,
    module: &'p Module<'a>,
}

impl Plan {
    /// The plan as text.
    pub(crate) fn show<'p, 'a>(&'p self, module: &'p Module<'a>) -> Shown<'p, 'a> {
        Shown { plan: self, module }
    }
}

impl Display for Shown<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { plan, module } = self;
        let on = |on: bool| if on { "on" } else { "off" };
        let panic = if plan.panics_unwind() { "unwind" } else { "abort" };
        let exceptions = match plan.runtime.tags {
            Some(_) if plan.export_tags => "on",
            Some(_) => "not exported",
            None => "off",
        };
        let abort = format!("{:?}", plan.abort).to_lowercase();
        writeln!(
            f,
            "panic {panic}, exceptions {exceptions}, abort {abort}, guard {}",
            on(plan.guard)
        )?;
        for site in &plan.sites {
            let instruction = match site.place {
                Place::Unreachable(_) => "unreachable".to_owned(),
                Place::Spin(_) => "loop".to_owned(),
                Place::Call(_, callee) => format!("call {}", self.name(callee)),
            };
            let kind = site.kind.name();
            let function = self.name(site.function);
            writeln!(f, "site {} {kind} in {function}: {instruction}", site.id.0)?;
        }
        if let Some(rehearsal) = &plan.rehearsal {
            writeln!(f, "rehearsed: {} places", rehearsal.places)?;
        }
        for (position, export) in module.exports.iter().enumerate() {
            if crate::stubs::is_stub(export.name) {
                // Never the user's.
            } else if plan.dropped_exports.binary_search(&position).is_ok() {
                writeln!(f, "export {:?}: dropped", export.name)?;
            } else if let Some(instead) = plan.exports.get(&position) {
                writeln!(f, "export {:?}: {}", export.name, self.name(*instead))?;
            }
        }
        if let Some(start) = plan.start {
            writeln!(f, "start: {}", self.name(start))?;
        }
        for (function, instead) in &plan.calls {
            writeln!(f, "call {}: {}", self.name(*function), self.name(*instead))?;
        }
        for (ty, instead) in &plan.indirect {
            writeln!(f, "call_indirect (type {}): {}", ty.0, self.name(*instead))?;
        }
        for (function, instead) in &plan.references {
            writeln!(f, "reference {}: {}", self.name(*function), self.name(*instead))?;
        }
        for function in &plan.unused {
            writeln!(f, "unused {}: nothing is left of it", self.name(*function))?;
        }
        for (function, patch) in plan.patches.iter().filter(|(f, _)| !plan.unused.contains(f)) {
            let place = match plan.moved.get(function) {
                Some(_) => "copied",
                None => "in place",
            };
            let edits = patch.edits().len();
            let growth = patch.growth();
            let function = self.name(*function);
            writeln!(f, "body {function}: {edits} edits, {growth:+} bytes, {place}")?;
        }
        for (at, added) in (plan.first_added.0..).zip(&plan.added) {
            let mut what = String::new();
            self.describe(&mut what, &added.what)?;
            writeln!(f, "add ${at} {}: {what}", added.name)?;
        }
        Ok(())
    }
}

impl Shown<'_, '_> {
    fn describe(&self, out: &mut String, what: &Body) -> fmt::Result {
        match what {
            Body::Listen { target, .. } => write!(out, "listens at {}", self.name(*target)),
            Body::Moved(of) => write!(out, "copy of {}", self.name(*of)),
            Body::GuardExport { target, no_throw_when_sealed: true } => {
                write!(out, "guards {}, returns zeros when sealed", self.name(*target))
            }
            Body::GuardExport { target, .. } => write!(out, "guards {}", self.name(*target)),
            Body::GuardImport(import) => write!(out, "guards import {}", self.name(*import)),
            Body::GuardSlot { target, .. } => {
                write!(out, "guards {} in its slot", self.name(*target))
            }
            Body::GuardIndirect { ty, .. } => {
                write!(out, "guards call_indirect (type {})", ty.0)
            }
            Body::Cleanup(callee) => write!(out, "clean-up call of {}", self.name(*callee)),
            Body::CleanupIndirect(ty) => {
                write!(out, "clean-up call_indirect (type {})", ty.0)
            }
            other => write!(out, "{other:?}"),
        }
    }

    /// A function as its index and its name.
    fn name(&self, function: FuncIdx) -> String {
        let added = || {
            let at = function.0.checked_sub(self.plan.first_added.0)?;
            self.plan.added.get(at as usize).map(|added| added.name.as_str())
        };
        let import = || self.module.imports.get(function.at()).map(|(_, name)| *name);
        match self.module.names.function(function).or_else(import).or_else(added) {
            Some(name) if !name.is_empty() => {
                format!("${} {}", function.0, cut(super::roles::demangled(name)))
            }
            _ => format!("${}", function.0),
        }
    }
}

/// A name as long as a person reads: it stands once for each of its sites.
fn cut(mut name: String) -> String {
    const MOST: usize = 1000;
    if name.len() > MOST {
        name.truncate(name.floor_char_boundary(MOST));
        name.push('…');
    }
    name
}
