//! The manifest of the C2PA specification 2: what is claimed, and who signs it, in JUMBF boxes (ISO 19566-5).

use ourvidz_core::Id;
use ring::digest::{SHA256, digest};

use super::cbor::Cbor;
use super::signer::Signer;
use crate::media::{DigitalSource, ImageMetadata};

/// What a file says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub source: DigitalSource,
    /// The model that made it, as its other metadata names it.
    pub model: &'a str,
}

impl<'a> Origin<'a> {
    /// What a file's metadata says.
    #[must_use]
    pub fn of(metadata: &'a ImageMetadata) -> Self {
        Self {
            source: metadata.source,
            model: &metadata.model,
        }
    }
}

/// How the manifest is bound to the rest of its file: an assertion's label and content.
pub(super) struct Binding {
    pub(super) label: &'static str,
    pub(super) content: Cbor,
}

/// The names that a manifest gives itself and its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub(super) manifest: Id,
    pub(super) instance: Id,
}

/// What every type of a box ends with.
const TYPE_END: [u8; 12] = [0, 0x11, 0, 0x10, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
/// A box may be asked for by its label.
const REQUESTABLE: u8 = 0b11;
const ACTIONS: &str = "c2pa.actions.v2";
const ASSERTIONS: &str = "c2pa.assertions";
const SIGNATURE: &str = "c2pa.signature";

/// The whole store with one manifest. How long it is does not depend on the hash in the binding.
pub(super) fn store(
    origin: Origin<'_>,
    binding: &Binding,
    names: Names,
    signer: &Signer,
) -> Result<Vec<u8>, String> {
    let label = format!("urn:c2pa:{}", names.manifest);
    let assertions = [
        (ACTIONS, assertion(ACTIONS, &actions(origin))),
        (binding.label, assertion(binding.label, &binding.content)),
    ];
    let references = assertions
        .iter()
        .map(|(label, bytes)| reference(label, bytes))
        .collect();
    let claimed = Cbor::map([
        (
            "instanceID",
            Cbor::Text(format!("xmp:iid:{}", names.instance)),
        ),
        ("claim_generator_info", program()),
        (
            "signature",
            Cbor::Text(format!("self#jumbf=/c2pa/{label}/{SIGNATURE}")),
        ),
        ("created_assertions", Cbor::List(references)),
        ("alg", Cbor::text("sha256")),
    ])
    .encode();
    let signature = signer.sign(claimed.clone())?;
    let [(_, first), (_, second)] = assertions;
    let manifest = superbox(
        b"c2ma",
        &label,
        &[
            superbox(b"c2as", ASSERTIONS, &[first, second]),
            superbox(b"c2cl", "c2pa.claim.v2", &[boxed(b"cbor", &[&claimed])]),
            superbox(b"c2cs", SIGNATURE, &[boxed(b"cbor", &[&signature])]),
        ],
    );
    Ok(superbox(b"c2pa", "c2pa", &[manifest]))
}

/// A box of a length, a type and its content.
pub(super) fn boxed(kind: &[u8; 4], content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = (content.len() + 8) as u32;
    [&length.to_be_bytes()[..], kind, &content].concat()
}

/// That a program made this, and which.
fn actions(origin: Origin<'_>) -> Cbor {
    let created = Cbor::map([
        ("action", Cbor::text("c2pa.created")),
        ("digitalSourceType", Cbor::text(origin.source.iptc())),
        (
            "softwareAgent",
            Cbor::map([("name", Cbor::text(origin.model))]),
        ),
    ]);
    Cbor::map([("actions", Cbor::List(vec![created]))])
}

fn program() -> Cbor {
    Cbor::map([
        ("name", Cbor::text("ourvidz-worker")),
        ("version", Cbor::text(env!("CARGO_PKG_VERSION"))),
    ])
}

fn assertion(label: &str, content: &Cbor) -> Vec<u8> {
    superbox(b"cbor", label, &[boxed(b"cbor", &[&content.encode()])])
}

/// The claim names each assertion with the hash of its box, without the box's own length and type.
fn reference(label: &str, bytes: &[u8]) -> Cbor {
    Cbor::map([
        (
            "url",
            Cbor::Text(format!("self#jumbf={ASSERTIONS}/{label}")),
        ),
        (
            "hash",
            Cbor::Bytes(
                digest(&SHA256, bytes.get(8..).unwrap_or_default())
                    .as_ref()
                    .to_vec(),
            ),
        ),
    ])
}

/// A box that describes itself and holds others.
fn superbox(kind: &[u8; 4], label: &str, content: &[Vec<u8>]) -> Vec<u8> {
    let description = boxed(
        b"jumd",
        &[kind, &TYPE_END, &[REQUESTABLE], label.as_bytes(), &[0]],
    );
    boxed(b"jumb", &[&description, &content.concat()])
}
