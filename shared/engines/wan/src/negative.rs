//! What the model's authors always have it avoid.

/// The negative prompt that the authors publish with the model and always apply. It names, in the language that
/// most of the training texts were written in: garish colours, overexposure, stillness, blurred details,
/// subtitles, paintings, greyness, low quality, compression residue, malformed hands, faces and limbs, cluttered
/// backgrounds, crowds, and walking backwards.
pub const OFFICIAL: &str = "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，\
JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，\
手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走";
