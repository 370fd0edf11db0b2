//! The sweep: a pass, the hints that it pushes, and the note that they are pushed.

use std::rc::Rc;

use ourvidz_core::Id;
use ourvidz_core::plan::sweep;
use ourvidz_core::wire::rpc::{PushedHint, SweepDone};

use super::{Action, Protocol, State};

/// How far a sweep is that has something to do besides its pass.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sweep {
    /// The database has named the hints to push.
    Passed(Vec<(Id, u32)>),
    /// They are pushed, which is not noted yet.
    Pushed(Vec<(Id, u32)>),
}

impl Protocol {
    pub(super) fn sweep_steps(state: &State, steps: &mut Vec<(Action, State)>) {
        // Before the first job there is nothing to find.
        if state.database.jobs.is_empty() {
            return;
        }
        let is_second = !state.sweeps.is_empty();
        if !is_second || state.left.second_sweeps > 0 {
            let mut next = state.clone();
            next.left.second_sweeps -= u8::from(is_second);
            pass(state, &mut next);
            steps.push((Action::Sweep, next));
        }
        for (index, sweep) in state.sweeps.iter().enumerate() {
            let mut without = state.clone();
            without.sweeps.remove(index);
            let mut next = without.clone();
            go_on(sweep, &mut next);
            steps.push((Action::Sweep, next));
            if state.left.crashes > 0 {
                without.left.crashes -= 1;
                steps.push((Action::CutOff, without));
            }
        }
    }
}

fn pass(state: &State, next: &mut State) {
    let lengths = Some((state.list.len() as u64, 0));
    let pass = sweep::pass(!state.remembers, lengths, 1);
    let swept = Rc::make_mut(&mut next.database).sweep_pass(&pass);
    let hints = swept.push.iter().map(|hint| (hint.job_id, hint.attempt));
    let hints: Vec<_> = hints.collect();
    if !hints.is_empty() || !state.remembers {
        next.sweeps.push(Sweep::Passed(hints));
    }
}

fn go_on(sweep: &Sweep, next: &mut State) {
    match sweep {
        Sweep::Passed(hints) => {
            next.remembers = true;
            for (job, _) in hints {
                next.list.insert(0, *job);
            }
            if !hints.is_empty() {
                next.sweeps.push(Sweep::Pushed(hints.clone()));
            }
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
        }
    }
}
