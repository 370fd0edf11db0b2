//! The protocol: from a claimed job to a settled one, whatever happens in between.

mod attempt;
mod delivery;
mod ending;
mod job;
mod onlooker;
mod order;
mod outcome;
mod pace;
mod packer;
mod pulse;
mod rewrite;
mod serve;
mod spool;
mod stop;

pub use attempt::Attempt;
pub use delivery::{Delivery, Ending, Parcel, Snag};
pub use job::Workshop;
pub use order::{BadOrder, Order};
pub use outcome::Outcome;
pub use pace::Pace;
pub use pulse::{Halt, Pulse};
pub use serve::Server;
pub use spool::{Resent, Spool};
pub use stop::Stop;

#[cfg(test)]
mod tests;
