//! Random schedules of the real handlers: deterministic simulation.
//!
//! Some users, one of them greedy and one patient, workers of both generations and up to two sweeps at once use the handlers of the functions as
//! they are, on backends that break before and after each write. A seed decides who goes next, between any
//! two calls to a backend, and what goes wrong: [`schedule`] is that loop. What must hold is checked after each
//! write ([`scene`]) and when everything has ended. A schedule that breaks something is cut down
//! to the few choices that matter ([`shorten`]).
//!
//! The same handlers also get requests that nobody meant ([`mangle`]), in a service where all goes well ([`calm`]).

mod agents;
mod backends;
mod calm;
mod choices;
mod fairness;
mod mangle;
mod requests;
mod runtime;
mod scene;
mod schedule;
mod shorten;

pub use calm::Calm;
pub use mangle::Mangler;
pub use requests::Function;
pub use scene::Sabotage;
pub use schedule::{Outcome, run};
pub use shorten::shortest;
