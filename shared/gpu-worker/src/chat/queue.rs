//! Where requests wait for the engine's thread.

use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, TrySendError, channel,
    sync_channel,
};
use std::time::{Duration, Instant};

use crate::engine::{ChatAnswer, ChatRequest, Engine, EngineError, Stopped};
use crate::hints::WakeReason;

/// Requests that may wait. Each takes seconds, and who waits longer has been answered by something else.
const CAPACITY: usize = 4;
/// How long a request waits for the engine to begin: as long as the product waits for a whole answer.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// What comes back from the engine's thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatEvent {
    /// A piece of the answer; empty while the conversation is read.
    Piece(String),
    Ended(Result<ChatAnswer, EngineError>),
}

struct QueuedRequest {
    request: ChatRequest,
    events: Sender<ChatEvent>,
    until: Instant,
}

/// Why a request cannot wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueError {
    Full,
    /// The engine has ended.
    Closed,
}

/// Takes requests. One for each connection.
#[derive(Clone)]
pub struct ChatQueue {
    requests: SyncSender<QueuedRequest>,
    wake: Option<Sender<WakeReason>>,
}

/// Serves requests, on the engine's thread.
pub struct ChatQueueReceiver {
    requests: Receiver<QueuedRequest>,
}

/// A queue and its receiver. `wake` gets a message for each request, for an engine's thread that also waits for jobs.
#[must_use]
pub fn chat_queue(wake: Option<Sender<WakeReason>>) -> (ChatQueue, ChatQueueReceiver) {
    let (sender, receiver) = sync_channel(CAPACITY);
    let chat_queue = ChatQueue {
        requests: sender,
        wake,
    };
    (chat_queue, ChatQueueReceiver { requests: receiver })
}

impl ChatQueue {
    /// Puts a request into the queue.
    pub(super) fn ask(&self, request: ChatRequest) -> Result<ChatStream, QueueError> {
        let (sender, receiver) = channel();
        let until = Instant::now() + START_TIMEOUT;
        let queued = QueuedRequest {
            request,
            events: sender,
            until,
        };
        self.requests
            .try_send(queued)
            .map_err(|refused| match refused {
                TrySendError::Full(_) => QueueError::Full,
                TrySendError::Disconnected(_) => QueueError::Closed,
            })?;
        if let Some(wake) = &self.wake {
            // Nobody sleeps any more when the worker has just ended.
            let _ = wake.send(WakeReason::Chat);
        }
        Ok(ChatStream {
            events: receiver,
            until,
            begun: false,
        })
    }
}

/// How a wait for the next event ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Received {
    Event(ChatEvent),
    /// None yet.
    Nothing,
    /// The engine did not begin in time, or ended.
    GaveUp,
}

/// The answer's events. Dropping it ends the work on the request.
pub(super) struct ChatStream {
    events: Receiver<ChatEvent>,
    until: Instant,
    begun: bool,
}

impl ChatStream {
    /// Waits for the next event, but not longer than `longest`.
    pub fn next(&mut self, longest: Duration) -> Received {
        match self.events.recv_timeout(longest) {
            Ok(event) => {
                self.begun = true;
                Received::Event(event)
            }
            Err(RecvTimeoutError::Timeout) if self.begun || Instant::now() < self.until => {
                Received::Nothing
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Received::GaveUp,
        }
    }
}

impl ChatQueueReceiver {
    /// Serves those who wait now, and not those who come meanwhile: jobs wait too.
    pub fn serve_waiting(&self, engine: &mut dyn Engine) {
        for _ in 0..CAPACITY {
            match self.requests.try_recv() {
                Ok(queued) => serve(queued, engine),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }

    /// Waits for one and serves it. False when nobody can come any more.
    pub fn serve_next(&self, engine: &mut dyn Engine, longest: Duration) -> bool {
        match self.requests.recv_timeout(longest) {
            Ok(queued) => serve(queued, engine),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        true
    }
}

fn serve(queued: QueuedRequest, engine: &mut dyn Engine) {
    // Who gave up has been told so already.
    if Instant::now() >= queued.until {
        return;
    }
    let mut say = |delta: &str| {
        let sent = queued.events.send(ChatEvent::Piece(delta.to_owned()));
        sent.map_err(|_| Stopped)
    };
    let ended = engine.chat(&queued.request, &mut say);
    // Nobody listens after a stop.
    let _ = queued.events.send(ChatEvent::Ended(ended));
}
