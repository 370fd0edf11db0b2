//! What a certificate (X.509, in DER) says of how long it counts.

/// Tags of DER that are told apart here: the optional version, and the two forms of a time.
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// When it ends, as fourteen digits from the year to the second, so that the order of texts is the order of times; none
/// where it is no certificate.
pub(super) fn ends_at(certificate: &[u8]) -> Option<String> {
    let whole = element(certificate)?;
    let mut fields = element(whole.content)?.content;
    if fields.first() == Some(&VERSION) {
        fields = element(fields)?.rest;
    }
    // Before the validity: the serial number, the algorithm, the issuer.
    for _ in 0..3 {
        fields = element(fields)?.rest;
    }
    let begins = element(element(fields)?.content)?;
    let ends = element(begins.rest)?;
    let digits = std::str::from_utf8(ends.content).ok()?.strip_suffix('Z')?;
    let full = match (ends.tag, digits.len()) {
        (GENERALIZED_TIME, 14) => digits.to_owned(),
        // Two digits of a year: those from 50 on are of the century before (RFC 5280, 4.1.2.5.1).
        (UTC_TIME, 12) if digits >= "50" => format!("19{digits}"),
        (UTC_TIME, 12) => format!("20{digits}"),
        _ => return None,
    };
    full.bytes()
        .all(|digit| digit.is_ascii_digit())
        .then_some(full)
}

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    /// What follows it.
    rest: &'a [u8],
}

fn element(der: &[u8]) -> Option<Element<'_>> {
    let (&tag, der) = der.split_first()?;
    let (&first, der) = der.split_first()?;
    let (length, der) = match first {
        0..=0x7f => (usize::from(first), der),
        // The length's own length; four bytes are more than any file has.
        0x81..=0x84 => {
            let (bytes, der) = der.split_at_checked(usize::from(first & 0x7f))?;
            let length = bytes
                .iter()
                .fold(0, |all, byte| all << 8 | usize::from(*byte));
            (length, der)
        }
        _ => return None,
    };
    let (content, rest) = der.split_at_checked(length)?;
    Some(Element { tag, content, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of a certificate as is read, with a validity that ends so.
    fn certificate(version: bool, tag: u8, end: &str) -> Vec<u8> {
        let wrapped = |tag: u8, parts: &[Vec<u8>]| {
            let content = parts.concat();
            [
                vec![tag, 0x81, u8::try_from(content.len()).unwrap()],
                content,
            ]
            .concat()
        };
        let time = wrapped(tag, &[end.as_bytes().to_vec()]);
        let validity = wrapped(0x30, &[time.clone(), time]);
        let version = if version {
            vec![VERSION, 3, 2, 1, 2]
        } else {
            Vec::new()
        };
        let before = vec![2, 1, 7, 0x30, 0, 0x30, 0];
        wrapped(0x30, &[wrapped(0x30, &[version, before, validity])])
    }

    #[test]
    fn both_forms_of_a_time_are_read() {
        for (tag, end, expected) in [
            (UTC_TIME, "261130093015Z", Some("20261130093015")),
            (UTC_TIME, "491231235959Z", Some("20491231235959")),
            (UTC_TIME, "500101000000Z", Some("19500101000000")),
            (GENERALIZED_TIME, "21240101000000Z", Some("21240101000000")),
            (GENERALIZED_TIME, "261130093015Z", None),
            (UTC_TIME, "26113009301xZ", None),
            (UTC_TIME, "261130093015", None),
            (4, "261130093015Z", None),
        ] {
            for version in [true, false] {
                let read = ends_at(&certificate(version, tag, end));
                assert_eq!(read.as_deref(), expected, "{end}");
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_no_certificate() {
        let whole = certificate(true, UTC_TIME, "261130093015Z");
        for length in 0..whole.len() {
            assert_eq!(ends_at(&whole[..length]), None, "{length}");
        }
        assert_eq!(ends_at(&[0x30, 0x85, 1, 1, 1, 1, 1]), None);
    }
}
