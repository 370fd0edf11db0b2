//! What a job delivers: files, where they went, and how it ended. It can be interrupted anywhere and taken up
//! again, after a failed upload or after a restart of the program.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::attempt::Attempt;
use super::heartbeat::Heartbeat;
use crate::edge::{
    Edge, EdgeError, JobReport, OCCUPIED, ReportReply, ReportStatus, Role, UploadRequest,
};

/// Uploads of one file before the edge is asked for a fresh address.
const UPLOAD_TRIES: u32 = 2;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    pub index: u8,
    pub role: Role,
    pub content_type: String,
    /// The object's key once it is uploaded.
    pub key: Option<String>,
    /// The file; empty once it is uploaded.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FinalStatus {
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
    /// Released: given back to the queue.
    Released {
        /// For operators, where it was not the job's owner or the program's end.
        cause: Option<String>,
    },
}

/// Why a delivery did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryError {
    /// The attempt is not ours any more.
    Stale,
    /// Another file lies where one should go: whoever had this attempt before and gave it back left it there. The next
    /// attempt has places of its own.
    Occupied,
    /// It was refused for good.
    Refused {
        code: String,
        /// Whether it was a file that was refused: then the job can still be settled as failed.
        at_upload: bool,
    },
    /// It can be tried again later.
    Unavailable(EdgeError),
}

/// Everything that is to be delivered for one attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    pub attempt: Attempt,
    /// How many assets were ordered.
    pub ordered: u8,
    pub files: Vec<OutputFile>,
    /// How far it came, 0 to 100: what a canceled job is charged by.
    pub progress: u8,
    /// The prompt that a language model made of the user's.
    #[serde(default)]
    pub enhanced_prompt: Option<String>,
    /// How it ended; none while it goes on.
    pub final_status: Option<FinalStatus>,
    pub metadata: Map<String, Value>,
}

impl Delivery {
    #[must_use]
    pub fn new(attempt: Attempt, ordered: u8) -> Self {
        Self {
            attempt,
            ordered,
            files: Vec::new(),
            progress: 0,
            enhanced_prompt: None,
            final_status: None,
            metadata: Map::new(),
        }
    }

    pub fn add(&mut self, index: u8, role: Role, content_type: &str, bytes: Vec<u8>) {
        self.files.push(OutputFile {
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
    /// See [`DeliveryError`]; files that did arrive are not uploaded again.
    pub fn upload(
        &mut self,
        edge: &dyn Edge,
        heartbeat: Option<&Heartbeat>,
    ) -> Result<(), DeliveryError> {
        let mut asked = 0;
        loop {
            let pending: Vec<UploadRequest> = self
                .files
                .iter()
                .filter(|file| file.key.is_none())
                .map(ask)
                .collect();
            if pending.is_empty() {
                return Ok(());
            }
            let mut report = self.attempt.report(ReportStatus::Processing);
            report.progress = heartbeat.map(Heartbeat::progress);
            report.upload_requests = pending;
            let answer = send(edge, &report, heartbeat).map_err(|error| match error {
                DeliveryError::Refused { code, .. } => DeliveryError::Refused {
                    code,
                    at_upload: true,
                },
                other => other,
            })?;
            asked += 1;
            match self.put(edge, &answer) {
                Ok(()) if asked < UPLOAD_TRIES => {}
                Ok(()) if self.files.iter().all(|file| file.key.is_some()) => {}
                Ok(()) => {
                    return Err(DeliveryError::Unavailable(EdgeError::no_answer(
                        "the edge gave no address for a file",
                    )));
                }
                Err(EdgeError::Permanent {
                    status: OCCUPIED, ..
                }) => return Err(DeliveryError::Occupied),
                // An address can be too old or damaged: one fresh one is asked for before it counts.
                Err(_) if asked < UPLOAD_TRIES => {}
                Err(EdgeError::Permanent { status, code }) => {
                    return Err(DeliveryError::Refused {
                        code: format!("{code}_{status}"),
                        at_upload: true,
                    });
                }
                Err(keep) => return Err(DeliveryError::Unavailable(keep)),
            }
        }
    }

    fn put(&mut self, edge: &dyn Edge, answer: &ReportReply) -> Result<(), EdgeError> {
        for target in &answer.uploads {
            let wanted = |file: &&mut OutputFile| {
                file.key.is_none() && file.index == target.index && file.role == target.role
            };
            if let Some(file) = self.files.iter_mut().find(wanted) {
                edge.upload(target, &file.bytes)?;
                file.key = Some(target.key.clone());
                file.bytes = Vec::new();
            }
        }
        Ok(())
    }

    /// Settles the pictures that are there, while the rest is still being made.
    ///
    /// # Errors
    ///
    /// See [`DeliveryError`].
    pub fn settle_so_far(
        &mut self,
        edge: &dyn Edge,
        heartbeat: &Heartbeat,
    ) -> Result<(), DeliveryError> {
        let mut report = self.attempt.report(ReportStatus::Processing);
        report.progress = Some(heartbeat.progress());
        report.metadata = self.metadata.clone();
        report.snapshot = self.attempt.snapshot.take();
        self.list_files(&mut report);
        self.attempt.snapshot = send(edge, &report, Some(heartbeat))?.snapshot;
        Ok(())
    }

    /// Uploads what is left and settles the job.
    ///
    /// # Errors
    ///
    /// See [`DeliveryError`].
    pub fn finish(&mut self, edge: &dyn Edge) -> Result<(), DeliveryError> {
        let final_status = self
            .final_status
            .clone()
            .unwrap_or(FinalStatus::Released { cause: None });
        let mut report = match &final_status {
            FinalStatus::Completed => {
                self.upload(edge, None)?;
                let mut report = self.attempt.report(ReportStatus::Completed);
                report.enhanced_prompt = self.enhanced_prompt.clone();
                self.list_files(&mut report);
                report
            }
            FinalStatus::Failed {
                message,
                code,
                retryable,
            } => {
                let mut report = self.attempt.report(ReportStatus::Failed);
                report.error_message = Some(message.clone());
                report.retryable = Some(*retryable);
                self.metadata
                    .insert("error_code".to_owned(), code.clone().into());
                report
            }
            FinalStatus::Released { cause } => {
                let mut report = self.attempt.report(ReportStatus::Released);
                report.error_message = cause.clone();
                report.progress = Some(self.progress);
                report
            }
        };
        report.snapshot = self.attempt.snapshot.clone();
        report.metadata = self.metadata.clone();
        send(edge, &report, None).map(drop)
    }

    fn list_files(&self, report: &mut JobReport) {
        let keys = |roles: &[Role]| -> Vec<Option<String>> {
            (0..self.ordered)
                .map(|index| {
                    let fits =
                        |file: &&OutputFile| file.index == index && roles.contains(&file.role);
                    self.files
                        .iter()
                        .find(fits)
                        .and_then(|file| file.key.clone())
                })
                .collect()
        };
        report.assets = Some(keys(&[Role::Image, Role::Video]));
        report.thumbnails =
            Some(keys(&[Role::Thumbnail])).filter(|keys| keys.iter().any(Option::is_some));
        report.poster = keys(&[Role::Poster]).into_iter().flatten().next();
    }
}

fn ask(file: &OutputFile) -> UploadRequest {
    UploadRequest {
        index: file.index,
        role: file.role,
        content_type: file.content_type.clone(),
        bytes: file.bytes.len() as u64,
    }
}

/// Sends a report; an answer that ignores it is an error.
fn send(
    edge: &dyn Edge,
    report: &JobReport,
    heartbeat: Option<&Heartbeat>,
) -> Result<ReportReply, DeliveryError> {
    match edge.report(report) {
        Ok(answer) => {
            if let Some(heartbeat) = heartbeat {
                heartbeat.apply_answer(&answer);
            }
            if answer.ignored {
                Err(DeliveryError::Stale)
            } else {
                Ok(answer)
            }
        }
        Err(EdgeError::Permanent { code, .. }) => Err(DeliveryError::Refused {
            code,
            at_upload: false,
        }),
        Err(keep) => Err(DeliveryError::Unavailable(keep)),
    }
}
