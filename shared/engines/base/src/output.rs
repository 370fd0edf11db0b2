//! Whether what a model made is a picture at all.
//!
//! A decoder that overflows gives NaN or a black frame, and both would look like a finished job to everybody
//! but the user.

use candle_core::{DType, Tensor};

use crate::Result;
pub use crate::error::InvalidOutput;

/// What passes for black when 0 is black and 1 is white: below it, an 8-bit picture holds only 0 and 1.
const BLACKEST_VISIBLE: f32 = 1.5 / 255.0;

/// Refuses tensors with NaN or infinite numbers.
///
/// # Errors
///
/// [`InvalidOutput::NotFinite`] if there is one.
pub fn check_finite(tensor: &Tensor) -> Result<()> {
    // Nothing times a finite number is 0, and times NaN or infinity it is NaN, which no sum loses. This stays
    // on the device: one number comes back.
    let rest = (tensor * 0.0)?.to_dtype(DType::F32)?.sum_all()?;
    if rest.to_scalar::<f32>()? == 0.0 {
        Ok(())
    } else {
        Err(InvalidOutput::NotFinite.into())
    }
}

/// Refuses what is no picture: NaN, infinity, or nothing but black. `picture` holds 0 for black and 1 for
/// white, whatever its shape.
///
/// # Errors
///
/// The [`InvalidOutput`] that it is.
pub fn check_picture(picture: &Tensor) -> Result<()> {
    check_finite(picture)?;
    let brightest = picture.to_dtype(DType::F32)?.flatten_all()?.max(0)?;
    if brightest.to_scalar::<f32>()? < BLACKEST_VISIBLE {
        return Err(InvalidOutput::Black.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::Error;

    fn check(values: &[f32]) -> Option<InvalidOutput> {
        let picture = Tensor::new(values, &Device::Cpu).unwrap();
        match check_picture(&picture) {
            Ok(()) => None,
            Err(Error::InvalidOutput(unsound)) => Some(unsound),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_overflowed_is_no_picture() {
        assert_eq!(check(&[0.5, f32::NAN, 0.1]), Some(InvalidOutput::NotFinite));
        assert_eq!(check(&[0.5, f32::INFINITY]), Some(InvalidOutput::NotFinite));
        assert_eq!(
            check(&[f32::NEG_INFINITY, 0.5]),
            Some(InvalidOutput::NotFinite)
        );
    }

    #[test]
    fn nothing_but_black_is_no_picture() {
        assert_eq!(check(&[0.0, -0.3, 0.002]), Some(InvalidOutput::Black));
        assert_eq!(check(&[0.0, 0.0, 0.01]), None);
    }

    #[test]
    fn one_colour_is_a_picture() {
        assert_eq!(check(&[1.0, 1.0]), None);
    }
}
