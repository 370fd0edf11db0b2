//! Prompts that a language model makes better before anything is generated.

use ourvidz_core::Model;

use super::*;
use crate::edge::{ReportReply, ReportStatus};
use crate::engine::{
    ChatAnswer, ChatRequest, Engine, EngineError, ImageRequest, Observer, ReferencePicture,
    Stopped, VideoRequest,
};

/// Paints like the preview, and answers what it is told to.
struct Poet {
    painter: PreviewEngine,
    answer: Result<&'static str, EngineError>,
    asked: Vec<ChatRequest>,
    painted: Vec<String>,
}

fn poet(answer: Result<&'static str, EngineError>) -> Poet {
    Poet {
        painter: engine(0),
        answer,
        asked: Vec::new(),
        painted: Vec::new(),
    }
}

impl Engine for Poet {
    fn name(&self) -> &'static str {
        "poet"
    }
    fn load(&mut self, model: Model) -> Result<(), EngineError> {
        self.painter.load(model)
    }
    fn unload(&mut self, model: Model) {
        self.painter.unload(model);
    }
    fn loaded(&self) -> Vec<Model> {
        self.painter.loaded()
    }
    fn text_to_image(
        &mut self,
        request: &ImageRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        self.painted.push(request.prompt.clone());
        self.painter.text_to_image(request, observer)
    }
    fn image_to_image(
        &mut self,
        request: &ImageRequest,
        references: &[ReferencePicture],
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        self.painter.image_to_image(request, references, observer)
    }
    fn text_to_video(
        &mut self,
        request: &VideoRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), EngineError> {
        self.painter.text_to_video(request, observer)
    }
    fn language_model(&self) -> Option<String> {
        Some("poet".to_owned())
    }
    fn chat(
        &mut self,
        request: &ChatRequest,
        say: &mut dyn FnMut(&str) -> Result<(), Stopped>,
    ) -> Result<ChatAnswer, EngineError> {
        self.asked.push(request.clone());
        // Long enough for a heartbeat to come back with what the owner wants.
        if self.answer == Ok("(goes on for ever)") {
            loop {
                say("and ")?;
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        say("")?;
        Ok(ChatAnswer {
            text: self.answer.clone()?.to_owned(),
            prompt_tokens: 1,
            answer_tokens: 1,
            complete: true,
        })
    }
}

const BETTER: &str = "a red fox in snow, soft winter light, low angle, sharp focus";

fn check(answer: Result<&'static str, EngineError>, method: &str) -> String {
    let mut bench = Bench::new();
    bench.terms = ExtraTerms::parse("[minor and sexual]\nrefusedword\n").unwrap();
    let mut poet = poet(answer);
    let claim = claim(JOB, "image7b_high_enhanced", 1, 2);
    assert_eq!(
        bench.runner().work(&claim, &mut poet),
        JobOutcome::Completed
    );
    assert_eq!(poet.asked.len(), 1);
    assert_eq!(poet.asked[0].messages[1].text, "a red fox in snow");
    let reports = bench.edge.reports();
    let last = reports.last().unwrap();
    assert_eq!(last.metadata["enhancement"], method);
    let reported = last.enhanced_prompt.clone().unwrap();
    assert_eq!(poet.painted, std::slice::from_ref(&reported));
    reported
}

#[test]
fn the_models_prompt_is_painted_and_told() {
    assert_eq!(check(Ok(BETTER), "qwen"), BETTER);
}

#[test]
fn where_the_model_is_of_no_use_the_rules_write() {
    for answer in [
        Ok(""),
        Ok("I cannot help with that."),
        Ok("A lighthouse, towering waves."),
        Ok("a red fox in snow, refusedword, soft light"),
        Err(EngineError::Failed("no memory".to_owned())),
        Err(EngineError::Impossible("too long".to_owned())),
    ] {
        let reported = check(answer.clone(), "rule_based");
        assert!(
            reported.starts_with("a red fox in snow, "),
            "{answer:?}: {reported}"
        );
        assert!(!reported.contains("refusedword"));
    }
}

#[test]
fn other_types_keep_their_prompt() {
    let bench = Bench::new();
    let mut poet = poet(Ok(BETTER));
    let claim = claim(JOB, "image_high", 1, 2);
    assert_eq!(
        bench.runner().work(&claim, &mut poet),
        JobOutcome::Completed
    );
    assert!(poet.asked.is_empty());
    assert_eq!(poet.painted, ["a red fox in snow"]);
    assert_eq!(bench.edge.reports().last().unwrap().enhanced_prompt, None);
}

#[test]
fn a_job_is_canceled_between_two_words() {
    let bench = Bench::new();
    bench.edge.on_report(|report| {
        let cancel = report.status == ReportStatus::Processing;
        Some(Ok(ReportReply {
            cancel_requested: cancel,
            ..ReportReply::default()
        }))
    });
    let mut poet = poet(Ok("(goes on for ever)"));
    let claim = claim(JOB, "image7b_high_enhanced", 1, 2);
    assert_eq!(
        bench.runner().work(&claim, &mut poet),
        JobOutcome::Cancelled
    );
    assert!(poet.painted.is_empty());
}
