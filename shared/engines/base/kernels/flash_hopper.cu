// The kernels that attention/launch.rs takes on Hopper; their shapes are named in attention/fused.rs.
#include "hopper.cuh"
#include "flash_hopper.cuh"

extern __shared__ __align__(1024) unsigned char shared_memory[];
// The rows' order depends on the address: matrices begin at a multiple of 1024 bytes, which the launch leaves room for.
DEV bf16* aligned_memory() {
  return (bf16*)(shared_memory + (1024 - shared_address(shared_memory) % 1024) % 1024);
}
#define FLASH(NAME, SIZE, GROUPS, KEYS)                                                    \
  extern "C" __global__ void __launch_bounds__(128 * GROUPS, 1) NAME(const FlashParams p) { \
    flash_hopper_block<SIZE, GROUPS, KEYS>(p, blockIdx.x, blockIdx.y, threadIdx.x, aligned_memory()); \
  }

FLASH(flash_hopper_64, 64, 3, 128)
FLASH(flash_hopper_128, 128, 2, 128)
