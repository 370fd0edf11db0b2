// Norms, activations and sums in one pass over memory: bf16 in and out, f32 between, eight numbers at a time. One source
// for the GPU (device.cuh) and for the emulator (emulator.hpp). Sizes of rows are multiples of eight.
#pragma once

// Sums of two numbers over a block of whole warps; everyone gets both. `shared` holds 66 numbers.
DEV void sum_block(float& a, float& b, float* shared, int thread, int threads) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) { a += shuffle_xor(a, mask); b += shuffle_xor(b, mask); }
  sync_block();  // what was there before is read by all
  if (thread % 32 == 0) { shared[thread / 32] = a; shared[33 + thread / 32] = b; }
  sync_block();
  a = b = 0.f;
  for (int warp = 0; warp < threads / 32; warp++) { a += shared[warp]; b += shared[33 + warp]; }
}

DEV float gelu_exact(float x) { return 0.5f * x * (1.f + erff(x * 0.70710678f)); }
DEV float gelu_tanh(float x) { return 0.5f * x * (1.f + tanhf(0.79788456f * (x + 0.044715f * x * x * x))); }
DEV float silu(float x) { return x / (1.f + expf(-x)); }

// y = residual + gate * activation(x + bias) for rows of `size`. What is null is left out.
struct RowsParams { const bf16 *x, *bias, *residual; const float* gate; bf16* y; long count; int size, activation; };
enum { KEEP = 0, GELU_TANH = 1, SILU = 2 };

DEV void rows_eight(const RowsParams& p, long i) {
  if (i >= p.count) return;
  const int column = (int)(i % p.size);
  float x[8], other[8];
  load8(x, p.x + i);
  if (p.bias) {
    load8(other, p.bias + column);
#pragma unroll
    for (int e = 0; e < 8; e++) x[e] += other[e];
  }
  if (p.activation == GELU_TANH)
#pragma unroll
    for (int e = 0; e < 8; e++) x[e] = gelu_tanh(x[e]);
  if (p.activation == SILU)
#pragma unroll
    for (int e = 0; e < 8; e++) x[e] = silu(x[e]);
  if (p.gate) {
    load8(other, p.gate + column);
#pragma unroll
    for (int e = 0; e < 8; e++) x[e] *= other[e];
  }
  if (p.residual) {
    load8(other, p.residual + i);
#pragma unroll
    for (int e = 0; e < 8; e++) x[e] += other[e];
  }
  store8(p.y + i, x);
}

// y = (a + bias_a) * gelu(b + bias_b), of rows in which a stands before b, each of `size`. `count` is that of y.
struct GegluParams { const bf16 *x, *bias; bf16* y; long count; int size; };

DEV void geglu_eight(const GegluParams& p, long i) {
  if (i >= p.count) return;
  const long row = i / p.size;
  const int column = (int)(i % p.size);
  float a[8], b[8], bias_a[8], bias_b[8];
  load8(a, p.x + row * 2 * p.size + column);
  load8(b, p.x + row * 2 * p.size + p.size + column);
  load8(bias_a, p.bias + column);
  load8(bias_b, p.bias + p.size + column);
#pragma unroll
  for (int e = 0; e < 8; e++) a[e] = (a[e] + bias_a[e]) * gelu_exact(b[e] + bias_b[e]);
  store8(p.y + i, a);
}

// A row to mean 0 and deviation 1, then * scale + shift: a block a row. The first number of the row is taken off before
// squares are summed, so that a large mean costs no digits.
struct LayerNormParams { const bf16* x; const float *scale, *shift; bf16* y; int size; float epsilon; };

DEV void layer_norm_row(const LayerNormParams& p, long row, int thread, int threads, float* shared) {
  const bf16* x = p.x + row * p.size;
  const float first = load1(x);
  float sum = 0.f, squares = 0.f, v[8], scale[8], shift[8];
  for (int i = thread * 8; i < p.size; i += threads * 8) {
    load8(v, x + i);
#pragma unroll
    for (int e = 0; e < 8; e++) { const float d = v[e] - first; sum += d; squares += d * d; }
  }
  sum_block(sum, squares, shared, thread, threads);
  const float mean = sum / p.size, factor = rsqrtf(fmaxf(squares / p.size - mean * mean, 0.f) + p.epsilon);
  for (int i = thread * 8; i < p.size; i += threads * 8) {
    load8(v, x + i);
    load8(scale, p.scale + i);
    load8(shift, p.shift + i);
#pragma unroll
    for (int e = 0; e < 8; e++) v[e] = (v[e] - first - mean) * factor * scale[e] + shift[e];
    store8(p.y + row * p.size + i, v);
  }
}

// A row to a mean square of 1, times `scale`; then, if there are angles, each pair of neighbours is turned by that of
// its place in the head: (row, head / 2) cosines and sines. A block a row.
struct RmsNormParams { const bf16* x; const float *scale, *cosines, *sines; bf16* y; int size, head; float epsilon; };

DEV void rms_norm_row(const RmsNormParams& p, long row, int thread, int threads, float* shared) {
  const bf16* x = p.x + row * p.size;
  float squares = 0.f, none = 0.f, v[8], scale[8];
  for (int i = thread * 8; i < p.size; i += threads * 8) {
    load8(v, x + i);
#pragma unroll
    for (int e = 0; e < 8; e++) squares += v[e] * v[e];
  }
  sum_block(squares, none, shared, thread, threads);
  const float factor = rsqrtf(squares / p.size + p.epsilon);
  for (int i = thread * 8; i < p.size; i += threads * 8) {
    load8(v, x + i);
    load8(scale, p.scale + i);
#pragma unroll
    for (int e = 0; e < 8; e++) v[e] *= factor * scale[e];
    if (p.cosines) {
      const long angle = row * (p.head / 2) + i % p.head / 2;
#pragma unroll
      for (int e = 0; e < 4; e++) {
        const float c = p.cosines[angle + e], s = p.sines[angle + e], a = v[2 * e], b = v[2 * e + 1];
        v[2 * e] = a * c - b * s;
        v[2 * e + 1] = a * s + b * c;
      }
    }
    store8(p.y + row * p.size + i, v);
  }
}

// Groups of neighbouring channels of pictures (batch, channels, places) to mean 0 and deviation 1, then each channel
// * scale + shift, and SiLU. `places` is a multiple of eight. In two launches, so that few large groups keep all
// multiprocessors busy: `parts` blocks a group sum, then as many apply.
struct GroupNormParams { const bf16 *x, *scale, *shift; bf16* y; float* sums; int channels, groups, places, parts, has_silu; float epsilon; };

// The numbers of one part of a group: from here on, so many, a multiple of eight.
DEV long part_of_group(const GroupNormParams& p, int part, long& count) {
  const long all = (long)(p.channels / p.groups) * p.places, each = (all / 8 + p.parts - 1) / p.parts * 8;
  const long begin = part * each;
  count = begin >= all ? 0 : (all - begin < each ? all - begin : each);
  return begin;
}

DEV void group_sum_part(const GroupNormParams& p, long group, int part, int thread, int threads, float* shared) {
  long count;
  const bf16* all = p.x + group * (p.channels / p.groups) * p.places;
  const bf16* x = all + part_of_group(p, part, count);
  const float first = load1(all);
  float sum = 0.f, squares = 0.f, v[8];
  for (long i = thread * 8; i < count; i += threads * 8) {
    load8(v, x + i);
#pragma unroll
    for (int e = 0; e < 8; e++) { const float d = v[e] - first; sum += d; squares += d * d; }
  }
  sum_block(sum, squares, shared, thread, threads);
  if (thread == 0) { p.sums[(group * p.parts + part) * 2] = sum; p.sums[(group * p.parts + part) * 2 + 1] = squares; }
}

DEV void group_apply_part(const GroupNormParams& p, long group, int part, int thread, int threads) {
  const int own = p.channels / p.groups;
  const bf16* all = p.x + group * own * p.places;
  const float first = load1(all);
  float sum = 0.f, squares = 0.f, v[8];
  for (int i = 0; i < p.parts; i++) { sum += p.sums[(group * p.parts + i) * 2]; squares += p.sums[(group * p.parts + i) * 2 + 1]; }
  const float size = (float)((long)own * p.places), mean = sum / size;
  const float factor = rsqrtf(fmaxf(squares / size - mean * mean, 0.f) + p.epsilon);
  long count;
  const long begin = part_of_group(p, part, count);
  for (long i = begin + thread * 8; i < begin + count; i += threads * 8) {
    const int channel = (int)(group % p.groups) * own + (int)(i / p.places);
    const float scale = load1(p.scale + channel) * factor, shift = load1(p.shift + channel);
    load8(v, all + i);
#pragma unroll
    for (int e = 0; e < 8; e++) {
      v[e] = (v[e] - first - mean) * scale + shift;
      if (p.has_silu) v[e] = silu(v[e]);
    }
    store8(p.y + group * own * p.places + i, v);
  }
}

// y = x + offset of each channel + residual, for pictures (batch, channels, places); `places` is a multiple of eight.
// Offsets are those of each picture, or one for all. What is null is left out.
template <class T> struct ChannelsParams { const T *x, *offset, *residual; T* y; long count; int places, channels, is_for_each; };

template <class T> DEV void channels_eight(const ChannelsParams<T>& p, long i) {
  if (i >= p.count) return;
  const long channel = i / p.places;
  float x[8], other[8];
  load8(x, p.x + i);
  if (p.offset) {
    const float offset = load1(p.offset + (p.is_for_each ? channel : channel % p.channels));
#pragma unroll
    for (int e = 0; e < 8; e++) x[e] += offset;
  }
  if (p.residual) {
    load8(other, p.residual + i);
#pragma unroll
    for (int e = 0; e < 8; e++) x[e] += other[e];
  }
  store8(p.y + i, x);
}
