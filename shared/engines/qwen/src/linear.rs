//! A matrix that a layer multiplies with, whatever its numbers are stored as.

use candle_core::quantized::QMatMul;
use candle_core::{Module, Result, Tensor};

/// A matrix and perhaps a bias.
#[derive(Debug, Clone)]
pub struct Linear {
    matrix: Matrix,
    bias: Option<Tensor>,
}

#[derive(Debug, Clone)]
enum Matrix {
    Whole(Tensor),
    Quantised(QMatMul),
}

impl Linear {
    pub const fn whole(weight: Tensor, bias: Option<Tensor>) -> Self {
        Self {
            matrix: Matrix::Whole(weight),
            bias,
        }
    }

    pub const fn quantised(matrix: QMatMul, bias: Option<Tensor>) -> Self {
        Self {
            matrix: Matrix::Quantised(matrix),
            bias,
        }
    }
}

impl Module for Linear {
    /// (tokens, inputs) to (tokens, outputs).
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let product = match &self.matrix {
            // The table of a quantised model with tied matrices is of another precision than what it meets.
            Matrix::Whole(weight) => input.matmul(&weight.to_dtype(input.dtype())?.t()?)?,
            Matrix::Quantised(matrix) => matrix.forward(input)?,
        };
        match &self.bias {
            Some(bias) => product.broadcast_add(bias),
            None => Ok(product),
        }
    }
}
