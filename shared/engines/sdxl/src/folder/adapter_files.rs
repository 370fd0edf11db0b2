//! An adapter's files, which lie beside a model's in its folder: `ip_adapter` with one file of weights, and
//! `image_encoder`.

use std::path::{Path, PathBuf};

use ourvidz_engine_base::config::read_json;
use ourvidz_engine_base::weights::Weights;
use ourvidz_engine_base::{Error, Result};

use super::{SdxlComponent, safetensors_in};
use crate::adapter::AdapterConfig;
use crate::config::UnetConfig;

const PROJECTION: &str = "image_proj.proj.weight";
/// Adapters whose names end with "plus" or "faceid" make their tokens in another way.
const OTHER_PROJECTIONS: [&str; 2] = ["image_proj.latents", "image_proj.proj.0.weight"];

/// Where an adapter's weights are.
#[derive(Debug)]
pub struct AdapterFiles {
    weights: PathBuf,
    image_encoder: PathBuf,
}

impl AdapterFiles {
    /// The adapter in a folder, if there is one, and its configuration.
    pub fn find(folder: &Path, unet: &UnetConfig) -> Result<Option<(Self, AdapterConfig)>> {
        let at = folder.join(SdxlComponent::IpAdapter.name());
        if !at.is_dir() {
            return Ok(None);
        }
        let found = safetensors_in(&at)?;
        let [weights] = found.as_slice() else {
            let count = found.len();
            return Err(Error::file(
                at,
                format!("{count} files of weights, where one adapter is expected"),
            ));
        };
        let beside = Self {
            weights: weights.clone(),
            image_encoder: folder.join(SdxlComponent::ImageEncoder.name()),
        };
        let config = AdapterConfig {
            vision: read_json(&beside.image_encoder.join("config.json"))?,
            tokens: beside.tokens(unet.cross_attention_dim)?,
        };
        config.vision.check()?;
        Ok(Some((beside, config)))
    }

    /// How many tokens the adapter makes of a picture: only the shape of its projection says it.
    fn tokens(&self, context: usize) -> Result<usize> {
        let weights = self.weights(SdxlComponent::IpAdapter)?;
        let listing = weights.listing();
        let refuse = |why: &str| Err(Error::file(&self.weights, why));
        if OTHER_PROJECTIONS
            .iter()
            .any(|name| listing.contains_key(*name))
        {
            return refuse("an adapter with another projection; the plain ip-adapter_sdxl is read");
        }
        match listing
            .get(PROJECTION)
            .map(|listed| listed.shape.as_slice())
        {
            Some([rows, _]) if *rows > 0 && rows.is_multiple_of(context) => Ok(rows / context),
            Some(_) => refuse("its tokens are not of the size that the UNet wants"),
            None => refuse("no IP-Adapter: there is no image_proj.proj.weight"),
        }
    }

    pub fn weights(&self, component: SdxlComponent) -> Result<Weights> {
        match component {
            SdxlComponent::ImageEncoder => {
                Weights::in_folder(&self.image_encoder, component.stem())
            }
            _ => Weights::of_files(std::slice::from_ref(&self.weights)),
        }
    }
}
