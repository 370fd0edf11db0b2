//! What must hold in every state.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use ourvidz_core::plan::sweep;
use ourvidz_core::wire::rpc::Status;

use super::State;
use crate::database::{Asset, Database, Job};
use crate::explorer::{Fingerprint, fingerprint};

/// Passes of the sweep after which a job without any worker has ended: three attempts are lost or waited for
/// in vain, and an outage takes one pass.
const PASSES: u32 = 5;

/// The databases that were looked at: most steps change something else, and the same need not be looked at twice.
#[derive(Default)]
pub(super) struct Checked(RefCell<HashMap<(Fingerprint, bool), Option<String>>>);

impl Checked {
    /// The invariant that a state breaks.
    pub(super) fn broken(&self, state: &State) -> Option<String> {
        let place = (fingerprint(&state.database), state.remembers);
        let known = self.0.borrow().get(&place).cloned();
        known.unwrap_or_else(|| {
            let broken = broken(&state.database, state.remembers);
            self.0.borrow_mut().insert(place, broken.clone());
            broken
        })
    }
}

fn broken(database: &Database, remembers: bool) -> Option<String> {
    of_database(database)
        .or_else(|| (database.jobs.len() > 1).then(|| "one order made two jobs".to_owned()))
        .or_else(|| (!ends_by_itself(database)).then(|| "nothing ends the job".to_owned()))
        .or_else(|| {
            (!is_handed_out_again(database, remembers))
                .then(|| "a waiting job gets no hint".to_owned())
        })
}

/// What holds in a database of any number of jobs.
#[must_use]
pub fn of_database(database: &Database) -> Option<String> {
    if let Some(breach) = database.breach {
        return Some(breach.to_owned());
    }
    for job in database.jobs.values() {
        if let Some(broken) = of_job(job).or_else(|| of_files(database, job)) {
            return Some(format!("{broken} ({})", job.id));
        }
    }
    for (user, account) in &database.accounts {
        let own = database.jobs.values().filter(|job| job.user_id == *user);
        let held: i64 = own.clone().map(|job| i64::from(job.held())).sum();
        let spent: i64 = own.map(|job| i64::from(job.charged)).sum();
        if account.available + account.held + account.spent != account.issued {
            return Some("the postings do not add up to zero".to_owned());
        }
        if account.held != held || account.spent != spent || account.available < 0 {
            return Some("the account says something else than the jobs".to_owned());
        }
    }
    None
}

fn of_job(job: &Job) -> Option<&'static str> {
    let any = |test: fn(&Asset) -> bool| job.assets.iter().any(test);
    let has_ended = job.status.is_terminal();
    let worth = |test: fn(&Asset) -> bool| {
        let assets = job.assets.iter().filter(|asset| test(asset));
        job.price_each * u32::try_from(assets.count()).unwrap_or(u32::MAX)
    };
    let delivered = worth(|asset| asset.status == Status::Completed);
    // A cancel may cost more than what was delivered.
    let most = delivered + worth(|asset| asset.status == Status::Canceled);
    let rules = [
        (job.endings > 1, "a job ended twice"),
        (any(|asset| asset.settled > 1), "an asset was settled twice"),
        (
            any(|asset| asset.completions > 1),
            "an asset was completed twice",
        ),
        (
            !(delivered..=most).contains(&job.charged),
            "a job costs what it should not",
        ),
        (
            job.held() != worth(|asset| !asset.status.is_terminal()),
            "a job holds something else than what is open of it",
        ),
        (
            has_ended && any(|asset| !asset.status.is_terminal()),
            "an ended job has an open asset",
        ),
        (
            has_ended && (job.lease.is_some() || job.outbox.is_some()),
            "an ended job is still handed out",
        ),
        (
            job.status == Status::Completed && !any(|asset| asset.status == Status::Completed),
            "a completed job has nothing to show",
        ),
        (
            (job.status == Status::Processing) != job.lease.is_some(),
            "a job runs if and only if somebody holds it",
        ),
    ];
    rules
        .into_iter()
        .find_map(|(is_broken, rule)| is_broken.then_some(rule))
}

/// What a row shows is never deleted.
fn of_files(database: &Database, job: &Job) -> Option<&'static str> {
    let is_doomed = |key: &Option<Rc<str>>| {
        let name = |key: &Rc<str>| (job.job_type.bucket().to_owned(), key.to_string());
        key.as_ref()
            .is_some_and(|key| database.doomed.contains_key(&name(key)))
    };
    let shown = |asset: &Asset| is_doomed(&asset.url) || is_doomed(&asset.thumbnail);
    job.assets
        .iter()
        .any(shown)
        .then_some("a picture that a row shows is to be deleted")
}

/// Every accepted job ends: if all else stands still for ever, the clock and the sweep alone end it.
fn ends_by_itself(database: &Database) -> bool {
    let has_ended =
        |database: &Database| database.jobs.values().all(|job| job.status.is_terminal());
    let mut database = database.clone();
    for _ in 0..PASSES {
        if has_ended(&database) {
            break;
        }
        for job in database.jobs.values_mut() {
            job.queued_ms = 0;
            if let Some(lease) = &mut job.lease {
                lease.until_ms = 0;
            }
        }
        database.sweep_pass(&sweep::pass(false, None, 1));
    }
    has_ended(&database) && of_database(&database).is_none()
}

/// A waiting job is not forgotten: with nothing on the list and nobody on the way, the next pass pushes it.
fn is_handed_out_again(database: &Database, remembers: bool) -> bool {
    let mut database = database.clone();
    let swept = database.sweep_pass(&sweep::pass(!remembers, Some((0, 0)), 1));
    let is_pushed = |job: &Job| {
        let hints = swept.push.iter();
        hints
            .map(|hint| (hint.job_id, hint.attempt))
            .any(|hint| hint == (job.id, job.attempt))
    };
    let mut waiting = database
        .jobs
        .values()
        .filter(|job| job.status == Status::Queued);
    waiting.all(is_pushed)
}
