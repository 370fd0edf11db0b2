//! Lists: query parameters, and pages that continue behind the last item of the one before.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::limits::{DEFAULT_PAGE, MAX_PAGE};
use crate::timestamp::parse_rfc3339;
use crate::{ApiError, Id};

/// Longer than any cursor that is handed out.
const MAX_CURSOR_CHARS: usize = 200;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "{T}Page"))]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// Always true.
    pub success: bool,
    /// The items, newest first unless asked otherwise.
    pub items: Vec<T>,
    /// What `cursor` takes for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// Where a page ended: the creation time, exactly as the database wrote it, and the id.
///
/// Clients get it as one opaque text. It holds no right to anything: rows are filtered by their owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// RFC 3339, as the database wrote it.
    pub created_at: String,
    /// The last item.
    pub id: Id,
}

impl Cursor {
    /// As a text for the client.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {}", self.created_at, self.id))
    }

    /// From the client's text.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > MAX_CURSOR_CHARS {
            return None;
        }
        let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (created_at, id) = decoded.split_once(' ')?;
        parse_rfc3339(created_at)?;
        Some(Self {
            created_at: created_at.to_string(),
            id: id.parse().ok()?,
        })
    }
}

/// Query parameters, decoded.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a>(pub &'a [(String, String)]);

impl<'a> Query<'a> {
    /// The first parameter of that name; an empty one counts as absent, as forms send it.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter that is one of a few names.
    ///
    /// # Errors
    ///
    /// 400 when it is there and is not what `read` knows.
    pub fn one_of<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        match self.text(name) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(value) => Ok(Some(value)),
                None => Err(ApiError::invalid_field(name, expected)),
            },
        }
    }

    /// `true` or `false`.
    ///
    /// # Errors
    ///
    /// 400 when it is something else.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.one_of(name, "true or false", |value| value.parse().ok())
    }

    /// `cursor`.
    ///
    /// # Errors
    ///
    /// 400 when it was not handed out by a page.
    pub fn cursor(&self) -> Result<Option<Cursor>, ApiError> {
        self.one_of("cursor", "the nextCursor of a page", Cursor::decode)
    }

    /// `limit`, 1 to 100, 20 when it is not given.
    ///
    /// # Errors
    ///
    /// 400 when it is something else.
    pub fn limit(&self) -> Result<u32, ApiError> {
        let limit = self.one_of("limit", "a whole number from 1 to 100", |value| {
            value
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_PAGE).contains(limit))
        })?;
        Ok(limit.unwrap_or(DEFAULT_PAGE))
    }
}

/// Makes a page of rows, of which one more was read than the page holds, to know whether there is a next one.
#[must_use]
pub fn page<R, T>(
    mut rows: Vec<R>,
    limit: u32,
    cursor_of: impl Fn(&R) -> Cursor,
    item_of: impl FnMut(R) -> T,
) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows
        .last()
        .filter(|_| has_more)
        .map(|row| cursor_of(row).encode());
    Page {
        success: true,
        items: rows.into_iter().map(item_of).collect(),
        next_cursor,
    }
}

/// Rows to read for a page of this many.
#[must_use]
pub const fn rows_to_read(limit: u32) -> u32 {
    limit.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(last: u8) -> Cursor {
        Cursor {
            created_at: "2026-11-21T10:00:00.123456+00:00".into(),
            id: Id::from_bytes([last; 16]),
        }
    }

    #[test]
    fn cursors_come_back_as_they_were() {
        assert_eq!(Cursor::decode(&cursor(1).encode()), Some(cursor(1)));
        for wrong in ["", "x", "AAAA", "eyJhIjoxfQ", &"A".repeat(300)] {
            assert_eq!(Cursor::decode(wrong), None, "{wrong}");
        }
        let forged = URL_SAFE_NO_PAD.encode("now() 00000000-0000-4000-8000-000000000000");
        assert_eq!(Cursor::decode(&forged), None);
    }

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let full = page(alloc::vec![1u8, 2, 3], 2, |row| cursor(*row), |row| row);
        assert_eq!(full.items, [1, 2]);
        assert_eq!(full.next_cursor, Some(cursor(2).encode()));
        let last = page(alloc::vec![1u8, 2], 2, |row| cursor(*row), |row| row);
        assert_eq!(last.next_cursor, None);
    }

    #[test]
    fn parameters() {
        let pairs = [
            ("limit".to_string(), "5".to_string()),
            ("saved".into(), "yes".into()),
        ];
        let query = Query(&pairs);
        assert_eq!(query.limit().unwrap(), 5);
        assert_eq!(
            query.boolean("saved").unwrap_err().message,
            "saved: expected true or false."
        );
        assert_eq!(Query(&[]).limit().unwrap(), DEFAULT_PAGE);
        for limit in ["0", "101", "-1", "x"] {
            assert!(
                Query(&[("limit".into(), limit.into())]).limit().is_err(),
                "{limit}"
            );
        }
    }
}
