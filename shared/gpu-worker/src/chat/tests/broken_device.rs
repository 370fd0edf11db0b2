//! A device that fails or hangs in the middle of a conversation.

use std::sync::mpsc::channel;

use super::*;
use crate::chat::serve_alone;
use crate::supervision::Supervision;

const PATIENCE: Duration = Duration::from_secs(20);
const WATCH: Duration = Duration::from_millis(1);

fn device(is_sticky: bool) -> EngineError {
    EngineError::Device {
        why: "CUDA_ERROR_ILLEGAL_ADDRESS".to_owned(),
        is_sticky,
    }
}

/// Serves this engine alone until it ends by itself, while `ask` asks.
fn serve_while(
    mut talker: Talker,
    longest_silence: Duration,
    end_process: &(dyn Fn() + Sync),
    ask: impl FnOnce(&Endpoint) + Send,
) -> Option<String> {
    let supervision = Supervision::new(longest_silence);
    let (chat_queue, requests) = chat_queue(None);
    let access = access(Some("toy"));
    let address = serve(SocketAddr::from(([127, 0, 0, 1], 0)), access, chat_queue).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| ask(&Endpoint { address }));
        serve_alone(requests, &mut talker, &supervision, WATCH, end_process);
    });
    supervision.broken()
}

fn statuses(endpoint: &Endpoint, count: usize) -> Vec<u16> {
    let ask = |_| endpoint.post("/v1/chat/completions", &asked(&json!({}))).0;
    (0..count).map(ask).collect()
}

#[test]
fn a_sticky_failure_is_the_last_answer() {
    let talker = Talker {
        error: Some(device(true)),
        ..Talker::default()
    };
    let broken = serve_while(
        talker,
        PATIENCE,
        &|| unreachable!("nothing hangs"),
        |each| {
            // Who asks then hears it from the closed queue, and does not wait.
            assert_eq!(statuses(each, 2), [500, 503]);
        },
    );
    assert_eq!(broken.as_deref(), Some("CUDA_ERROR_ILLEGAL_ADDRESS"));
}

#[test]
fn the_third_failure_in_a_row_is_one_too_many() {
    let talker = Talker {
        error: Some(device(false)),
        ..Talker::default()
    };
    let broken = serve_while(
        talker,
        PATIENCE,
        &|| unreachable!("nothing hangs"),
        |each| {
            assert_eq!(statuses(each, 4), [500, 500, 500, 503]);
        },
    );
    assert!(broken.is_some());
}

#[test]
fn a_kernel_that_hangs_ends_the_process() {
    let (hangs, ended) = (Arc::new(AtomicBool::new(true)), channel());
    let talker = Talker {
        hangs: Arc::clone(&hangs),
        error: Some(device(true)),
        ..Talker::default()
    };
    // Nothing reaches the call but the end of the process, which this test survives.
    let end_process = || {
        hangs.store(false, Ordering::SeqCst);
        ended.0.send(()).unwrap();
    };
    serve_while(talker, Duration::from_millis(50), &end_process, |each| {
        statuses(each, 1);
    });
    ended.1.try_recv().unwrap();
}
