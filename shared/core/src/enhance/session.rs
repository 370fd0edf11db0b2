//! The last few turns of a conversation, so that "now at night" means something.

use alloc::string::String;
use alloc::vec::Vec;

use ourvidz_prompts::enhance::chat::Turn;

use crate::Id;
use crate::fingerprint::sha256_hex;

/// Turns that are remembered: as many as fit a small model's attention.
pub const MAX_TURNS: usize = 4;

/// How long a conversation is remembered after its last turn.
pub const SESSION_SECONDS: u32 = 30 * 60;

/// Where a conversation is kept: of its owner, whatever name the client gave it.
#[must_use]
pub fn key(user: Id, session_id: &str) -> String {
    let digest = sha256_hex(session_id.as_bytes());
    alloc::format!("ourvidz:enhance:session:{user}:{digest}")
}

/// The turns in a text; what nobody can read is a new conversation.
#[must_use]
pub fn read(text: Option<&str>) -> Vec<Turn> {
    let turns: Vec<Turn> = text
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let old = turns.len().saturating_sub(MAX_TURNS);
    turns.into_iter().skip(old).collect()
}

/// The conversation with one more turn, without those that are too old.
#[must_use]
pub fn write(mut turns: Vec<Turn>, turn: Turn) -> String {
    turns.push(turn);
    let old = turns.len().saturating_sub(MAX_TURNS);
    let kept: Vec<Turn> = turns.into_iter().skip(old).collect();
    serde_json::to_string(&kept).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_turns() {
        let mut text = None;
        for number in 0..7 {
            let turn = Turn {
                prompt: alloc::format!("{number}"),
                enhanced: String::new(),
            };
            text = Some(write(read(text.as_deref()), turn));
        }
        let prompts: Vec<String> = read(text.as_deref())
            .into_iter()
            .map(|turn| turn.prompt)
            .collect();
        assert_eq!(prompts, ["3", "4", "5", "6"]);
        assert!(read(Some("{}")).is_empty() && read(None).is_empty());
    }
}
