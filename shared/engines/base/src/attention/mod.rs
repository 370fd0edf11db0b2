//! Attention that never holds all scores at once.
//!
//! A picture of 1024x1024 has 4096 positions that attend to each other: for six pictures with guidance the scores
//! of one layer would take 8 GB in `f32`. On a GPU one kernel computes all of it where it applies;
//! elsewhere they are computed for some of the positions at a time.

mod fused;
#[cfg(feature = "cuda")]
mod launch;
mod shapes;

use candle_core::{DType, Tensor};
use candle_nn::ops::softmax_last_dim;

use crate::Result;

/// How much memory the scores of one pass may take, in `f32`. Small enough that they do not matter beside the
/// weights of any model, large enough to keep a GPU busy: a quarter of a gigabyte is a matrix of 8192x8192.
pub const LARGEST_SCORES_BYTES: usize = 256 << 20;

/// `softmax(q k^T * scale + mask) v`.
///
/// `query` is (batch, heads, queries, size), `key` and `value` are (batch, heads, keys, size), all of one
/// precision. `mask` is added to the scores and must broadcast to (batch, heads, queries, keys); its rows are
/// either one for all queries, or one for each. The softmax is computed in `f32` whatever the precision is.
///
/// # Errors
///
/// When shapes do not fit, or the device fails.
pub fn attention(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    scale: f64,
    mask: Option<&Tensor>,
) -> Result<Tensor> {
    match fused::kernel_for(query, mask)? {
        Some(kernel) => fused::attention(kernel, query, key, value, scale),
        None => attention_within(query, key, value, scale, mask, LARGEST_SCORES_BYTES),
    }
}

/// As [`attention`], never by one kernel and with another bound of memory.
///
/// # Errors
///
/// As [`attention`].
pub fn attention_within(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    scale: f64,
    mask: Option<&Tensor>,
    largest_scores_bytes: usize,
) -> Result<Tensor> {
    let (batch, heads, queries, _) = query.dims4()?;
    let keys = key.dim(2)?;
    let bytes_per_query = batch * heads * keys * DType::F32.size_in_bytes();
    let at_once = (largest_scores_bytes / bytes_per_query.max(1)).max(1);

    // Scaling the query costs less than scaling the scores, and keeps them in the range of f16.
    let query = (query * scale)?;
    let key_columns = key.contiguous()?.transpose(2, 3)?;
    let value = value.contiguous()?;
    if at_once >= queries {
        return pass(&query.contiguous()?, &key_columns, &value, mask);
    }
    let mut parts = Vec::with_capacity(queries.div_ceil(at_once));
    for first in (0..queries).step_by(at_once) {
        let count = at_once.min(queries - first);
        let some = query.narrow(2, first, count)?.contiguous()?;
        let mask = match mask {
            Some(mask) => Some(rows_of_mask(mask, first, count)?),
            None => None,
        };
        parts.push(pass(&some, &key_columns, &value, mask.as_ref())?);
    }
    Ok(Tensor::cat(&parts, 2)?)
}

/// The mask's rows for some queries; a mask of one row serves all.
fn rows_of_mask(mask: &Tensor, first: usize, count: usize) -> Result<Tensor> {
    let rank = mask.rank();
    if rank < 2 || mask.dim(rank - 2)? == 1 {
        return Ok(mask.clone());
    }
    Ok(mask.narrow(rank - 2, first, count)?)
}

fn pass(
    query: &Tensor,
    key_columns: &Tensor,
    value: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Tensor> {
    let scores = query.matmul(key_columns)?.to_dtype(DType::F32)?;
    let scores = match mask {
        Some(mask) => scores.broadcast_add(&mask.to_dtype(DType::F32)?)?,
        None => scores,
    };
    let shares = softmax_last_dim(&scores)?.to_dtype(value.dtype())?;
    Ok(shares.matmul(value)?)
}

/// The causal mask: each position attends to itself and what is before it.
///
/// # Errors
///
/// When the device fails.
pub fn causal_mask(length: usize, device: &candle_core::Device) -> Result<Tensor> {
    let numbers: Vec<f32> = (0..length)
        .flat_map(|row| {
            (0..length).map(
                move |column| {
                    if column > row { f32::NEG_INFINITY } else { 0.0 }
                },
            )
        })
        .collect();
    Ok(Tensor::from_vec(numbers, (length, length), device)?)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::noise::{self, NoisePurpose};

    /// (batch, heads, keys, size) of the tests.
    const SHAPE: (usize, usize, usize, usize) = (2, 3, 11, 8);

    fn inputs(queries: usize) -> [Tensor; 3] {
        let (batch, heads, keys, size) = SHAPE;
        [(1, queries), (2, keys), (3, keys)].map(|(seed, length)| {
            noise::tensor(
                seed,
                NoisePurpose::Start,
                0,
                (batch, heads, length, size),
                &Device::Cpu,
            )
            .unwrap()
        })
    }

    fn largest_difference(left: &Tensor, right: &Tensor) -> f32 {
        let difference = (left - right).unwrap().abs().unwrap();
        difference
            .flatten_all()
            .unwrap()
            .max(0)
            .unwrap()
            .to_scalar()
            .unwrap()
    }

    /// Attention of one query, written out in loops.
    fn by_hand(
        query: &[f32],
        keys: &[Vec<f32>],
        values: &[Vec<f32>],
        scale: f32,
        seen: usize,
    ) -> Vec<f32> {
        let weights: Vec<f32> = keys[..seen]
            .iter()
            .map(|key| (query.iter().zip(key).map(|(a, b)| a * b).sum::<f32>() * scale).exp())
            .collect();
        let total: f32 = weights.iter().sum();
        (0..values[0].len())
            .map(|index| {
                weights
                    .iter()
                    .zip(values)
                    .map(|(weight, value)| weight * value[index])
                    .sum::<f32>()
                    / total
            })
            .collect()
    }

    #[test]
    fn it_is_what_the_formula_says() {
        let [query, key, value] = inputs(SHAPE.2);
        let mask = causal_mask(SHAPE.2, &Device::Cpu).unwrap();
        let found = attention(&query, &key, &value, 0.5, Some(&mask)).unwrap();
        for batch in 0..SHAPE.0 {
            for head in 0..SHAPE.1 {
                let rows = |tensor: &Tensor| {
                    tensor
                        .get(batch)
                        .unwrap()
                        .get(head)
                        .unwrap()
                        .to_vec2::<f32>()
                        .unwrap()
                };
                for (index, query) in rows(&query).iter().enumerate() {
                    let expected = by_hand(query, &rows(&key), &rows(&value), 0.5, index + 1);
                    for (found, expected) in rows(&found)[index].iter().zip(expected) {
                        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn parts_make_the_same_whole() {
        let [query, key, value] = inputs(SHAPE.2);
        let mask = causal_mask(SHAPE.2, &Device::Cpu).unwrap();
        let bytes_per_query = SHAPE.0 * SHAPE.1 * SHAPE.2 * 4;
        for mask in [None, Some(&mask)] {
            let whole = attention(&query, &key, &value, 0.35, mask).unwrap();
            for rows in [1, 2, 5, 10, 11, 12] {
                let parts =
                    attention_within(&query, &key, &value, 0.35, mask, rows * bytes_per_query)
                        .unwrap();
                assert!(
                    largest_difference(&whole, &parts) < 1e-6,
                    "{rows} rows at once"
                );
            }
            let least = attention_within(&query, &key, &value, 0.35, mask, 0).unwrap();
            assert!(largest_difference(&whole, &least) < 1e-6);
        }
    }

    #[test]
    fn half_precision_stays_close() {
        let [query, key, value] = inputs(5);
        let exact = attention(&query, &key, &value, 0.35, None).unwrap();
        let half = |tensor: &Tensor| tensor.to_dtype(DType::BF16).unwrap();
        let rough = attention(&half(&query), &half(&key), &half(&value), 0.35, None).unwrap();
        assert_eq!(rough.dtype(), DType::BF16);
        let difference = largest_difference(&exact, &rough.to_dtype(DType::F32).unwrap());
        assert!(difference < 0.03, "{difference}");
    }
}
