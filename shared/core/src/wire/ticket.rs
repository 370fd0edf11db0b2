//! `POST /api/events/ticket`: a way into an event stream for browsers' own `EventSource`, which sends no header.

use alloc::format;
use alloc::string::String;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::rpc::IssueEventTicket;
use crate::fingerprint::sha256_hex;
use crate::limits::{MAX_TICKETS, TICKET_SECONDS};
use crate::{Id, Moment};

/// Begins every ticket, so that one that leaked is recognised for what it is.
const PREFIX: &str = "evt_";

/// The prefix and the base64 of 32 bytes.
const TICKET_CHARS: usize = 47;

/// The branch of a request's randomness that its ticket is made of. Not the entropy itself: a part of that is
/// shown in the request's id.
const BRANCH: u32 = 1;

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TicketReply {
    /// Always true.
    pub success: bool,
    /// What goes into `?ticket=` of one event stream.
    pub ticket: String,
    /// Until when that stream has to begin.
    pub expires_in_seconds: u32,
}

/// A fresh ticket.
#[must_use]
pub fn fresh(at: &Moment) -> String {
    let random = at.branch(BRANCH).entropy;
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random))
}

/// What the database knows of a ticket; none for what never was one.
#[must_use]
pub fn digest(ticket: &str) -> Option<String> {
    let is_ticket = ticket.len() == TICKET_CHARS && ticket.starts_with(PREFIX);
    is_ticket.then(|| sha256_hex(ticket.as_bytes()))
}

/// The call that makes a ticket good.
#[must_use]
pub fn issue(
    user_id: Id,
    api_key_id: Option<Id>,
    ticket: &str,
    token_ends_at_s: u64,
) -> IssueEventTicket {
    IssueEventTicket {
        p_user_id: user_id,
        p_digest: sha256_hex(ticket.as_bytes()),
        p_seconds: TICKET_SECONDS,
        p_ends_at_s: token_ends_at_s,
        p_most: MAX_TICKETS,
        p_api_key_id: api_key_id,
    }
}

/// The answer with a ticket.
#[must_use]
pub fn reply(ticket: String) -> TicketReply {
    TicketReply {
        success: true,
        ticket,
        expires_in_seconds: TICKET_SECONDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Nth;

    #[test]
    fn a_ticket_is_long_random_and_no_part_of_what_a_request_shows() {
        let at = Moment::new(0, [7; 32]);
        let ticket = fresh(&at);
        assert_eq!(ticket.len(), TICKET_CHARS);
        assert_ne!(ticket, fresh(&Moment::new(0, [8; 32])));
        let shown = at.fresh_id(Nth::Second);
        let raw = URL_SAFE_NO_PAD.decode(&ticket[4..]).unwrap();
        assert!(
            !raw.windows(4)
                .any(|part| shown.as_bytes().windows(4).any(|other| other == part))
        );
    }

    #[test]
    fn only_the_digest_goes_to_the_database() {
        let ticket = fresh(&Moment::new(0, [7; 32]));
        let user = Id::from_bytes([1; 16]);
        let call = issue(user, None, &ticket, 9);
        assert_eq!(Some(&call.p_digest), digest(&ticket).as_ref());
        assert!(!alloc::format!("{call:?}").contains(&ticket[4..]));
        for wrong in [
            "",
            "evt_",
            &ticket[..46],
            &alloc::format!("{ticket}x"),
            &ticket.replace("evt_", "evt-"),
        ] {
            assert_eq!(digest(wrong), None, "{wrong}");
        }
    }
}
