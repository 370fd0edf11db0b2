//! What the parts of a token and the keys have in common: algorithms, headers, and why a token is refused.

use alloc::string::String;

/// The algorithms that exist here. There is no `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256: Supabase's legacy secret.
    Hs256,
    /// ECDSA on P-256 with SHA-256: Supabase's signing keys.
    Es256,
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
}

impl Algorithm {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "HS256" => Some(Self::Hs256),
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }
}

/// Why a token is refused. Each is a 401; the name goes into `details.reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtError {
    /// Longer than [`MAX_TOKEN_BYTES`](crate::jwt::MAX_TOKEN_BYTES).
    TooLong,
    /// Not three parts of unpadded base64url with JSON objects in the first two.
    Malformed,
    /// An algorithm that is not accepted here.
    Algorithm,
    /// The header demands an extension (`crit`); none is known here.
    CriticalExtension,
    /// No key of ours fits the header.
    UnknownKey,
    Signature,
    /// A claim is absent or has another type than it should.
    Claim(&'static str),
    /// Past its `exp`.
    Expired,
    /// Before its `nbf`, or issued in the future.
    NotYetValid,
    Audience,
    Issuer,
    /// Not a user's token: a service's, an anonymous key's, another role's.
    Role,
}

impl JwtError {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "token_too_long",
            Self::Malformed => "token_malformed",
            Self::Algorithm => "token_algorithm",
            Self::CriticalExtension => "token_critical_extension",
            Self::UnknownKey => "token_unknown_key",
            Self::Signature => "token_signature",
            Self::Claim(_) => "token_claim",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::Audience => "token_audience",
            Self::Issuer => "token_issuer",
            Self::Role => "token_role",
        }
    }
}

/// What the header says, reduced to what may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// How it claims to be signed.
    pub algorithm: Algorithm,
    /// Which key it claims to be signed with.
    pub key_id: Option<String>,
}
