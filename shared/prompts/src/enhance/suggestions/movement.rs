//! What moves in a video, and what its quality is.

use super::Facet::{Camera, Motion, Quality};
use super::{Suggestion, on};
use crate::enhance::traits::Traits as T;

const NONE: T = T::NONE;
const LIVING: T = T::union(&[T::PERSON, T::ANIMAL]);

/// What moves, and how the camera does.
pub const MOVEMENT: &[Suggestion] = &[
    on(
        Motion,
        "natural, fluid movement",
        NONE,
        T::union(&[T::STILL, T::FAST]),
    ),
    on(
        Motion,
        "hair and clothes moving with each gesture",
        T::PERSON,
        T::union(&[T::STILL, T::UNDERWATER, T::SPACE]),
    ),
    on(
        Motion,
        "ears and fur moving subtly",
        T::ANIMAL,
        T::union(&[T::UNDERWATER, T::WATER]),
    ),
    on(
        Motion,
        "leaves and grass swaying in the wind",
        T::NATURE,
        T::union(&[T::INDOOR, T::SNOW, T::WATER, T::FIRE, T::SPACE]),
    ),
    on(
        Motion,
        "water rippling and catching the light",
        T::WATER,
        T::union(&[T::COLD, T::UNDERWATER]),
    ),
    on(
        Motion,
        "snowflakes drifting through the frame",
        T::SNOW,
        T::INDOOR,
    ),
    on(
        Motion,
        "raindrops falling and splashing",
        T::RAIN,
        T::INDOOR,
    ),
    on(Motion, "flames flickering, sparks rising", T::FIRE, NONE),
    on(
        Motion,
        "particles drifting in the current",
        T::UNDERWATER,
        NONE,
    ),
    on(Motion, "dust drifting weightlessly", T::SPACE, NONE),
    on(
        Motion,
        "steam rising in slow curls",
        T::FOOD,
        T::union(&[T::COLD, T::FAST]),
    ),
    on(
        Motion,
        "distant traffic and people moving",
        T::CITY,
        T::union(&[T::OLD, T::STILL]),
    ),
    on(
        Motion,
        "wheels turning, dust rolling up behind",
        T::union(&[T::VEHICLE, T::OUTDOOR]),
        T::union(&[T::WATER, T::RAIN, T::SNOW, T::SPACE, T::STILL]),
    ),
    on(
        Motion,
        "small natural movement of the subject",
        LIVING,
        NONE,
    ),
    on(
        Motion,
        "slight movement in the air",
        NONE,
        T::union(&[T::SPACE, T::UNDERWATER]),
    ),
    on(
        Camera,
        "slow dolly toward the subject",
        NONE,
        T::union(&[T::FAST, T::FIXED_CAMERA]),
    ),
    on(
        Camera,
        "smooth tracking shot alongside the subject",
        T::MOVING,
        T::FIXED_CAMERA,
    ),
    on(
        Camera,
        "camera drifts with the current",
        T::UNDERWATER,
        NONE,
    ),
    on(
        Camera,
        "camera rises to reveal the landscape",
        T::NATURE,
        T::union(&[T::CLOSE, T::INDOOR, T::FIXED_CAMERA]),
    ),
    on(
        Camera,
        "steadicam shot through the scene",
        T::CITY,
        T::union(&[T::CLOSE, T::FIXED_CAMERA]),
    ),
    on(Camera, "slow orbit around the subject", T::PRODUCT, T::FAST),
    on(Camera, "slow push in on the details", T::FOOD, T::FAST),
    on(Camera, "locked off camera", T::STILL, T::MOVING_CAMERA),
    on(Camera, "steady camera", NONE, NONE),
    on(Quality, "highly detailed", NONE, NONE),
];

/// Quality in a video is first of all that nothing flickers.
pub const VIDEO_QUALITY: &[Suggestion] = &[
    on(Quality, "temporal consistency", NONE, NONE),
    on(
        Quality,
        "fluid motion",
        NONE,
        T::union(&[T::FAST, T::STILL]),
    ),
    on(Quality, "consistent detail from frame to frame", NONE, NONE),
    on(Quality, "high resolution", NONE, NONE),
];
