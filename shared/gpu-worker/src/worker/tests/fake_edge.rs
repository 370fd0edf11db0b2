//! An edge in memory: it keeps the law of leases, and does what a test tells it to do wrong.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use ourvidz_core::wire::callback::UploadHeaders;

use crate::edge::{
    Claim, ClaimBody, Edge, EdgeError, JobReport, ReportReply, ReportStatus, Role, SignedReference,
    UploadTarget,
};

/// What a test wants to happen to a report; none for the ordinary course.
type Whim = Box<dyn FnMut(&JobReport) -> Option<Result<ReportReply, EdgeError>> + Send>;
/// What a test wants to happen to an upload.
type UploadWhim = Box<dyn FnMut(&UploadTarget) -> Result<(), EdgeError> + Send>;

#[derive(Default)]
struct State {
    jobs: VecDeque<Claim>,
    asks: Vec<ClaimBody>,
    reports: Vec<JobReport>,
    files: BTreeMap<String, Vec<u8>>,
    settled: BTreeMap<(ourvidz_core::Id, u32), ReportStatus>,
    whim: Option<Whim>,
    upload_whim: Option<UploadWhim>,
    claim_refusals: VecDeque<EdgeError>,
    download_refusal: Option<u16>,
}

#[derive(Default)]
pub struct FakeEdge(Mutex<State>);

pub fn unavailable() -> EdgeError {
    EdgeError::from_status(503, "unavailable", None)
}

impl FakeEdge {
    pub fn offer(&self, claim: Claim) {
        self.0.lock().unwrap().jobs.push_back(claim);
    }

    pub fn refuse_claims(&self, refusals: impl IntoIterator<Item = EdgeError>) {
        self.0.lock().unwrap().claim_refusals.extend(refusals);
    }

    pub fn on_report(
        &self,
        whim: impl FnMut(&JobReport) -> Option<Result<ReportReply, EdgeError>> + Send + 'static,
    ) {
        self.0.lock().unwrap().whim = Some(Box::new(whim));
    }

    pub fn on_upload(
        &self,
        whim: impl FnMut(&UploadTarget) -> Result<(), EdgeError> + Send + 'static,
    ) {
        self.0.lock().unwrap().upload_whim = Some(Box::new(whim));
    }

    pub fn put_file(&self, address: &str, bytes: &[u8]) {
        let mut state = self.0.lock().unwrap();
        state.files.insert(address.to_owned(), bytes.to_vec());
    }

    /// Answers downloads with this status.
    pub fn refuse_downloads(&self, status: u16) {
        self.0.lock().unwrap().download_refusal = Some(status);
    }

    /// Does everything right from now on.
    pub fn recover(&self) {
        let mut state = self.0.lock().unwrap();
        (state.whim, state.upload_whim) = (None, None);
    }

    pub fn reports(&self) -> Vec<JobReport> {
        self.0.lock().unwrap().reports.clone()
    }

    pub fn last(&self) -> JobReport {
        self.reports().pop().unwrap()
    }

    pub fn asks(&self) -> Vec<ClaimBody> {
        self.0.lock().unwrap().asks.clone()
    }

    pub fn file(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().files.get(key).cloned()
    }

    /// The reports that say more than "still alive", one line each.
    pub fn story(&self) -> String {
        let mut story = String::new();
        for report in self.reports() {
            let mut line = format!("{:?}", report.status).to_lowercase();
            for ask in &report.upload_requests {
                line += &format!(" {:?}{}?", ask.role, ask.index).to_lowercase();
            }
            let keys = |keys: &[Option<String>]| {
                keys.iter()
                    .map(|key| key.as_deref().unwrap_or("-"))
                    .collect::<Vec<_>>()
                    .join(",")
            };
            if let Some(assets) = &report.assets {
                line += &format!(" assets={}", keys(assets));
            }
            if let Some(thumbnails) = &report.thumbnails {
                line += &format!(" thumbnails={}", keys(thumbnails));
            }
            if let Some(poster) = &report.poster {
                line += &format!(" poster={poster}");
            }
            if let Some(code) = report.metadata.get("error_code") {
                line += &format!(" {code} retryable={}", report.retryable.unwrap_or_default());
            }
            if line != "processing" {
                story += &line;
                story.push('\n');
            }
        }
        story
    }
}

fn key(report: &JobReport, index: u8, role: Role) -> String {
    let final_status = match role {
        Role::Image => "png",
        Role::Video => "mp4",
        Role::Thumbnail => "thumb",
        Role::Poster => "poster",
    };
    format!("{}-{}.{final_status}", report.attempt, index)
}

impl Edge for FakeEdge {
    fn claim(&self, ask: &ClaimBody) -> Result<Option<Claim>, EdgeError> {
        let mut state = self.0.lock().unwrap();
        state.asks.push(ask.clone());
        if let Some(refusal) = state.claim_refusals.pop_front() {
            return Err(refusal);
        }
        let queue_of = |claim: &Claim| claim.job_type.queue().as_str();
        let fits = |claim: &Claim| {
            queue_of(claim) == ask.queue && ask.job_id.is_none_or(|job_id| job_id == claim.job_id)
        };
        let place = state.jobs.iter().position(fits);
        Ok(place.and_then(|place| state.jobs.remove(place)))
    }

    fn report(&self, report: &JobReport) -> Result<ReportReply, EdgeError> {
        let mut state = self.0.lock().unwrap();
        state.reports.push(report.clone());
        if let Some(answer) = state.whim.as_mut().and_then(|whim| whim(report)) {
            return answer;
        }
        let attempt = (report.job_id, report.attempt);
        if let Some(first) = state.settled.get(&attempt) {
            let replayed = *first == report.status;
            return Ok(ReportReply {
                replayed,
                ignored: !replayed,
                ..ReportReply::default()
            });
        }
        for key in report
            .assets
            .iter()
            .flatten()
            .chain(report.thumbnails.iter().flatten())
            .flatten()
        {
            assert!(
                state.files.contains_key(key),
                "{key} was reported and never uploaded"
            );
        }
        if report.status != ReportStatus::Processing {
            state.settled.insert(attempt, report.status);
        }
        let uploads = report.upload_requests.iter().map(|ask| UploadTarget {
            index: ask.index,
            role: ask.role,
            key: key(report, ask.index, ask.role),
            url: format!("http://storage/{}", ask.bytes),
            method: "PUT".to_owned(),
            headers: UploadHeaders::new(&ask.content_type),
            check_url: String::new(),
            expires_at: String::new(),
        });
        Ok(ReportReply {
            uploads: uploads.collect(),
            ..ReportReply::default()
        })
    }

    fn upload(&self, target: &UploadTarget, bytes: &[u8]) -> Result<(), EdgeError> {
        let mut state = self.0.lock().unwrap();
        if let Some(whim) = &mut state.upload_whim {
            whim(target)?;
        }
        assert_eq!(
            target.url,
            format!("http://storage/{}", bytes.len()),
            "the signed length"
        );
        state.files.insert(target.key.clone(), bytes.to_vec());
        Ok(())
    }

    fn download(&self, reference: &SignedReference) -> Result<Vec<u8>, EdgeError> {
        let state = self.0.lock().unwrap();
        if let Some(status) = state.download_refusal {
            return Err(EdgeError::from_status(status, "storage", None));
        }
        let file = state.files.get(&reference.url);
        file.cloned().ok_or_else(unavailable)
    }
}
