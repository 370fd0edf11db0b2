//! Qwen2.5 behind the worker's words.

use std::ops::ControlFlow;

use ourvidz_engine_base::Error;
use ourvidz_engine_qwen::{Finish, Message, Options, Qwen, Request, Role, Sampling};

use crate::engine::{ChatAnswer, ChatRequest, Speaker, Stopped};

/// The language model, loaded.
pub struct Language {
    model: Qwen,
}

impl Language {
    /// Loads it.
    ///
    /// # Errors
    ///
    /// When files are missing or memory does not suffice; the text says which.
    pub fn load(options: &Options) -> Result<Self, Error> {
        let model = Qwen::load(options)?;
        Ok(Self { model })
    }

    /// Answers, as [`crate::engine::Engine::chat`] says.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn chat(
        &mut self,
        request: &ChatRequest,
        say: &mut dyn FnMut(&str) -> Result<(), Stopped>,
    ) -> Result<ChatAnswer, Error> {
        let mut say = |piece: &str| match say(piece) {
            Ok(()) => ControlFlow::Continue(()),
            Err(Stopped) => ControlFlow::Break(()),
        };
        let completion = self.model.answer(&to_model(request), &mut say)?;
        let count = |tokens| u32::try_from(tokens).unwrap_or(u32::MAX);
        Ok(ChatAnswer {
            text: completion.text,
            prompt_tokens: count(completion.prompt_tokens),
            answer_tokens: count(completion.completion_tokens),
            complete: completion.finish == Finish::Stop,
        })
    }
}

fn to_model(request: &ChatRequest) -> Request {
    Request {
        messages: request
            .turns
            .iter()
            .map(|turn| Message {
                role: match turn.speaker {
                    Speaker::System => Role::System,
                    Speaker::User => Role::User,
                    Speaker::Assistant => Role::Assistant,
                },
                content: turn.text.clone(),
            })
            .collect(),
        sampling: Sampling {
            temperature: request.temperature,
            top_p: request.top_p,
            seed: request.seed,
        },
        max_tokens: request.max_tokens as usize,
        stop: request.stop.clone(),
    }
}
