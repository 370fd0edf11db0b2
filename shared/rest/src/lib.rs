//! Everything that talks to a backend: the database (PostgREST), the queues (Upstash) and the storage (S3).
//!
//! All of it goes over one trait, [`Http`], which `ourvidz_runtime` implements with the runtime's `fetch` and tests
//! with the stand-ins of `fakes`. No rule of the product is here: requests are
//! built, answers are read, and errors get the code of [`ourvidz_core::Code`] that fits.

pub mod budget;
pub mod database;
mod database_error;
#[cfg(any(test, feature = "fakes"))]
pub mod fakes;
pub mod http;
pub mod queues;
pub mod storage;

pub use budget::{Budget, Retries};
pub use database::{Auth, Database};
pub use http::{Backend, Http, Pieces, Request, Response, StreamedResponse, TransportError};
pub use queues::{Lists, Queues};
pub use storage::{Beginning, ObjectInfo, Storage};
