//! The kernels of attention, and their sizes.

/// One of the kernels of `kernels/flash.cu` and `kernels/flash_hopper.cu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FlashKernel {
    pub name: &'static str,
    pub is_hopper: bool,
    /// Numbers of a head; smaller ones are padded with zeros.
    pub size: usize,
    /// Queries of a block.
    pub rows: usize,
    pub threads: u32,
    /// As `flash_shared_numbers` of the source counts: queries, and two tiles of keys and of values.
    pub shared_bytes: usize,
}

/// Keys of a tile.
const KEYS: usize = 64;
const HOPPER_KEYS: usize = 128;
/// Numbers between the rows of a tile.
const PADDING: usize = 8;
/// Where a matrix of Hopper's kernel begins is a multiple of this.
const HOPPER_ALIGNMENT: usize = 1024;

/// For GPUs from compute capability 8.0 on.
const fn plain(name: &'static str, size: usize) -> FlashKernel {
    let (rows, threads) = (128, 128);
    FlashKernel {
        name,
        is_hopper: false,
        size,
        rows,
        threads,
        shared_bytes: 2 * (rows + 4 * KEYS) * (size + PADDING),
    }
}

/// For Hopper, by groups of 128 threads with 64 queries each.
const fn hopper(name: &'static str, size: usize, groups: usize) -> FlashKernel {
    let rows = 64 * groups;
    FlashKernel {
        name,
        is_hopper: true,
        size,
        rows,
        threads: 128 * groups as u32,
        shared_bytes: 2 * (rows + 4 * HOPPER_KEYS) * size + HOPPER_ALIGNMENT,
    }
}

const PLAIN: [FlashKernel; 2] = [plain("flash_64", 64), plain("flash_128", 128)];
const HOPPER: [FlashKernel; 2] = [
    hopper("flash_hopper_64", 64, 3),
    hopper("flash_hopper_128", 128, 2),
];

impl FlashKernel {
    /// The smallest that holds heads of `size` numbers.
    pub fn for_size(is_hopper: bool, size: usize) -> Option<Self> {
        let kernels = if is_hopper { HOPPER } else { PLAIN };
        kernels.into_iter().find(|kernel| size <= kernel.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_kernel_that_fits_is_taken() {
        for is_hopper in [false, true] {
            let size =
                |numbers| FlashKernel::for_size(is_hopper, numbers).map(|kernel| kernel.size);
            assert_eq!(size(8), Some(64));
            assert_eq!(size(64), Some(64));
            assert_eq!(size(80), Some(128));
            assert_eq!(size(512), None);
        }
    }

    #[test]
    fn shapes_are_those_of_the_source() {
        let source = include_str!("../../kernels/flash.cu");
        let hopper_source = include_str!("../../kernels/flash_hopper.cu");
        for FlashKernel {
            name,
            is_hopper,
            size,
            rows,
            threads,
            ..
        } in PLAIN.into_iter().chain(HOPPER)
        {
            let (source, shape) = if is_hopper {
                (hopper_source, format!("{}, {HOPPER_KEYS}", rows / 64))
            } else {
                let warps = threads as usize / 32;
                (source, format!("{warps}, {}, {KEYS}", rows / (16 * warps)))
            };
            let line = format!("FLASH({name}, {size}, {shape})");
            assert!(source.contains(&line), "{line}");
        }
    }
}
