//! A provider that takes its time, on a clock that tests move.

use core::cell::RefCell;
use core::future::poll_fn;
use core::task::Poll;
use std::rc::Rc;

use futures_util::future::join_all;
use ourvidz_core::Moment;
use ourvidz_rest::{Http, Response, TransportError};
use ourvidz_sign::jwt;

use super::*;
use crate::Incoming;
use crate::settings::{Settings, Source};

const START_MS: u64 = 1_767_225_600_000;
const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"known","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#;

#[derive(Clone)]
struct Provider(Rc<State>);

struct State {
    fetches: Cell<u32>,
    now_ms: Cell<u64>,
    answer: RefCell<Result<&'static str, TransportError>>,
}

impl Http for Provider {
    async fn send(&self, _request: Request) -> Result<Response, TransportError> {
        self.0.fetches.set(self.0.fetches.get() + 1);
        // Others have their turns meanwhile.
        for _ in 0..3 {
            let_others_run().await;
        }
        let body = (*self.0.answer.borrow())?;
        Ok(Response {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        })
    }

    async fn pause(&self, milliseconds: u32) {
        self.pass(u64::from(milliseconds));
        let_others_run().await;
    }
}

impl Runtime for Provider {
    async fn verify(&self, _: &PublicKey, _: &[u8], _: &[u8]) -> Result<bool, ApiError> {
        Ok(true)
    }

    fn now_ms(&self) -> u64 {
        self.0.now_ms.get()
    }
}

impl Provider {
    fn answering(answer: Result<&'static str, TransportError>) -> Self {
        Self(Rc::new(State {
            fetches: Cell::new(0),
            now_ms: Cell::new(START_MS),
            answer: RefCell::new(answer),
        }))
    }

    fn pass(&self, milliseconds: u64) {
        self.0.now_ms.set(self.0.now_ms.get() + milliseconds);
    }

    /// A request with a token of that key, now.
    async fn ask(&self, key_id: &str) -> Result<PublicKey, Code> {
        let header = Header {
            algorithm: jwt::Algorithm::Es256,
            key_id: Some(key_id.to_owned()),
        };
        let call = Call::new(
            Incoming::default(),
            Moment::new(self.0.now_ms.get(), [0; 32]),
            String::new(),
            settings(),
            self.clone(),
        );
        key_for(&call, &header).await.map_err(|error| error.code)
    }
}

async fn let_others_run() {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn settings() -> Rc<Settings> {
    struct Anything;
    impl Source for Anything {
        fn get(&self, name: &str) -> Option<String> {
            let is_address = name.ends_with("_URL") || name == "S3_ENDPOINT";
            let known = is_address && name != "CREDITS_URL" || name == "SUPABASE_ANON_KEY";
            known.then(|| "http://somewhere.test".to_owned())
        }
    }
    Rc::new(Settings::read(&Anything, &[]).unwrap())
}

#[test]
fn whoever_comes_meanwhile_waits_for_the_one_fetch() {
    let provider = Provider::answering(Ok(KEYS));
    let all = join_all((0..20).map(|_| provider.ask("known")));
    assert!(pollster::block_on(all).iter().all(Result::is_ok));
    assert_eq!(provider.0.fetches.get(), 1);
}

#[test]
fn invented_keys_cost_one_fetch_a_minute() {
    let provider = Provider::answering(Ok(KEYS));
    for number in 0..1_000 {
        let unknown = pollster::block_on(provider.ask(&format!("invented-{number}")));
        assert_eq!(unknown.err(), Some(Code::Unauthorized));
        provider.pass(59);
    }
    assert_eq!(provider.0.fetches.get(), 1);
    provider.pass(1_000);
    pollster::block_on(provider.ask("invented")).unwrap_err();
    assert_eq!(provider.0.fetches.get(), 2);
    assert!(pollster::block_on(provider.ask("known")).is_ok());
    assert_eq!(provider.0.fetches.get(), 2);
}

#[test]
fn a_provider_that_is_down_is_asked_once_a_second() {
    let provider = Provider::answering(Err(TransportError::Unreachable));
    for _ in 0..50 {
        let refused = pollster::block_on(provider.ask("known"));
        assert_eq!(refused.err(), Some(Code::Unavailable));
    }
    let seconds = (provider.0.now_ms.get() - START_MS) / 1_000;
    assert!(u64::from(provider.0.fetches.get()) <= seconds + 1);
    *provider.0.answer.borrow_mut() = Ok(KEYS);
    assert!(pollster::block_on(provider.ask("known")).is_ok());
}

const TWO_KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"old","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},{"kty":"EC","crv":"P-256","kid":"new","x":"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#;
const NEW_KEY: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"new","x":"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#;

#[test]
fn each_token_gets_the_key_that_it_names_in_any_turn() {
    let provider = Provider::answering(Ok(TWO_KEYS));
    let turns = ["old", "new", "new", "old", "new", "old"];
    let keys = pollster::block_on(join_all(turns.map(|turn| provider.ask(turn))));
    for (turn, key) in turns.into_iter().zip(keys) {
        assert_eq!(key.unwrap().key_id(), Some(turn));
    }
    assert_eq!(provider.0.fetches.get(), 1);
}

#[test]
fn a_revoked_key_counts_for_ten_minutes_at_most_and_the_others_go_on() {
    let provider = Provider::answering(Ok(TWO_KEYS));
    assert!(pollster::block_on(provider.ask("old")).is_ok());
    *provider.0.answer.borrow_mut() = Ok(NEW_KEY);
    provider.pass(KEPT_MS - 1);
    assert!(pollster::block_on(provider.ask("old")).is_ok());
    assert_eq!(provider.0.fetches.get(), 1);

    provider.pass(1);
    for turn in ["old", "new", "old", "new"] {
        let expected = if turn == "old" {
            Some(Code::Unauthorized)
        } else {
            None
        };
        assert_eq!(
            pollster::block_on(provider.ask(turn)).err(),
            expected,
            "{turn}"
        );
    }
    assert_eq!(provider.0.fetches.get(), 2);
}

#[test]
fn old_keys_count_while_others_are_asked_for_and_while_nobody_answers() {
    let provider = Provider::answering(Ok(KEYS));
    assert!(pollster::block_on(provider.ask("known")).is_ok());
    *provider.0.answer.borrow_mut() = Err(TransportError::Unreachable);
    provider.pass(KEPT_MS);
    let all = pollster::block_on(join_all((0..20).map(|_| provider.ask("known"))));
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(provider.0.fetches.get(), 2);
    // Asked again after a second, and not waited for by anybody else.
    provider.pass(FAILED_MS);
    assert!(pollster::block_on(provider.ask("known")).is_ok());
    assert_eq!(provider.0.fetches.get(), 3);
}
