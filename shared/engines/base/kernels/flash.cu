// The kernels that attention/fused.rs launches; their shapes are named there too.
#include "device.cuh"
#include "flash.cuh"

extern __shared__ __align__(16) unsigned char shared_memory[];
#define FLASH(NAME, SIZE, WARPS, TILES, KEYS)                                              \
  extern "C" __global__ void __launch_bounds__(32 * WARPS) NAME(const FlashParams p) {     \
    flash_block<SIZE, WARPS, TILES, KEYS>(p, blockIdx.x, blockIdx.y, threadIdx.x, (bf16*)shared_memory); \
  }

FLASH(flash_64, 64, 4, 2, 64)
FLASH(flash_128, 128, 4, 2, 64)
