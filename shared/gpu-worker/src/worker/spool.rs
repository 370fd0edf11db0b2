//! Finished work that waits for the edge, on disk: one folder per delivery.
//!
//! The files hold users' pictures (and the prompts in their notes), so nobody but the worker may read them.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::delivery::{Delivery, DeliveryError};
use crate::edge::Edge;
use crate::log;

/// The edge gives a job up after it ran for an hour; what is older than two is wanted by nobody.
const OLDEST: Duration = Duration::from_secs(2 * ourvidz_core::limits::MAX_RUNNING_SECONDS as u64);
/// A worker claims nothing while the edge is down, so that a handful of results wait at most; this bounds what many
/// short outages leave behind, at some twenty of the largest clips.
const MOST_BYTES: u64 = 4 << 30;
const RECORD: &str = "delivery.json";

#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
    /// What may wait together.
    pub(super) most_bytes: u64,
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
            most_bytes: MOST_BYTES,
        })
    }

    /// Removes what a crash left half written. Only for the worker that writes here.
    pub fn remove_drafts(&self) {
        for entry in entries_of(&self.folder).filter(|entry| is_draft(entry)) {
            let _ = fs::remove_dir_all(entry);
        }
    }

    /// Keeps a delivery. It is complete on disk before it gets its name, so that neither a crash nor a loss of power
    /// leaves half of one. Where it would be too much, the oldest go: they are the nearest to being wanted by nobody.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn keep(&self, delivery: &Delivery) -> io::Result<()> {
        let name = format!("{}-{}", delivery.attempt.job_id, delivery.attempt.attempt);
        let (draft, entry) = (self.folder.join(format!(".{name}")), self.folder.join(name));
        let _ = fs::remove_dir_all(&draft);
        let waiting = delivery.files.iter().filter(|file| file.key.is_none());
        self.make_room(waiting.map(|file| file.bytes.len() as u64).sum());
        make_private(&draft)?;
        for (number, file) in delivery.files.iter().enumerate() {
            if file.key.is_none() {
                write_durably(&draft.join(format!("{number}.bin")), &file.bytes)?;
            }
        }
        write_durably(&draft.join(RECORD), &serde_json::to_vec(delivery)?)?;
        sync_folder(&draft)?;
        let _ = fs::remove_dir_all(&entry);
        fs::rename(draft, entry)?;
        sync_folder(&self.folder)
    }

    /// Removes the oldest deliveries until so many bytes more are within the bound.
    fn make_room(&self, bytes: u64) {
        let mut waiting: Vec<(SystemTime, u64, PathBuf)> = self
            .folders()
            .into_iter()
            .filter_map(|entry| Some((modified(&entry)?, bytes_in(&entry), entry)))
            .collect();
        waiting.sort();
        let mut total = bytes + waiting.iter().map(|each| each.1).sum::<u64>();
        for (_, size, entry) in waiting {
            if total <= self.most_bytes {
                return;
            }
            log::error("spool_full", json!({"removed_bytes": size}));
            let _ = fs::remove_dir_all(entry);
            total -= size;
        }
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
            Err(DeliveryError::Occupied) => {
                log::error("spooled_job_occupied", json!({"job_id": job_id}));
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
        let mut folders: Vec<PathBuf> = entries_of(&self.folder)
            .filter(|entry| !is_draft(entry) && entry.join(RECORD).is_file())
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

fn entries_of(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|found| Some(found.ok()?.path()))
}

fn is_draft(entry: &Path) -> bool {
    entry
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn bytes_in(entry: &Path) -> u64 {
    let sizes = entries_of(entry).filter_map(|file| Some(fs::metadata(file).ok()?.len()));
    sizes.sum()
}

fn modified(entry: &Path) -> Option<SystemTime> {
    fs::metadata(entry).and_then(|about| about.modified()).ok()
}

/// Writes a file that is there after a loss of power.
fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in a folder last; other systems than Unix cannot be asked to.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

fn is_too_old(entry: &Path) -> bool {
    modified(entry).is_some_and(|written| {
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
