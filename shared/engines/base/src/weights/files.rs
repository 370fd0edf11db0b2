//! Weights in `safetensors` files: one, or several with an index.
//!
//! Opening reads headers only. A tensor's bytes are read when the model asks for it, straight from the page
//! cache to the device.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::safetensors::{Load, MmapedSafetensors};
use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use serde::Deserialize;

use super::{TensorInfo, TensorList};
use crate::config::read_json;
use crate::{Error, Result};

/// What publishers put between a file's name and its ending: nothing, or the precision.
const VARIANTS: [&str; 3] = ["", ".fp16", ".bf16"];

/// Which part of a stored tensor a name stands for: checkpoints of other programs cut tensors differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorPart {
    /// All of it.
    Whole,
    /// The part `index` of `of` equal parts along the first dimension: fused query, key and value.
    Rows {
        /// Which, from 0.
        index: usize,
        of: usize,
    },
    /// A matrix whose inputs and outputs are swapped.
    Transposed,
    /// A convolution of 1x1 that stands for a matrix.
    Squeezed,
}

impl TensorPart {
    /// The shape of the part, if a tensor of this shape has one.
    fn shape(self, stored: &[usize]) -> Option<Vec<usize>> {
        match (self, stored) {
            (Self::Whole, _) => Some(stored.to_vec()),
            (Self::Rows { index, of }, [rows, rest @ ..])
                if index < of && rows.is_multiple_of(of) =>
            {
                Some([&[rows / of], rest].concat())
            }
            (Self::Transposed, [rows, columns]) => Some(vec![*columns, *rows]),
            (Self::Squeezed, [rows, columns, 1, 1]) => Some(vec![*rows, *columns]),
            _ => None,
        }
    }

    fn take(self, stored: Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Whole => Ok(stored),
            Self::Rows { index, of } => {
                let rows = stored.dim(0)? / of;
                // A copy, so that the other parts do not stay in memory with this one.
                stored.narrow(0, index * rows, rows)?.force_contiguous()
            }
            Self::Transposed => stored.t()?.contiguous(),
            Self::Squeezed => stored.squeeze(3)?.squeeze(2),
        }
    }
}

/// Where a tensor is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorSource {
    /// Its name in the file.
    pub stored_name: String,
    /// What of it is meant.
    pub part: TensorPart,
}

impl TensorSource {
    /// A tensor that is stored as it is used, under this name.
    pub fn whole(stored_name: impl Into<String>) -> Self {
        Self {
            stored_name: stored_name.into(),
            part: TensorPart::Whole,
        }
    }
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Opened files of weights. Cloning is cheap.
#[derive(Clone)]
pub struct Weights {
    files: Arc<MmapedSafetensors>,
    sources: BTreeMap<String, TensorSource>,
    listing: TensorList,
}

impl Weights {
    /// Opens the weights of a folder: `<stem>.safetensors`, or the files of `<stem>.safetensors.index.json`,
    /// with or without a precision in the name (`<stem>.fp16.safetensors`).
    ///
    /// # Errors
    ///
    /// When there are none, or a file is not what its name says.
    pub fn in_folder(folder: &Path, stem: &str) -> Result<Self> {
        for variant in VARIANTS {
            let index = folder.join(format!("{stem}.safetensors.index{variant}.json"));
            if index.is_file() {
                return Self::of_files(&shards(folder, &index)?);
            }
            let single = folder.join(format!("{stem}{variant}.safetensors"));
            if single.is_file() {
                return Self::of_files(&[single]);
            }
        }
        Err(Error::file(
            folder.join(format!("{stem}.safetensors")),
            "there is no such file, and no index of several",
        ))
    }

    /// Opens files; a name must be in one of them only.
    ///
    /// # Errors
    ///
    /// When a file is missing or damaged.
    pub fn of_files(paths: &[PathBuf]) -> Result<Self> {
        let files = open(paths)?;
        let listing: TensorList = files
            .tensors()
            .into_iter()
            .map(|(name, view)| {
                let listed = TensorInfo {
                    shape: view.shape().to_vec(),
                    precision: DType::try_from(view.dtype()).ok(),
                };
                (name, listed)
            })
            .collect();
        let sources = listing
            .keys()
            .map(|name| (name.clone(), TensorSource::whole(name)))
            .collect();
        Ok(Self {
            files: Arc::new(files),
            sources,
            listing,
        })
    }

    /// What is there: names, shapes and precisions, from the headers alone.
    #[must_use]
    pub const fn listing(&self) -> &TensorList {
        &self.listing
    }

    /// The same files seen under other names: `name` gives, for each stored name, what it is used as. Stored
    /// tensors for which it gives nothing are out of sight, and so are parts that a tensor's shape has not.
    #[must_use]
    pub fn renamed(&self, name: impl Fn(&str) -> Vec<(String, TensorPart)>) -> Self {
        let mut sources = BTreeMap::new();
        let mut listing = TensorList::new();
        for (seen, source) in &self.sources {
            let Some(listed) = self.listing.get(seen) else {
                continue;
            };
            for (used, part) in name(seen) {
                let ((TensorPart::Whole, part) | (part, TensorPart::Whole)) = (source.part, part)
                else {
                    continue;
                };
                let Some(shape) = part.shape(&listed.shape) else {
                    continue;
                };
                let precision = listed.precision;
                listing.insert(used.clone(), TensorInfo { shape, precision });
                let stored_name = source.stored_name.clone();
                sources.insert(used, TensorSource { stored_name, part });
            }
        }
        Self {
            files: Arc::clone(&self.files),
            sources,
            listing,
        }
    }

    /// A source for model code: tensors come in `precision`, whatever they are stored in.
    #[must_use]
    pub fn builder(&self, precision: DType, device: &Device) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), precision, device.clone())
    }

    fn load(&self, name: &str, precision: DType, device: &Device) -> candle_core::Result<Tensor> {
        let Some(source) = self.sources.get(name) else {
            candle_core::bail!("the weights have no {name}");
        };
        let stored = self.files.get(&source.stored_name)?.load(device)?;
        source.part.take(stored)?.to_dtype(precision)
    }
}

impl std::fmt::Debug for Weights {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Weights")
            .field("tensors", &self.listing.len())
            .finish_non_exhaustive()
    }
}

impl SimpleBackend for Weights {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        precision: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        // Looked up in the header first: a wrong shape must not cost the reading of gigabytes.
        match self.listing.get(name) {
            Some(listed) if listed.shape == shape.dims() => self.load(name, precision, device),
            Some(listed) => {
                candle_core::bail!("{name} is {:?} instead of {:?}", listed.shape, shape.dims())
            }
            None => candle_core::bail!("the weights have no {name}"),
        }
    }

    fn get_unchecked(
        &self,
        name: &str,
        precision: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        self.load(name, precision, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.listing.contains_key(name)
    }
}

/// The files that an index names, each once. They must lie beside it: an index is data from elsewhere and must
/// not point anywhere else.
fn shards(folder: &Path, index: &Path) -> Result<Vec<PathBuf>> {
    let names: BTreeSet<String> = read_json::<Index>(index)?
        .weight_map
        .into_values()
        .collect();
    names
        .into_iter()
        .map(|name| {
            if Path::new(&name).file_name() != Some(name.as_ref()) {
                return Err(Error::file(index, format!("{name:?} is not a file name")));
            }
            let path = folder.join(&name);
            if path.is_file() {
                Ok(path)
            } else {
                Err(Error::file(path, "the index names it, but it is missing"))
            }
        })
        .collect()
}

#[expect(
    unsafe_code,
    reason = "mapping a file is unsafe because another process could change it meanwhile; weights are written once and then only read"
)]
fn open(paths: &[PathBuf]) -> Result<MmapedSafetensors> {
    for path in paths {
        // Mapping one of no size fails with words that nobody understands.
        let size = std::fs::metadata(path).map_err(|error| Error::file(path, error))?;
        if size.len() == 0 {
            return Err(Error::file(path, "the file is empty"));
        }
    }
    // SAFETY: the files are not written while they are open, see the reason above.
    unsafe { MmapedSafetensors::multi(paths) }.map_err(|error| {
        let path = paths.first().cloned().unwrap_or_default();
        Error::file(path, error)
    })
}
