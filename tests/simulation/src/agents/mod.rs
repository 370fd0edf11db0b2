//! Those outside the edge: users with their orders, and workers.

mod orders;
mod reports;
mod task;
mod workers;

pub use orders::Order;
pub use workers::{Kind, Worker};
