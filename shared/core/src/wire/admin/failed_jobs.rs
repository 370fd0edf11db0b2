//! `GET /api/admin/jobs`: the failed jobs that an operator asks for.

use alloc::vec::Vec;

use crate::wire::kinds::{Choice, Kind};
use crate::wire::page::{Cursor, Page, Query, page, rows_to_read};
use crate::wire::rpc::{AdminJobs, FailedJob};
use crate::{ApiError, Queue};

/// Which failed jobs an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedJobsQuery {
    /// Only of this queue.
    pub queue: Option<Queue>,
    /// Behind this one.
    pub cursor: Option<Cursor>,
    /// At most this many.
    pub limit: u32,
}

impl FailedJobsQuery {
    /// Reads the query parameters `queue`, `cursor` and `limit`.
    ///
    /// # Errors
    ///
    /// 400 names the first that is not what it should be.
    pub fn parse(query: Query<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            queue: query.one_of(
                "queue",
                &Choice::<Queue>::new().expected(),
                Queue::from_name,
            )?,
            cursor: query.cursor()?,
            limit: query.limit()?,
        })
    }

    /// The call.
    #[must_use]
    pub fn rpc(&self) -> AdminJobs {
        AdminJobs {
            p_queue: self.queue,
            p_before: self.cursor.as_ref().map(|cursor| cursor.created_at.clone()),
            p_before_id: self.cursor.as_ref().map(|cursor| cursor.id),
            p_limit: rows_to_read(self.limit),
        }
    }

    /// The answer.
    #[must_use]
    pub fn page(&self, rows: Vec<FailedJob>) -> Page<FailedJob> {
        page(
            rows,
            self.limit,
            |row| Cursor {
                created_at: row.completed_at.clone(),
                id: row.id,
            },
            |row| row,
        )
    }
}
