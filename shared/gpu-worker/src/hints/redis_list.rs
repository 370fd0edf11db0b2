//! Hints from a Redis server over TCP, in clear or by TLS.

use std::time::Duration;

use ourvidz_core::Queue;
use redis::{Client, Commands as _, Connection, Direction, RedisResult};

use super::{HintList, HintsUnavailable, TakenHint, own_list, queue_of};
use crate::config::Redacted;

/// For commands that do not wait.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that is made when it is first needed, and again after it broke.
pub struct RedisHints {
    url: Redacted,
    own: String,
    connection: Option<Connection>,
}

impl RedisHints {
    /// Hints for this worker; nothing is connected yet.
    #[must_use]
    pub fn new(url: Redacted, worker_id: &str) -> Self {
        Self {
            url,
            own: own_list(worker_id),
            connection: None,
        }
    }

    /// Asks the server whether it is there.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn ping(&mut self) -> Result<(), HintsUnavailable> {
        self.run(COMMAND_TIMEOUT, |connection| {
            redis::cmd("PING").query::<String>(connection)
        })
        .map(drop)
    }

    fn run<Reply>(
        &mut self,
        patience: Duration,
        command: impl FnOnce(&mut Connection) -> RedisResult<Reply>,
    ) -> Result<Reply, HintsUnavailable> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Client::open(self.url.expose())
                .and_then(|client| client.get_connection_with_timeout(CONNECT_TIMEOUT))
                .map_err(|error| down(&error))?,
        };
        let reply = connection
            .set_read_timeout(Some(patience))
            .and_then(|()| command(&mut connection));
        match reply {
            Ok(reply) => {
                self.connection = Some(connection);
                Ok(reply)
            }
            // The connection is dropped with the error: what it still had to say belongs to nobody.
            Err(error) => Err(down(&error)),
        }
    }
}

/// The kind only: the text may hold the address with its password.
fn down(error: &redis::RedisError) -> HintsUnavailable {
    HintsUnavailable(format!("{:?}", error.kind()))
}

impl HintList for RedisHints {
    fn take(
        &mut self,
        queue: Queue,
        patience: Duration,
    ) -> Result<Option<TakenHint>, HintsUnavailable> {
        let own = self.own.clone();
        let seconds = patience.as_secs_f64();
        let raw: Option<String> = self.run(patience + COMMAND_TIMEOUT, |connection| {
            connection.blmove(
                queue.as_str(),
                own,
                Direction::Right,
                Direction::Left,
                seconds,
            )
        })?;
        Ok(raw.map(|raw| TakenHint { queue, raw }))
    }

    fn remove(&mut self, hint: &TakenHint) -> Result<(), HintsUnavailable> {
        let own = self.own.clone();
        self.run(COMMAND_TIMEOUT, |connection| {
            connection.lrem::<_, _, usize>(own, 1, &hint.raw)
        })
        .map(drop)
    }

    fn give_back(&mut self, hint: &TakenHint) -> Result<(), HintsUnavailable> {
        let own = self.own.clone();
        self.run(COMMAND_TIMEOUT, |connection| {
            // One transaction: between the two the hint would be in both lists or in none.
            redis::pipe()
                .atomic()
                .rpush(hint.queue.as_str(), &hint.raw)
                .ignore()
                .lrem(&own, 1, &hint.raw)
                .ignore()
                .query::<()>(connection)
        })
    }

    fn give_back_all(&mut self) -> Result<usize, HintsUnavailable> {
        let own = self.own.clone();
        let held: Vec<String> =
            self.run(COMMAND_TIMEOUT, |connection| connection.lrange(own, 0, -1))?;
        let count = held.len();
        for raw in held {
            match queue_of(&raw) {
                Some(queue) => self.give_back(&TakenHint { queue, raw })?,
                // Nobody could read it: the row that it spoke of is pushed again by the sweep.
                None => self.remove(&TakenHint {
                    queue: Queue::SdxlQueue,
                    raw,
                })?,
            }
        }
        Ok(count)
    }
}
