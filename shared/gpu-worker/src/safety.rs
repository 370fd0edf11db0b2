//! What must not be made and what must not be shown.
//!
//! Before generating, the prompt passes the content policy of the core: the same one as at the edge, asked
//! again here because a worker must not depend on what lies in a queue. Before uploading, an output
//! classifier may judge the picture itself.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use ourvidz_policy::{self as policy, ExtraTerms};
use ourvidz_prompts::negative_prompt::not_ours;
use serde_json::Value;
use ureq::Agent;

use crate::config::ClassifierChoice;
use crate::engine::ImageRequest;

/// A judgement takes milliseconds on a GPU and a second or two without.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long labels are waited for after the program has ended.
const LABELS_PATIENCE: Duration = Duration::from_secs(1);

/// Whether the prompt may be worked on. Our own negative prompt names what is to be kept out of the picture; of a
/// negative prompt, what we would not write for this prompt is judged beside it.
#[must_use]
pub fn may_generate(request: &ImageRequest, extra_terms: &ExtraTerms) -> bool {
    let theirs = not_ours(&request.prompt, &request.negative_prompt);
    !policy::check(&[request.prompt.as_str(), &theirs], extra_terms).is_refused()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    Allowed,
    /// Do not: the job fails with `content_policy`. With the labels of what was seen, for operators.
    Refused(Vec<String>),
    /// It could not be judged, and so must not be shown: another worker may try.
    Unknown(String),
}

/// Judges pictures before they are uploaded.
pub trait Classifier: Send + Sync {
    /// Judges one picture, given as PNG.
    fn judge(&self, png: &[u8]) -> Judgement;
}

/// The classifier that the operator chose, if any.
#[must_use]
pub fn classifier(choice: &ClassifierChoice) -> Option<Arc<dyn Classifier>> {
    match choice {
        ClassifierChoice::None => None,
        ClassifierChoice::Command(words) => Some(Arc::new(CommandClassifier {
            words: words.clone(),
        })),
        ClassifierChoice::Http(url) => {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(PATIENCE))
                .build();
            Some(Arc::new(HttpClassifier {
                agent: config.into(),
                url: url.clone(),
            }))
        }
    }
}

/// A program: PNG on standard input, exit status 0 allowed, 1 refused, labels on standard output.
struct CommandClassifier {
    words: Vec<String>,
}

impl Classifier for CommandClassifier {
    fn judge(&self, png: &[u8]) -> Judgement {
        let Some((program, arguments)) = self.words.split_first() else {
            return Judgement::Unknown("no command".to_owned());
        };
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(cause) => return Judgement::Unknown(cause.kind().to_string()),
        };
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let said = read_labels(output);
        let status = std::thread::scope(|scope| {
            // In a thread of its own, because a program that reads nothing would block us for good.
            scope.spawn(move || {
                // A program may decide before it has read everything.
                let _ = input.map(|mut input| input.write_all(png));
            });
            wait_for(&mut child)
        });
        match status.and_then(|status| status.code()) {
            Some(0) => Judgement::Allowed,
            Some(1) => {
                // What it started may hold its output open for ever.
                let said = said.recv_timeout(LABELS_PATIENCE).unwrap_or_default();
                Judgement::Refused(labels(said.lines()))
            }
            Some(code) => Judgement::Unknown(format!("exit status {code}")),
            None => Judgement::Unknown("killed or timed out".to_owned()),
        }
    }
}

/// Waits for a program, and ends one that takes too long.
fn wait_for(child: &mut Child) -> Option<ExitStatus> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if started.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// Reads what a program prints, in a thread of its own: as much as can matter, and the rest so that it need not wait.
fn read_labels(output: Option<ChildStdout>) -> Receiver<String> {
    let (sender, said) = channel();
    std::thread::spawn(move || {
        let Some(mut output) = output else { return };
        let mut text = Vec::new();
        let most = (MOST_LABELS * LONGEST_LABEL) as u64;
        let _ = output.by_ref().take(most).read_to_end(&mut text);
        // Nobody listens any more where the picture was allowed.
        let _ = sender.send(String::from_utf8_lossy(&text).into_owned());
        let _ = std::io::copy(&mut output, &mut std::io::sink());
    });
    said
}

/// More would be no labels but a description.
const MOST_LABELS: usize = 8;
/// In characters.
const LONGEST_LABEL: usize = 40;

/// The labels among these texts: short words of letters, digits and little else.
fn labels<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || " ._-:".contains(letter);
    texts
        .map(str::trim)
        .filter(|text| (1..=LONGEST_LABEL).contains(&text.len()) && text.chars().all(plain))
        .take(MOST_LABELS)
        .map(str::to_owned)
        .collect()
}

/// A server: PNG by POST, `{"allowed": true}` or `{"allowed": false, "labels": ["..."]}` back.
struct HttpClassifier {
    agent: Agent,
    url: String,
}

impl Classifier for HttpClassifier {
    fn judge(&self, png: &[u8]) -> Judgement {
        let answer = self
            .agent
            .post(&self.url)
            .header("content-type", "image/png")
            .send(png);
        let text = answer.and_then(|mut answer| {
            let status = answer.status().as_u16();
            answer
                .body_mut()
                .read_to_string()
                .map(|text| (status, text))
        });
        match &text {
            Ok((200, text)) => read_answer(text),
            Ok(_) | Err(_) => no_answer(),
        }
    }
}

fn no_answer() -> Judgement {
    Judgement::Unknown("the classifier gave no answer".to_owned())
}

fn read_answer(text: &str) -> Judgement {
    let answer: Value = serde_json::from_str(text).unwrap_or_default();
    match answer["allowed"].as_bool() {
        Some(true) => Judgement::Allowed,
        Some(false) => {
            let said = answer["labels"].as_array().into_iter().flatten();
            Judgement::Refused(labels(said.filter_map(Value::as_str)))
        }
        None => no_answer(),
    }
}

#[cfg(test)]
mod tests {
    use ourvidz_core::JobType;

    use super::*;
    use crate::worker::Order;

    fn judge(script: &str) -> Judgement {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        classifier(&ClassifierChoice::Command(words))
            .unwrap()
            .judge(&vec![7; 300_000])
    }

    #[test]
    fn a_program_decides_by_its_exit_status() {
        assert_eq!(judge("cat > /dev/null"), Judgement::Allowed);
        assert_eq!(judge("exit 0"), Judgement::Allowed);
        let refused = |labels: &[&str]| {
            Judgement::Refused(labels.iter().map(|label| (*label).to_owned()).collect())
        };
        assert_eq!(judge("exit 1"), refused(&[]));
        let says =
            "cat > /dev/null; echo weapons:0.93; echo; echo 'not <a> label'; echo gore; exit 1";
        assert_eq!(judge(says), refused(&["weapons:0.93", "gore"]));
        assert_eq!(
            judge("yes gore | head -100000; exit 1"),
            refused(&["gore"; 8])
        );
        assert_eq!(
            judge("exit 3"),
            Judgement::Unknown("exit status 3".to_owned())
        );
        let missing = ClassifierChoice::Command(vec!["/no/such/program".to_owned()]);
        assert!(matches!(
            classifier(&missing).unwrap().judge(b""),
            Judgement::Unknown(_)
        ));
    }

    #[test]
    fn a_server_answers_in_json() {
        assert_eq!(
            read_answer(r#"{"allowed":true,"labels":["x"]}"#),
            Judgement::Allowed
        );
        let labels = vec!["gore".to_owned(), "weapons 0.9".to_owned()];
        assert_eq!(
            read_answer(r#"{"allowed":false,"labels":["gore","weapons 0.9",7,"a\nb"]}"#),
            Judgement::Refused(labels)
        );
        assert_eq!(
            read_answer(r#"{"allowed":false}"#),
            Judgement::Refused(Vec::new())
        );
        for silent in ["", "{}", r#"{"allowed":"no"}"#] {
            assert_eq!(read_answer(silent), no_answer(), "{silent}");
        }
    }

    #[test]
    fn of_a_negative_prompt_what_is_not_ours_is_judged_beside_the_prompt() {
        let prompt = "a quibbler";
        let terms = ExtraTerms::parse("[minor]\nquibbler\n[sexual]\nfrobnicating").unwrap();
        let ours = ourvidz_prompts::negative_prompt::negative_prompt(prompt).text;
        for (negative, may) in [
            (ours.clone(), true),
            (format!("{ours}, fog"), true),
            (format!("{ours}, frobnicating"), false),
            ("frobnicating".to_owned(), false),
        ] {
            let order = Order::preset(JobType::SdxlImageFast, prompt, &negative, 7, 1);
            assert_eq!(may_generate(order.image(), &terms), may, "{negative}");
        }
    }

    #[test]
    fn a_silent_server_does_not_let_pictures_pass() {
        let nobody = ClassifierChoice::Http("http://127.0.0.1:9/".to_owned());
        assert!(matches!(
            classifier(&nobody).unwrap().judge(b"png"),
            Judgement::Unknown(_)
        ));
    }
}
