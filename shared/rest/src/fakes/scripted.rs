//! A backend that says what a test tells it to.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::http::{Http, Request, Response, TransportError};

type Answer = Result<Response, TransportError>;

/// Gives the answers in their order, whatever it is asked; then it is unreachable. Clones share the script.
#[derive(Clone, Default)]
pub struct Scripted {
    answers: Rc<RefCell<VecDeque<Answer>>>,
    sent: Rc<RefCell<Vec<Request>>>,
}

impl Scripted {
    /// A backend with nothing to say.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer without headers.
    #[must_use]
    pub fn then(self, status: u16, body: &str) -> Self {
        self.then_answer(Ok(Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }))
    }

    /// Adds the failure to answer.
    #[must_use]
    pub fn then_fail(self, error: TransportError) -> Self {
        self.then_answer(Err(error))
    }

    #[must_use]
    pub fn then_answer(self, answer: Answer) -> Self {
        self.answers.borrow_mut().push_back(answer);
        self
    }

    #[must_use]
    pub fn sent(&self) -> Vec<Request> {
        self.sent.borrow().clone()
    }
}

impl Http for Scripted {
    async fn send(&self, request: Request) -> Answer {
        self.sent.borrow_mut().push(request);
        let answer = self.answers.borrow_mut().pop_front();
        answer.unwrap_or(Err(TransportError::Unreachable))
    }
}
