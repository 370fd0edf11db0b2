//! One prompt being made better: the workers one after the other, and the rules when none of them delivers.

use std::rc::Rc;

use ourvidz_core::enhance::{Enhancement, outcome, tiers};
use ourvidz_core::wire::enhance::{EnhanceReply, EnhanceRequest};
use ourvidz_edge::{Backends, Runtime};
use ourvidz_policy::ExtraTerms;
use ourvidz_prompts::enhance::Brief;

use crate::record;
use crate::sink::AnswerSink;
use crate::state::RedisState;
use crate::workers::{self, ModelRequest};

/// What is needed for it, apart from a request's call: a stream outlives its handler.
pub struct Enhancing<R> {
    pub backends: Rc<Backends<R>>,
    pub request: EnhanceRequest,
    pub brief: Brief,
    pub state: RedisState,
    pub terms: Rc<ExtraTerms>,
    pub started_ms: u64,
}

impl<R: Runtime> Enhancing<R> {
    /// An earlier result for the same request, if there is one that the policy still allows.
    pub fn take_cached(&mut self) -> Option<Enhancement> {
        self.state.take_cached(&self.request.prompt, &self.terms)
    }

    /// Asks the workers one after the other, and the rules when none of them delivers.
    pub async fn make(&mut self, sink: &mut impl AnswerSink) -> Enhancement {
        let seed = outcome::seed(&self.request);
        for worker in tiers::order(&self.state.workers, self.started_ms) {
            let Some(timeout_ms) =
                tiers::timeout_ms(worker.tier, self.brief.quality, self.elapsed_ms())
            else {
                break;
            };
            let model_request = ModelRequest {
                request: &self.request,
                brief: self.brief,
                turns: &self.state.turns,
                terms: &self.terms,
                seed,
                timeout_ms,
            };
            let answer = workers::ask(&self.backends, worker.tier, &model_request, sink).await;
            self.state.record_outcome(
                worker,
                answer.as_ref().err(),
                self.backends.runtime.now_ms(),
            );
            match answer {
                Ok(text) => {
                    let made = Enhancement::by_model(worker.tier.method(), text, self.brief);
                    // A model may write what its user never would; the rules cannot.
                    if made.is_allowed(&self.request.prompt, &self.terms) {
                        return made;
                    }
                    sink.note("refusedOutput", worker.tier.as_str());
                }
                Err(failure) => sink.note(worker.tier.as_str(), failure.as_str()),
            }
            sink.discard();
        }
        Enhancement::by_rules(&self.request.prompt, self.brief, seed)
    }

    /// The answer to the client.
    pub fn reply(&self, enhancement: &Enhancement, cached: bool) -> EnhanceReply {
        let fallback_used = tiers::fallback_used(&self.state.workers, enhancement.method);
        enhancement.reply(&self.request, self.elapsed_ms(), fallback_used, cached)
    }

    /// Writes what Redis remembers and the row for operators. Losing it loses a statistic or a cached result.
    pub async fn record(self, reply: EnhanceReply, enhancement: Enhancement) {
        let row = record::row(
            &self.request,
            &reply,
            self.backends.settings.keep_enhanced_prompts,
        );
        let is_new = !reply.analytics.cached;
        let is_reachable = self.state.allowance.is_some();
        let commands = self.state.writes(&self.request.prompt, enhancement, is_new);
        if is_reachable && !commands.is_empty() {
            let _ = self.backends.queues().pipeline(&commands).await;
        }
        let _ = self.backends.edge_rpc(&row).await;
    }

    fn elapsed_ms(&self) -> u64 {
        self.backends
            .runtime
            .now_ms()
            .saturating_sub(self.started_ms)
    }
}
