//! A signed-in user.

use ourvidz_core::Id;

use crate::settings::Settings;

#[derive(Clone)]
pub struct Caller {
    pub user_id: Id,
    /// Whether the project made this user an administrator.
    pub is_admin: bool,
    /// Whether it is an anonymous sign-in.
    pub is_anonymous: bool,
    /// When the token ends, in seconds since 1970.
    pub expires_at_s: u64,
    /// The token, which the database verifies once more when the user reads.
    pub token: String,
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
}
