//! What a file says of its origin: the IPTC's digital source type in an XMP packet, where each format keeps one.

use crate::engine::EngineInfo;

/// Before the packet in a JPEG's APP1 segment.
const JPEG_HEADER: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The `uuid` of the box that holds the packet in an MP4.
const MP4_UUID: [u8; 16] = [
    0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac,
];

/// How pixels came about, by the words of the IPTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigitalSource {
    /// By a model that was trained with media.
    TrainedAlgorithmicMedia,
    /// By a program alone, as the preview draws.
    AlgorithmicMedia,
}

impl From<EngineInfo> for DigitalSource {
    fn from(info: EngineInfo) -> Self {
        if info.is_preview {
            Self::AlgorithmicMedia
        } else {
            Self::TrainedAlgorithmicMedia
        }
    }
}

impl DigitalSource {
    /// The keyword of a PNG's text that holds the packet.
    pub(super) const PNG_KEYWORD: &str = "XML:com.adobe.xmp";

    /// Its name among the IPTC's.
    #[must_use]
    pub const fn iptc(self) -> &'static str {
        match self {
            Self::TrainedAlgorithmicMedia => {
                "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
            }
            Self::AlgorithmicMedia => {
                "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
            }
        }
    }

    /// The packet. Read-only, so without the padding in which others would write.
    pub(super) fn xmp(self) -> String {
        let name = self.iptc();
        let version = env!("CARGO_PKG_VERSION");
        format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
             xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
             Iptc4xmpExt:DigitalSourceType=\"{name}\" \
             xmp:CreatorTool=\"ourvidz-worker {version}\"/>\
             </rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
        )
    }

    /// The content of a JPEG's APP1 segment.
    pub(super) fn jpeg_segment(self) -> Vec<u8> {
        [JPEG_HEADER, self.xmp().as_bytes()].concat()
    }

    /// A box for the end of an MP4, where it moves nothing that others point to.
    pub(super) fn mp4_box(self) -> Vec<u8> {
        let xmp = self.xmp();
        let length = (8 + MP4_UUID.len() + xmp.len()) as u32;
        [
            &length.to_be_bytes()[..],
            b"uuid",
            &MP4_UUID,
            xmp.as_bytes(),
        ]
        .concat()
    }
}
