//! Where requests wait for the engine's thread.

use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, TrySendError, channel,
    sync_channel,
};
use std::time::{Duration, Instant};

use crate::engine::{ChatAnswer, ChatRequest, Engine, EngineError, Stopped};
use crate::hints::Wake;

/// Requests that may wait. Each takes seconds, and who waits longer has been answered by something else.
const PLACES: usize = 4;
/// How long a request waits for the engine to begin: as long as the product waits for a whole answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What comes back from the engine's thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A piece of the answer; empty while the conversation is read.
    Piece(String),
    /// The end.
    Ended(Result<ChatAnswer, EngineError>),
}

/// A request that waits.
struct Ticket {
    request: ChatRequest,
    news: Sender<News>,
    until: Instant,
}

/// Why a request cannot wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// Too many wait already.
    Full,
    /// The engine has ended.
    Closed,
}

/// Takes requests. One for each connection.
#[derive(Clone)]
pub struct Desk {
    tickets: SyncSender<Ticket>,
    wake: Option<Sender<Wake>>,
}

/// Serves requests, on the engine's thread.
pub struct Counter {
    tickets: Receiver<Ticket>,
}

/// A desk and its counter. `wake` is told of each request, for an engine's thread that also waits for jobs.
#[must_use]
pub fn desk(wake: Option<Sender<Wake>>) -> (Desk, Counter) {
    let (sender, receiver) = sync_channel(PLACES);
    let desk = Desk {
        tickets: sender,
        wake,
    };
    (desk, Counter { tickets: receiver })
}

impl Desk {
    /// Puts a request into the queue.
    pub(super) fn ask(&self, request: ChatRequest) -> Result<Hearing, Turned> {
        let (sender, receiver) = channel();
        let until = Instant::now() + PATIENCE;
        let ticket = Ticket {
            request,
            news: sender,
            until,
        };
        self.tickets
            .try_send(ticket)
            .map_err(|refused| match refused {
                TrySendError::Full(_) => Turned::Full,
                TrySendError::Disconnected(_) => Turned::Closed,
            })?;
        if let Some(wake) = &self.wake {
            // Nobody sleeps any more when the worker has just ended.
            let _ = wake.send(Wake::Chat);
        }
        Ok(Hearing {
            news: receiver,
            until,
            begun: false,
        })
    }
}

/// How a wait for news ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// News.
    News(News),
    /// None yet.
    Nothing,
    /// The engine did not begin in time, or ended.
    GaveUp,
}

/// The other end of a ticket. Dropping it ends the work on it.
pub(super) struct Hearing {
    news: Receiver<News>,
    until: Instant,
    begun: bool,
}

impl Hearing {
    /// Waits for news, but not longer than `longest`.
    pub fn next(&mut self, longest: Duration) -> Heard {
        match self.news.recv_timeout(longest) {
            Ok(news) => {
                self.begun = true;
                Heard::News(news)
            }
            Err(RecvTimeoutError::Timeout) if self.begun || Instant::now() < self.until => {
                Heard::Nothing
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Heard::GaveUp,
        }
    }
}

impl Counter {
    /// Serves those who wait now, and not those who come meanwhile: jobs wait too.
    pub fn serve_waiting(&self, engine: &mut dyn Engine) {
        for _ in 0..PLACES {
            match self.tickets.try_recv() {
                Ok(ticket) => serve(ticket, engine),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }

    /// Waits for one and serves it. False when nobody can come any more.
    pub fn serve_next(&self, engine: &mut dyn Engine, longest: Duration) -> bool {
        match self.tickets.recv_timeout(longest) {
            Ok(ticket) => serve(ticket, engine),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        true
    }
}

fn serve(ticket: Ticket, engine: &mut dyn Engine) {
    // Who gave up has been told so already.
    if Instant::now() >= ticket.until {
        return;
    }
    let mut say = |piece: &str| {
        let told = ticket.news.send(News::Piece(piece.to_owned()));
        told.map_err(|_| Stopped)
    };
    let ended = engine.chat(&ticket.request, &mut say);
    // Nobody listens after a stop.
    let _ = ticket.news.send(News::Ended(ended));
}
