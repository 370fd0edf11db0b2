//! The fields of `multipart/form-data`, in which OpenAI's clients send orders of videos: texts, and no files.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use crate::ApiError;

/// The form as a JSON object of texts, so that it is read as any body. A file is a field like any other: what takes
/// none refuses it by its name.
///
/// # Errors
///
/// 400 for what is no form.
pub fn json_of_form(content_type: &str, body: &[u8]) -> Result<Vec<u8>, ApiError> {
    let fields = boundary(content_type)
        .and_then(|boundary| fields(boundary, body))
        .ok_or_else(|| ApiError::invalid_field("body", "a form of fields"))?;
    Ok(Value::Object(fields).to_string().into_bytes())
}

fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.split(';').skip(1);
    let boundary = parameters
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?
        .1
        .trim_matches('"');
    (!boundary.is_empty()).then_some(boundary)
}

fn fields(boundary: &str, body: &[u8]) -> Option<Map<String, Value>> {
    let delimiter = ["--", boundary].concat();
    let text = String::from_utf8_lossy(body);
    let mut parts = text.split(delimiter.as_str());
    // What is before the first delimiter is for nobody.
    parts.next()?;
    let mut fields = Map::new();
    for part in parts {
        if part.starts_with("--") {
            return Some(fields);
        }
        let (head, value) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
        let value = value.strip_suffix("\r\n")?;
        fields.insert(name_in(head)?.to_string(), value.into());
    }
    // A form without its last delimiter did not arrive whole.
    None
}

/// The name in `Content-Disposition: form-data; name="..."`.
fn name_in(head: &str) -> Option<&str> {
    let line = head.lines().find(|line| {
        line.get(.."content-disposition:".len())
            .is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:"))
    })?;
    let parameters = line.split(';').map(str::trim);
    parameters
        .filter_map(|parameter| parameter.strip_prefix("name="))
        .map(|name| name.trim_matches('"'))
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----b";

    #[test]
    fn a_form_is_an_object_of_texts() {
        let body = "------b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na red\r\n\r\nfox\r\n\
            ------b\r\ncontent-disposition: form-data; name=\"input_reference\"; filename=\"a.png\"\r\n\
            content-type: image/png\r\n\r\n\u{89}PNG\r\n------b--\r\n";
        let json = json_of_form(TYPE, body.as_bytes()).unwrap();
        let fields: Map<String, Value> = serde_json::from_slice(&json).unwrap();
        assert_eq!(fields["prompt"], "a red\r\n\r\nfox");
        assert!(fields.contains_key("input_reference"));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (content_type, body) in [
            ("multipart/form-data", "------b--\r\n"),
            (TYPE, ""),
            (TYPE, "------b\r\n"),
            (
                TYPE,
                "------b\r\nContent-Disposition: form-data\r\n\r\nx\r\n------b--",
            ),
            (
                TYPE,
                "------b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\ncut off",
            ),
        ] {
            assert!(
                json_of_form(content_type, body.as_bytes()).is_err(),
                "{body}"
            );
        }
    }
}
