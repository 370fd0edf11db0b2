//! The sweep: a pass, the hints that it pushes, and the note that they are pushed.

use std::rc::Rc;

use ourvidz_core::Id;
use ourvidz_core::plan::sweep;
use ourvidz_core::wire::rpc::{PushedHint, SweepDone};

use super::{Action, Protocol, State};

/// How far the sweep is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sweep {
    /// For its next pass.
    Waits,
    /// The database has named the hints to push.
    Passed(Vec<(Id, u32)>),
    /// They are pushed, which is not noted yet.
    Pushed(Vec<(Id, u32)>),
}

impl Protocol {
    pub(super) fn sweep_steps(state: &State, steps: &mut Vec<(Action, State)>) {
        let mut next = state.clone();
        match &state.sweep {
            // Before the first job there is nothing to find.
            Sweep::Waits if state.database.jobs.is_empty() => return,
            Sweep::Waits => {
                let lengths = Some((state.list.len() as u64, 0));
                let pass = sweep::pass(!state.remembers, lengths);
                let swept = Rc::make_mut(&mut next.database).sweep_pass(&pass);
                let hints = swept.push.iter().map(|hint| (hint.job_id, hint.attempt));
                let hints: Vec<_> = hints.collect();
                if !hints.is_empty() || !state.remembers {
                    next.sweep = Sweep::Passed(hints);
                }
            }
            Sweep::Passed(hints) => {
                next.remembers = true;
                for (job, _) in hints {
                    next.list.insert(0, *job);
                }
                next.sweep = if hints.is_empty() {
                    Sweep::Waits
                } else {
                    Sweep::Pushed(hints.clone())
                };
            }
            Sweep::Pushed(hints) => {
                let pushed = hints.iter().map(|(job_id, attempt)| PushedHint {
                    job_id: *job_id,
                    attempt: *attempt,
                });
                Rc::make_mut(&mut next.database).sweep_done(&SweepDone {
                    p_pushed: pushed.collect(),
                    p_deleted: Vec::new(),
                });
                next.sweep = Sweep::Waits;
            }
        }
        steps.push((Action::Sweep, next));
        if state.sweep != Sweep::Waits && state.left.crashes > 0 {
            let mut next = state.clone();
            next.left.crashes -= 1;
            next.sweep = Sweep::Waits;
            steps.push((Action::CutOff, next));
        }
    }
}
