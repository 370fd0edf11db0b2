//! Everything that talks to a backend, over one seam.

pub mod database;
pub mod http;
pub mod queues;
pub mod storage;

pub use database::{Auth, Database};
pub use http::{Backend, Http, Request, Response, TransportError};
pub use queues::{Lists, Queues};
pub use storage::{ObjectInfo, Storage};
