//! Finished work that waits for the edge, on disk: one folder per delivery.
//!
//! The files hold users' pictures (and the prompts in their notes), so nobody but the worker may read them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::delivery::{Delivery, DeliveryError};
use crate::edge::Edge;
use crate::log;

/// The edge gives a job up after it ran for an hour; what is older than two is wanted by nobody.
const OLDEST: Duration = Duration::from_secs(2 * ourvidz_core::limits::MAX_RUNNING_SECONDS as u64);
const RECORD: &str = "delivery.json";

#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
}

/// What became of the deliveries that waited.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ResendCounts {
    /// Settled, or no longer wanted.
    pub done: usize,
    pub waiting: usize,
}

impl Spool {
    /// Opens the folder, making it if need be.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        make_private(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Keeps a delivery. It is complete on disk before it gets its name, so a crash leaves no half of one.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn keep(&self, delivery: &Delivery) -> io::Result<()> {
        let name = format!("{}-{}", delivery.attempt.job_id, delivery.attempt.attempt);
        let (draft, entry) = (self.folder.join(format!(".{name}")), self.folder.join(name));
        let _ = fs::remove_dir_all(&draft);
        make_private(&draft)?;
        for (number, file) in delivery.files.iter().enumerate() {
            if file.key.is_none() {
                fs::write(draft.join(format!("{number}.bin")), &file.bytes)?;
            }
        }
        fs::write(draft.join(RECORD), serde_json::to_vec(delivery)?)?;
        let _ = fs::remove_dir_all(&entry);
        fs::rename(draft, entry)
    }

    #[must_use]
    pub fn waiting(&self) -> usize {
        self.folders().len()
    }

    /// Tries to deliver everything that waits.
    pub fn resend(&self, edge: &dyn Edge) -> ResendCounts {
        let mut resent = ResendCounts::default();
        for entry in self.folders() {
            if self.resend_one(edge, &entry) {
                resent.done += 1;
                if let Err(cause) = fs::remove_dir_all(&entry) {
                    log::error(
                        "spool_not_removed",
                        json!({"cause": cause.kind().to_string()}),
                    );
                }
            } else {
                resent.waiting += 1;
            }
        }
        resent
    }

    /// True when the delivery need not be kept.
    fn resend_one(&self, edge: &dyn Edge, entry: &Path) -> bool {
        let mut delivery = match load(entry) {
            Ok(delivery) => delivery,
            Err(cause) => {
                log::error(
                    "spool_unreadable",
                    json!({"cause": cause.kind().to_string()}),
                );
                return is_too_old(entry);
            }
        };
        let job_id = delivery.attempt.job_id;
        match delivery.finish(edge) {
            Ok(()) => {
                log::info("spooled_job_settled", json!({"job_id": job_id}));
                true
            }
            Err(DeliveryError::Stale) => {
                log::info("spooled_job_stale", json!({"job_id": job_id}));
                true
            }
            Err(DeliveryError::Refused { code, .. }) => {
                log::error(
                    "spooled_job_refused",
                    json!({"job_id": job_id, "code": code}),
                );
                true
            }
            Err(DeliveryError::Unavailable(refusal)) => {
                log::debug(
                    "spooled_job_waits",
                    json!({"job_id": job_id, "cause": refusal.to_string()}),
                );
                is_too_old(entry)
            }
        }
    }

    fn folders(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let visible = |path: &PathBuf| {
            path.file_name()
                .is_some_and(|name| !name.to_string_lossy().starts_with('.'))
                && path.join(RECORD).is_file()
        };
        let mut folders: Vec<PathBuf> = entries
            .filter_map(|found| Some(found.ok()?.path()))
            .filter(visible)
            .collect();
        folders.sort();
        folders
    }
}

fn load(entry: &Path) -> io::Result<Delivery> {
    let mut delivery: Delivery = serde_json::from_slice(&fs::read(entry.join(RECORD))?)?;
    for (number, file) in delivery.files.iter_mut().enumerate() {
        if file.key.is_none() {
            file.bytes = fs::read(entry.join(format!("{number}.bin")))?;
        }
    }
    Ok(delivery)
}

fn is_too_old(entry: &Path) -> bool {
    let written = fs::metadata(entry).and_then(|about| about.modified());
    written.is_ok_and(|written| {
        SystemTime::now()
            .duration_since(written)
            .is_ok_and(|age| age > OLDEST)
    })
}

fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
