//! Where the matrices come from: whole numbers of some precision, or quantised ones.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use candle_core::quantized::gguf_file::Content;
use candle_core::quantized::{QMatMul, QTensor};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use ourvidz_engine_base::{Error, Result};

use crate::linear::Linear;

/// Gives tensors by the names of the published safetensors.
pub enum QwenWeights {
    /// Tensors in one precision.
    Whole(VarBuilder<'static>),
    /// A GGUF file.
    Quantised {
        content: Content,
        /// The open file. Tensors are read one after the other.
        file: Mutex<File>,
        device: Device,
    },
}

/// GGUF keeps the layers' numbers and has its own word for everything else.
const GGUF_NAMES: [(&str, &str); 12] = [
    ("model.embed_tokens", "token_embd"),
    ("model.norm", "output_norm"),
    ("lm_head", "output"),
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
    ("post_attention_layernorm", "ffn_norm"),
    ("input_layernorm", "attn_norm"),
];

/// `model.layers.3.mlp.up_proj.weight` is `blk.3.ffn_up.weight`.
fn gguf_name(name: &str) -> Option<String> {
    let (prefix, kind) = name.rsplit_once('.')?;
    let (layer, part) = match prefix.strip_prefix("model.layers.") {
        Some(rest) => {
            let (number, part) = rest.split_once('.')?;
            (format!("blk.{number}."), part)
        }
        None => (String::new(), prefix),
    };
    let (_, word) = GGUF_NAMES.iter().find(|(ours, _)| *ours == part)?;
    Some(format!("{layer}{word}.{kind}"))
}

impl QwenWeights {
    /// Opens a GGUF file.
    ///
    /// # Errors
    ///
    /// When it is missing or none.
    pub fn open_gguf(path: &Path, device: &Device) -> Result<Self> {
        let mut file = File::open(path).map_err(|cause| Error::file(path, cause))?;
        let content = Content::read(&mut file).map_err(|cause| Error::file(path, cause))?;
        Ok(Self::Quantised {
            content,
            file: Mutex::new(file),
            device: device.clone(),
        })
    }

    /// The precision between the matrices. Quantised matrices take and give `f32`.
    #[must_use]
    pub fn precision(&self) -> DType {
        match self {
            Self::Whole(builder) => builder.dtype(),
            Self::Quantised { .. } => DType::F32,
        }
    }

    #[must_use]
    pub fn device(&self) -> &Device {
        match self {
            Self::Whole(builder) => builder.device(),
            Self::Quantised { device, .. } => device,
        }
    }

    fn quantised(&self, name: &str, shape: &[usize]) -> Result<QTensor> {
        let Self::Quantised {
            content,
            file,
            device,
        } = self
        else {
            return Err(Error::Unsupported(format!("{name} is not quantised")));
        };
        let stored = gguf_name(name)
            .ok_or_else(|| Error::Unsupported(format!("{name} has no name in a GGUF file")))?;
        let mut file = file
            .lock()
            .map_err(|_| Error::Unsupported("the weights' reader failed".to_owned()))?;
        let tensor = content.tensor(&mut *file, &stored, device)?;
        if tensor.shape().dims() == shape {
            Ok(tensor)
        } else {
            Err(Error::Unsupported(format!(
                "{stored} is {:?} instead of {shape:?}",
                tensor.shape().dims()
            )))
        }
    }

    /// A vector: small, and so never kept quantised.
    pub(crate) fn vector(&self, name: &str, length: usize) -> Result<Tensor> {
        match self {
            Self::Whole(builder) => Ok(builder.get(length, name)?),
            Self::Quantised { device, .. } => {
                Ok(self.quantised(name, &[length])?.dequantize(device)?)
            }
        }
    }

    /// The table of tokens, of which single rows are read. Quantised ones are kept as `f16`: that is exact
    /// enough for what was four to eight bits, and half of `f32`.
    pub(crate) fn table(&self, name: &str, rows: usize, columns: usize) -> Result<Tensor> {
        match self {
            Self::Whole(builder) => Ok(builder.get((rows, columns), name)?),
            Self::Quantised { device, .. } => {
                let table = self.quantised(name, &[rows, columns])?;
                Ok(table.dequantize(device)?.to_dtype(DType::F16)?)
            }
        }
    }

    /// A matrix, with a bias where the model has one.
    pub(crate) fn linear(
        &self,
        prefix: &str,
        inputs: usize,
        outputs: usize,
        with_bias: bool,
    ) -> Result<Linear> {
        let name = format!("{prefix}.weight");
        let bias = match with_bias {
            true => Some(self.vector(&format!("{prefix}.bias"), outputs)?),
            false => None,
        };
        match self {
            Self::Whole(builder) => Ok(Linear::whole(builder.get((outputs, inputs), &name)?, bias)),
            Self::Quantised { .. } => {
                let matrix = QMatMul::from_qtensor(self.quantised(&name, &[outputs, inputs])?)?;
                Ok(Linear::quantised(matrix, bias))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::gguf_name;

    #[test]
    fn names_of_both_worlds() {
        for (ours, theirs) in [
            ("model.embed_tokens.weight", Some("token_embd.weight")),
            (
                "model.layers.27.self_attn.q_proj.bias",
                Some("blk.27.attn_q.bias"),
            ),
            (
                "model.layers.0.input_layernorm.weight",
                Some("blk.0.attn_norm.weight"),
            ),
            ("model.norm.weight", Some("output_norm.weight")),
            ("lm_head.weight", Some("output.weight")),
            ("model.layers.0.unknown.weight", None),
        ] {
            assert_eq!(gguf_name(ours).as_deref(), theirs, "{ours}");
        }
    }
}
