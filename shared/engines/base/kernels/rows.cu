// The kernels that rows.rs launches.
#include "device.cuh"
#include "rows.cuh"

#define THREADS 256
__shared__ float room[66];
#define KERNEL extern "C" __global__ void __launch_bounds__(THREADS)

KERNEL rows_bf16(const RowsParams p) { rows_eight(p, ((long)blockIdx.x * THREADS + threadIdx.x) * 8); }
KERNEL geglu_bf16(const GegluParams p) { geglu_eight(p, ((long)blockIdx.x * THREADS + threadIdx.x) * 8); }
KERNEL layer_norm_bf16(const LayerNormParams p) { layer_norm_row(p, blockIdx.x, threadIdx.x, THREADS, room); }
KERNEL rms_norm_bf16(const RmsNormParams p) { rms_norm_row(p, blockIdx.x, threadIdx.x, THREADS, room); }
KERNEL group_sum_bf16(const GroupNormParams p) { group_sum_part(p, blockIdx.x, blockIdx.y, threadIdx.x, THREADS, room); }
KERNEL group_apply_bf16(const GroupNormParams p) { group_apply_part(p, blockIdx.x, blockIdx.y, threadIdx.x, THREADS); }
KERNEL channels_bf16(const ChannelsParams<bf16> p) { channels_eight(p, ((long)blockIdx.x * THREADS + threadIdx.x) * 8); }
KERNEL channels_f32(const ChannelsParams<float> p) { channels_eight(p, ((long)blockIdx.x * THREADS + threadIdx.x) * 8); }
