//! Qwen2.5 behind the worker's trait.

use std::ops::ControlFlow;

use ourvidz_engine_base::Error;
use ourvidz_engine_qwen::{Finish, Options, Qwen, QwenMessage, QwenRequest, QwenRole, Sampling};

use crate::engine::{ChatAnswer, ChatRequest, ChatRole, Stopped};

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
        let mut say = |delta: &str| match say(delta) {
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

fn to_model(request: &ChatRequest) -> QwenRequest {
    QwenRequest {
        messages: request
            .messages
            .iter()
            .map(|message| QwenMessage {
                role: match message.role {
                    ChatRole::System => QwenRole::System,
                    ChatRole::User => QwenRole::User,
                    ChatRole::Assistant => QwenRole::Assistant,
                },
                content: message.text.clone(),
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
