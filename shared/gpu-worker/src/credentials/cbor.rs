//! CBOR (RFC 8949) as far as a manifest needs it, each value in its shortest form.

pub(super) enum Cbor {
    /// 0 and above.
    Whole(u64),
    /// This many below -1: `Negative(6)` is -7.
    Negative(u64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Self>),
    /// In the order in which it is given.
    Map(Vec<(Self, Self)>),
    Tagged(u64, Box<Self>),
    Null,
}

impl Cbor {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A map whose keys are texts.
    pub(super) fn map<const N: usize>(pairs: [(&str, Self); N]) -> Self {
        Self::Map(pairs.map(|(key, value)| (Self::text(key), value)).into())
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Whole(number) => head(out, 0, *number),
            Self::Negative(below) => head(out, 1, *below),
            Self::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend(bytes);
            }
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend(text.as_bytes());
            }
            Self::List(items) => {
                head(out, 4, items.len() as u64);
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(pairs) => {
                head(out, 5, pairs.len() as u64);
                for (key, value) in pairs {
                    key.write(out);
                    value.write(out);
                }
            }
            Self::Tagged(tag, value) => {
                head(out, 6, *tag);
                value.write(out);
            }
            Self::Null => out.push(0xf6),
        }
    }
}

/// The first bytes of a value: its kind, and a number in as few bytes as hold it.
fn head(out: &mut Vec<u8>, kind: u8, number: u64) {
    let kind = kind << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..24 => out.push(kind | number as u8),
        24..0x100 => out.extend([kind | 24, number as u8]),
        0x100..0x1_0000 => {
            out.push(kind | 25);
            out.extend(&bytes[6..]);
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(kind | 26);
            out.extend(&bytes[4..]);
        }
        _ => {
            out.push(kind | 27);
            out.extend(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the examples in RFC 8949, appendix A.
    #[test]
    fn values_are_written_as_the_standard_shows() {
        let text = Cbor::text;
        for (value, expected) in [
            (Cbor::Whole(0), "00"),
            (Cbor::Whole(23), "17"),
            (Cbor::Whole(24), "1818"),
            (Cbor::Whole(1000), "1903e8"),
            (Cbor::Whole(1_000_000), "1a000f4240"),
            (Cbor::Whole(1_000_000_000_000), "1b000000e8d4a51000"),
            (Cbor::Negative(99), "3863"),
            (Cbor::Bytes(vec![1, 2, 3, 4]), "4401020304"),
            (text("\u{fc}"), "62c3bc"),
            (Cbor::List(vec![Cbor::Whole(1), Cbor::Null]), "8201f6"),
            (Cbor::map([("a", text("A"))]), "a161616141"),
            (Cbor::Tagged(1, Box::new(Cbor::Whole(1))), "c101"),
        ] {
            let hex: String = value
                .encode()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(hex, expected);
        }
    }
}
