//! The shapes in which a job type makes its pictures, each with its size in pixels.

use serde::{Serialize, Serializer};

/// A shape: width by height as people say it, and what that is in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aspect {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
}

const fn shape(name: &'static str, width: u32, height: u32) -> Aspect {
    Aspect {
        name,
        width,
        height,
    }
}

/// Sizes that SDXL was trained on: about a megapixel, and none larger than the square, so that each takes the same time
/// and memory. The first is made where an order names none.
pub const SDXL_ASPECTS: [Aspect; 9] = [
    shape("1:1", 1024, 1024),
    shape("4:3", 1152, 896),
    shape("3:4", 896, 1152),
    shape("3:2", 1216, 832),
    shape("2:3", 832, 1216),
    shape("16:9", 1344, 768),
    shape("9:16", 768, 1344),
    shape("21:9", 1536, 640),
    shape("9:21", 640, 1536),
];

/// The two sizes that WAN 2.1 1.3B was trained on.
pub const WAN_ASPECTS: [Aspect; 2] = [shape("9:16", 480, 832), shape("16:9", 832, 480)];

impl Aspect {
    /// Width and height in pixels.
    #[must_use]
    pub const fn size(self) -> (u32, u32) {
        (self.width, self.height)
    }
}

/// In an order's fingerprint it is its name.
impl Serialize for Aspect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JobType;

    #[test]
    fn a_size_has_the_shape_of_its_name_and_is_no_more_work_than_the_first() {
        for job_type in JobType::ALL {
            let pixels = |aspect: &Aspect| aspect.width * aspect.height;
            let [first, ..] = job_type.aspects() else {
                panic!("{job_type} has no shape");
            };
            for aspect in job_type.aspects() {
                let (across, down) = aspect.name.split_once(':').unwrap();
                let named = across.parse::<f64>().unwrap() / down.parse::<f64>().unwrap();
                let made = f64::from(aspect.width) / f64::from(aspect.height);
                assert!((made / named - 1.0).abs() < 0.05, "{aspect:?} is {made}");
                assert!(pixels(aspect) <= pixels(first), "{aspect:?}");
                assert_eq!(
                    (aspect.width % 16, aspect.height % 16),
                    (0, 0),
                    "{aspect:?}"
                );
            }
        }
    }

    // The API's description has one list of names for all job types.
    #[test]
    fn sdxl_has_every_shape() {
        for aspect in WAN_ASPECTS {
            assert!(SDXL_ASPECTS.iter().any(|known| known.name == aspect.name));
        }
    }
}
