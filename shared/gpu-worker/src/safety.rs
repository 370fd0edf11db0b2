//! What must not be made and what must not be shown.
//!
//! Before generating, the prompt passes the content policy of the core: the same one as at the edge, asked
//! again here because a worker must not depend on what lies in a queue. Before uploading, an output
//! classifier may judge the picture itself.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ourvidz_policy::{self as policy, ExtraTerms};
use ourvidz_prompts::negative_prompt;
use ureq::Agent;

use crate::config::ClassifierChoice;
use crate::engine::ImageRequest;

/// A judgement takes milliseconds on a GPU and a second or two without.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether the prompt may be worked on. Our own negative prompt names what is to be kept out of the picture,
/// and is left out of the judgement only where it is exactly what we would write for this prompt.
#[must_use]
pub fn may_generate(request: &ImageRequest, extra_terms: &ExtraTerms) -> bool {
    let mut fields = vec![request.prompt.as_str()];
    if !negative_prompt::is_ours(&request.prompt, &request.negative_prompt) {
        fields.push(&request.negative_prompt);
    }
    !policy::check(&fields, extra_terms).is_refused()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    Allowed,
    /// Do not: the job fails with `content_policy`.
    Refused,
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
pub fn classifier(choice: &ClassifierChoice) -> Option<Box<dyn Classifier>> {
    match choice {
        ClassifierChoice::None => None,
        ClassifierChoice::Command(words) => Some(Box::new(CommandClassifier {
            words: words.clone(),
        })),
        ClassifierChoice::Http(url) => {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(PATIENCE))
                .build();
            Some(Box::new(HttpClassifier {
                agent: config.into(),
                url: url.clone(),
            }))
        }
    }
}

/// A program: PNG on standard input, exit status 0 allowed, 1 refused.
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
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(cause) => return Judgement::Unknown(cause.kind().to_string()),
        };
        let input = child.stdin.take();
        let status = std::thread::scope(|scope| {
            // In a thread of its own, because a program that reads nothing would block us for good.
            scope.spawn(move || {
                // A program may decide before it has read everything.
                let _ = input.map(|mut input| input.write_all(png));
            });
            let started = Instant::now();
            loop {
                match child.try_wait() {
                    Ok(Some(status)) => return Some(status),
                    Ok(None) if started.elapsed() < PATIENCE => {
                        std::thread::sleep(Duration::from_millis(10))
                    }
                    Ok(None) | Err(_) => {
                        let _ = child.kill();
                        let _ = child.wait();
                        return None;
                    }
                }
            }
        });
        match status.and_then(|status| status.code()) {
            Some(0) => Judgement::Allowed,
            Some(1) => Judgement::Refused,
            Some(code) => Judgement::Unknown(format!("exit status {code}")),
            None => Judgement::Unknown("killed or timed out".to_owned()),
        }
    }
}

/// A server: PNG by POST, `{"allowed": true}` or `{"allowed": false}` back.
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
        let allowed = match &text {
            Ok((200, text)) => serde_json::from_str::<serde_json::Value>(text)
                .ok()
                .and_then(|json| json["allowed"].as_bool()),
            Ok(_) | Err(_) => None,
        };
        match allowed {
            Some(true) => Judgement::Allowed,
            Some(false) => Judgement::Refused,
            None => Judgement::Unknown("the classifier gave no answer".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(judge("exit 1"), Judgement::Refused);
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
    fn a_silent_server_does_not_let_pictures_pass() {
        let nobody = ClassifierChoice::Http("http://127.0.0.1:9/".to_owned());
        assert!(matches!(
            classifier(&nobody).unwrap().judge(b"png"),
            Judgement::Unknown(_)
        ));
    }
}
