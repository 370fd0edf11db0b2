//! The blocks with cross-attention to the text, by name: what adapters are made for.

use super::{Sizes, sizes};
use crate::config::UnetConfig;

/// A block of the UNet with cross-attention to the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextBlock {
    /// Its name among the UNet's weights.
    pub name: String,
    /// Its number among all layers of attention, in which each block has two: to itself and to the text.
    pub number: usize,
    /// Size of its vectors.
    pub size: usize,
    pub heads: usize,
}

/// All blocks with cross-attention, in the order in which adapters number them: the way down, the way up, and
/// the middle last, as the UNet was written down by those who published it.
#[must_use]
pub fn text_blocks(config: &UnetConfig) -> Vec<TextBlock> {
    let levels = config.block_out_channels.len();
    let down = (0..levels)
        .filter(|level| config.has_attention_down(*level))
        .flat_map(|level| {
            (0..config.layers_per_block)
                .map(move |layer| (format!("down_blocks.{level}.attentions.{layer}"), level))
        });
    let up = (0..levels)
        .filter(|index| config.has_attention_up(*index))
        .flat_map(|index| {
            (0..=config.layers_per_block).map(move |layer| {
                let name = format!("up_blocks.{index}.attentions.{layer}");
                (name, levels - 1 - index)
            })
        });
    let middle = (
        "mid_block.attentions.0".to_owned(),
        levels.saturating_sub(1),
    );
    down.chain(up)
        .chain([middle])
        .flat_map(|(index, level)| {
            let Sizes {
                channels,
                heads,
                depth,
                ..
            } = sizes(config, level);
            (0..depth).map(move |block| {
                let name = format!("{index}.transformer_blocks.{block}");
                (name, channels, heads)
            })
        })
        .enumerate()
        .map(|(index, (name, size, heads))| TextBlock {
            name,
            number: 2 * index + 1,
            size,
            heads,
        })
        .collect()
}
