//! What a job delivers: files, where they went, and how it ended. It can be interrupted anywhere and taken up
//! again, after a failed upload or after a restart of the program.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::attempt::Attempt;
use super::pulse::Pulse;
use crate::edge::{Answer, Edge, Refusal, Report, Role, Status, UploadAsk};

/// Uploads of one file before the edge is asked for a fresh address.
const UPLOAD_TRIES: u32 = 2;

/// One file on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Place in the batch.
    pub index: u8,
    /// What it is.
    pub role: Role,
    /// Its media type.
    pub content_type: String,
    /// The object's key once it is uploaded.
    pub key: Option<String>,
    /// The file; empty once it is uploaded.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// All that could be made is made.
    Completed,
    /// It did not work.
    Failed {
        /// For operators.
        message: String,
        /// For programs.
        code: String,
        /// Whether another attempt could succeed.
        retryable: bool,
    },
    /// Given back.
    Released,
}

/// Why a delivery stopped short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snag {
    /// Nobody wants it any more.
    Stale,
    /// It was refused for good.
    Refused {
        /// The edge's error code.
        code: String,
        /// Whether it was a file that was refused: then the job can still be settled as failed.
        at_upload: bool,
    },
    /// It can be tried again later.
    Later(Refusal),
}

/// Everything that is to be delivered for one attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// On whose behalf.
    pub attempt: Attempt,
    /// How many assets were ordered.
    pub ordered: u8,
    /// The files.
    pub parcels: Vec<Parcel>,
    /// How far it came, 0 to 100: what a job that is called off is charged by.
    pub progress: u8,
    /// The prompt that a language model made of the user's.
    #[serde(default)]
    pub enhanced_prompt: Option<String>,
    /// How it ended; none while it goes on.
    pub ending: Option<Ending>,
    /// Facts about the work.
    pub metadata: Map<String, Value>,
}

impl Delivery {
    /// Nothing yet.
    #[must_use]
    pub fn new(attempt: Attempt, ordered: u8) -> Self {
        Self {
            attempt,
            ordered,
            parcels: Vec::new(),
            progress: 0,
            enhanced_prompt: None,
            ending: None,
            metadata: Map::new(),
        }
    }

    /// Adds a file.
    pub fn add(&mut self, index: u8, role: Role, content_type: &str, bytes: Vec<u8>) {
        self.parcels.push(Parcel {
            index,
            role,
            content_type: content_type.to_owned(),
            key: None,
            bytes,
        });
    }

    /// Uploads every file that is not there yet.
    ///
    /// # Errors
    ///
    /// See [`Snag`]; files that did arrive are not uploaded again.
    pub fn upload(&mut self, edge: &dyn Edge, pulse: Option<&Pulse>) -> Result<(), Snag> {
        let mut asked = 0;
        loop {
            let pending: Vec<UploadAsk> = self
                .parcels
                .iter()
                .filter(|parcel| parcel.key.is_none())
                .map(ask)
                .collect();
            if pending.is_empty() {
                return Ok(());
            }
            let mut report = self.attempt.report(Status::Processing);
            report.progress = pulse.map(Pulse::progress);
            report.upload_requests = pending;
            let answer = send(edge, &report, pulse).map_err(|snag| match snag {
                Snag::Refused { code, .. } => Snag::Refused {
                    code,
                    at_upload: true,
                },
                other => other,
            })?;
            asked += 1;
            match self.put(edge, &answer) {
                Ok(()) if asked < UPLOAD_TRIES => {}
                Ok(()) if self.parcels.iter().all(|parcel| parcel.key.is_some()) => {}
                Ok(()) => {
                    return Err(Snag::Later(Refusal::silence(
                        "the edge gave no address for a file",
                    )));
                }
                // An address can be too old or damaged: one fresh one is asked for before it counts.
                Err(_) if asked < UPLOAD_TRIES => {}
                Err(Refusal::Drop { status, code }) => {
                    return Err(Snag::Refused {
                        code: format!("{code}_{status}"),
                        at_upload: true,
                    });
                }
                Err(keep) => return Err(Snag::Later(keep)),
            }
        }
    }

    fn put(&mut self, edge: &dyn Edge, answer: &Answer) -> Result<(), Refusal> {
        for target in &answer.uploads {
            let wanted = |parcel: &&mut Parcel| {
                parcel.key.is_none() && parcel.index == target.index && parcel.role == target.role
            };
            if let Some(parcel) = self.parcels.iter_mut().find(wanted) {
                edge.upload(target, &parcel.bytes)?;
                parcel.key = Some(target.key.clone());
                parcel.bytes = Vec::new();
            }
        }
        Ok(())
    }

    /// Settles the pictures that are there, while the rest is still being made.
    ///
    /// # Errors
    ///
    /// See [`Snag`].
    pub fn settle_so_far(&self, edge: &dyn Edge, pulse: &Pulse) -> Result<(), Snag> {
        let mut report = self.attempt.report(Status::Processing);
        report.progress = Some(pulse.progress());
        report.metadata = self.metadata.clone();
        self.list_files(&mut report);
        send(edge, &report, Some(pulse)).map(drop)
    }

    /// Uploads what is left and settles the job.
    ///
    /// # Errors
    ///
    /// See [`Snag`].
    pub fn finish(&mut self, edge: &dyn Edge) -> Result<(), Snag> {
        let ending = self.ending.clone().unwrap_or(Ending::Released);
        let mut report = match &ending {
            Ending::Completed => {
                self.upload(edge, None)?;
                let mut report = self.attempt.report(Status::Completed);
                report.enhanced_prompt = self.enhanced_prompt.clone();
                self.list_files(&mut report);
                report
            }
            Ending::Failed {
                message,
                code,
                retryable,
            } => {
                let mut report = self.attempt.report(Status::Failed);
                report.error_message = Some(message.clone());
                report.retryable = Some(*retryable);
                self.metadata
                    .insert("error_code".to_owned(), code.clone().into());
                report
            }
            Ending::Released => {
                let mut report = self.attempt.report(Status::Released);
                report.progress = Some(self.progress);
                report
            }
        };
        report.metadata = self.metadata.clone();
        send(edge, &report, None).map(drop)
    }

    fn list_files(&self, report: &mut Report) {
        let keys = |roles: &[Role]| -> Vec<Option<String>> {
            (0..self.ordered)
                .map(|index| {
                    let fits =
                        |parcel: &&Parcel| parcel.index == index && roles.contains(&parcel.role);
                    self.parcels
                        .iter()
                        .find(fits)
                        .and_then(|parcel| parcel.key.clone())
                })
                .collect()
        };
        report.assets = Some(keys(&[Role::Image, Role::Video]));
        report.thumbnails =
            Some(keys(&[Role::Thumbnail])).filter(|keys| keys.iter().any(Option::is_some));
        report.poster = keys(&[Role::Poster]).into_iter().flatten().next();
    }
}

fn ask(parcel: &Parcel) -> UploadAsk {
    UploadAsk {
        index: parcel.index,
        role: parcel.role,
        content_type: parcel.content_type.clone(),
        bytes: parcel.bytes.len() as u64,
    }
}

/// Sends a report; an answer that ignores it is a snag, not a success.
fn send(edge: &dyn Edge, report: &Report, pulse: Option<&Pulse>) -> Result<Answer, Snag> {
    match edge.report(report) {
        Ok(answer) => {
            if let Some(pulse) = pulse {
                pulse.heed(&answer);
            }
            if answer.ignored {
                Err(Snag::Stale)
            } else {
                Ok(answer)
            }
        }
        Err(Refusal::Drop { code, .. }) => Err(Snag::Refused {
            code,
            at_upload: false,
        }),
        Err(keep) => Err(Snag::Later(keep)),
    }
}
