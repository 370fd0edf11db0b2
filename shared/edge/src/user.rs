//! A user, or a program that a user gave a key.

use ourvidz_core::Id;

use crate::settings::Settings;

#[derive(Clone)]
pub struct Caller {
    pub user_id: Id,
    /// Whether the project made this user an administrator; never so for a key.
    pub is_admin: bool,
    /// Whether it is an anonymous sign-in.
    pub is_anonymous: bool,
    /// When the token ends, or what was opened by a key, in seconds since 1970.
    pub expires_at_s: u64,
    /// What the database is shown when the user reads.
    pub proof: UserProof,
}

/// What makes the database believe in whose name it is asked.
#[derive(Clone)]
pub enum UserProof {
    /// The user's token, which it verifies once more.
    Token(String),
    /// A key of the user's, whose owner it looks up once more.
    ApiKey(Id),
}

impl Caller {
    /// Credits that this user starts with: none for anonymous sign-ins, which anybody can make by the thousand.
    #[must_use]
    pub const fn starting_credits(&self, settings: &Settings) -> u32 {
        if self.is_anonymous {
            0
        } else {
            settings.starting_credits
        }
    }

    /// The key that the request came with.
    #[must_use]
    pub const fn api_key_id(&self) -> Option<Id> {
        match self.proof {
            UserProof::ApiKey(id) => Some(id),
            UserProof::Token(_) => None,
        }
    }
}
