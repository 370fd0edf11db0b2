//! What a model asks for, learned from the model's own code and without memory.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Device, Result, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};

use super::Shapes;

/// Records every tensor that is asked for. Build a model with [`RequiredTensors::builder`], then look at
/// [`RequiredTensors::shapes`]: the model's code is the one list of its names.
#[derive(Debug, Clone, Default)]
pub struct RequiredTensors {
    shapes: Arc<Mutex<Shapes>>,
}

impl RequiredTensors {
    /// The list of what `build` asks for.
    ///
    /// # Errors
    ///
    /// What `build` fails with.
    pub fn by<M, E>(
        build: impl FnOnce(VarBuilder<'static>) -> std::result::Result<M, E>,
    ) -> std::result::Result<Shapes, E> {
        let wanted = Self::default();
        build(wanted.builder())?;
        Ok(wanted.shapes())
    }

    /// A source whose tensors are all zero and take no memory, whatever their size.
    #[must_use]
    pub fn builder(&self) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), DType::F32, Device::Cpu)
    }

    /// What was asked for so far.
    #[must_use]
    pub fn shapes(&self) -> Shapes {
        self.shapes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl SimpleBackend for RequiredTensors {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        precision: DType,
        device: &Device,
    ) -> Result<Tensor> {
        self.shapes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), shape.dims().to_vec());
        // One zero, seen everywhere.
        Tensor::zeros((), precision, device)?.broadcast_as(shape)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        candle_core::bail!("{name}: a list of what a model wants needs shapes")
    }

    fn contains_tensor(&self, _: &str) -> bool {
        true
    }
}
