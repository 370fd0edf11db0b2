//! What the language model is asked and what it answers.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatRole {
    /// Says what the model is to be.
    System,
    User,
    Assistant,
}

impl ChatRole {
    /// The speaker of a name, as chat requests write it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            // The newer name of the same thing.
            "system" | "developer" => Some(Self::System),
            "user" => Some(Self::User),
            "assistant" => Some(Self::Assistant),
            _ => None,
        }
    }
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    pub role: ChatRole,
    pub text: String,
}

/// A conversation to go on with.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// What was said, the last turn being the one to answer.
    pub messages: Vec<ChatMessage>,
    /// The longest answer, in tokens.
    pub max_tokens: u32,
    /// 0 takes the likeliest token each time; above, less likely ones get their chance.
    pub temperature: f32,
    /// Only the likeliest tokens that together have this probability take part.
    pub top_p: f32,
    /// The same seed gives the same answer.
    pub seed: u64,
    /// Words that end the answer, and are not part of it.
    pub stop: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatAnswer {
    pub text: String,
    pub prompt_tokens: u32,
    pub answer_tokens: u32,
    /// Whether the model came to an end; else the answer was as long as allowed.
    pub complete: bool,
}
