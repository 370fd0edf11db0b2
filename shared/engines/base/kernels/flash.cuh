// softmax(q k^T scale) v in one pass, after FlashAttention-2: the scores never leave the multiprocessor. bf16 in and
// out, softmax in f32. One source for the GPU (device.cuh) and for the emulator (emulator.hpp).
//
// A block of WARPS warps works on 16 * TILES * WARPS queries, TILES times 16 rows to a warp: two share what is read of
// keys and values, which halves the reads of shared memory. Keys and values come KEYS at a time, the next ones while
// these are worked on.
#pragma once

struct FlashParams {
  const bf16 *q, *k, *v;
  bf16* o;
  int heads, queries, keys;
  // Strides of batch, head and row, in numbers; those of a row are multiples of 8.
  long q_batch, q_head, q_row, k_batch, k_head, k_row, v_batch, v_head, v_row, o_batch, o_head, o_row;
  float scale;  // times log2(e)
};

// Eight numbers of padding put the rows of a matrix into different banks.
template <int SIZE> constexpr int FLASH_ROW = SIZE + 8;
constexpr int FLASH_STAGES = 2;

template <int SIZE, int WARPS, int TILES, int KEYS> constexpr int flash_shared_numbers() {
  return (16 * TILES * WARPS + FLASH_STAGES * 2 * KEYS) * FLASH_ROW<SIZE>;
}

// `rows` rows from `first` on to shared memory, zeros behind the last one of `count`.
template <int SIZE, int ROWS, int THREADS>
DEV void fetch_rows(bf16* to, const bf16* from, long stride, int first, int count, int thread) {
#pragma unroll
  for (int i = thread; i < ROWS * SIZE / 8; i += THREADS) {
    const int row = i / (SIZE / 8), column = i % (SIZE / 8) * 8;
    const bool is_there = first + row < count;
    copy_async16(to + row * FLASH_ROW<SIZE> + column, from + (is_there ? first + row : 0) * stride + column, is_there);
  }
}

// One row of a tile: the largest score so far, the sum of the shares so far.
struct RowState { float largest, sum; };

// s = q k^T for the warp's rows and a tile of keys.
template <int SIZE, int TILES, int KEYS>
DEV void flash_scores(float (&s)[TILES][KEYS / 8][4], const bf16* q, const bf16* k, int lane) {
#pragma unroll
  for (int m = 0; m < TILES; m++)
#pragma unroll
    for (int n = 0; n < KEYS / 8; n++) s[m][n][0] = s[m][n][1] = s[m][n][2] = s[m][n][3] = 0.f;
#pragma unroll
  for (int c = 0; c < SIZE; c += 16) {
    u32 a[TILES][4];
#pragma unroll
    for (int m = 0; m < TILES; m++)
      load_matrices(a[m], q + (m * 16 + lane % 16) * FLASH_ROW<SIZE> + c + lane / 16 * 8);
#pragma unroll
    for (int n = 0; n < KEYS / 8; n += 2) {
      u32 b[4];
      load_matrices(b, k + (n * 8 + lane % 8 + lane / 16 * 8) * FLASH_ROW<SIZE> + c + lane / 8 % 2 * 8);
#pragma unroll
      for (int m = 0; m < TILES; m++) {
        multiply(s[m][n], a[m], b[0], b[1]);
        multiply(s[m][n + 1], a[m], b[2], b[3]);
      }
    }
  }
}

// Keys behind the last one get no share.
template <int TILES, int KEYS>
DEV void flash_hide(float (&s)[TILES][KEYS / 8][4], int first, int keys, int lane) {
#pragma unroll
  for (int m = 0; m < TILES; m++)
#pragma unroll
    for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
      for (int e = 0; e < 4; e++)
        if (first + n * 8 + lane % 4 * 2 + e % 2 >= keys) s[m][n][e] = -INF;
}

// Scores of a row to shares relative to the largest so far. Gives what brings everything before to the same measure.
// A row lies in four neighbouring lanes, in the numbers 2 * half and 2 * half + 1 of each fragment.
template <int KEYS>
DEV float flash_share(float (&s)[KEYS / 8][4], RowState& row, int half, float scale) {
  float largest = row.largest;
#pragma unroll
  for (int n = 0; n < KEYS / 8; n++) largest = fmaxf(largest, fmaxf(s[n][2 * half], s[n][2 * half + 1]));
  largest = fmaxf(largest, shuffle_xor(largest, 1));
  largest = fmaxf(largest, shuffle_xor(largest, 2));
  const float factor = power_of_2((row.largest - largest) * scale);  // at the first tile: 2^-inf = 0
  const float offset = largest * scale;
  row.largest = largest;
  row.sum *= factor;
#pragma unroll
  for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
    for (int e = 2 * half; e < 2 * half + 2; e++) {
      s[n][e] = power_of_2(fmaf(s[n][e], scale, -offset));
      row.sum += s[n][e];
    }
  return factor;
}

template <int SIZE> DEV void flash_rescale(float (&sums)[SIZE / 8][4], float factor, int half) {
#pragma unroll
  for (int d = 0; d < SIZE / 8; d++) {
    sums[d][2 * half] *= factor;
    sums[d][2 * half + 1] *= factor;
  }
}

// sums += shares v
template <int SIZE, int TILES, int KEYS>
DEV void flash_add(float (&sums)[TILES][SIZE / 8][4], const float (&s)[TILES][KEYS / 8][4], const bf16* v, int lane) {
#pragma unroll
  for (int n = 0; n < KEYS / 8; n += 2) {
    u32 a[TILES][4];
#pragma unroll
    for (int m = 0; m < TILES; m++) {
      a[m][0] = pack(s[m][n][0], s[m][n][1]);
      a[m][1] = pack(s[m][n][2], s[m][n][3]);
      a[m][2] = pack(s[m][n + 1][0], s[m][n + 1][1]);
      a[m][3] = pack(s[m][n + 1][2], s[m][n + 1][3]);
    }
#pragma unroll
    for (int d = 0; d < SIZE / 8; d += 2) {
      u32 b[4];
      load_matrices_turned(b, v + (n * 8 + lane % 16) * FLASH_ROW<SIZE> + d * 8 + lane / 16 * 8);
#pragma unroll
      for (int m = 0; m < TILES; m++) {
        multiply(sums[m][d], a[m], b[0], b[1]);
        multiply(sums[m][d + 1], a[m], b[2], b[3]);
      }
    }
  }
}

// Divides by the sum of the shares and writes a row.
template <int SIZE>
DEV void flash_write(bf16* to, const float (&sums)[SIZE / 8][4], RowState row, int half, int lane) {
  float sum = row.sum + shuffle_xor(row.sum, 1);
  sum += shuffle_xor(sum, 2);
  const float share = 1.f / sum;
  if (to == nullptr) return;
#pragma unroll
  for (int d = 0; d < SIZE / 8; d++)
    store32(to + d * 8 + lane % 4 * 2, pack(sums[d][2 * half] * share, sums[d][2 * half + 1] * share));
}

template <int SIZE, int WARPS, int TILES, int KEYS>
DEV void flash_block(const FlashParams& p, int block, int batch_and_head, int thread, bf16* shared) {
  constexpr int THREADS = 32 * WARPS, ROWS = 16 * TILES * WARPS, ROW = FLASH_ROW<SIZE>;
  const int lane = thread % 32, first = block * ROWS, own = thread / 32 * 16 * TILES;
  const long b = batch_and_head / p.heads, h = batch_and_head % p.heads;
  const bf16 *k = p.k + b * p.k_batch + h * p.k_head, *v = p.v + b * p.v_batch + h * p.v_head;
  bf16 *qs = shared, *ks = qs + ROWS * ROW, *vs = ks + FLASH_STAGES * KEYS * ROW;
  const int tiles = (p.keys + KEYS - 1) / KEYS;
  auto fetch = [&](int tile) {
    fetch_rows<SIZE, KEYS, THREADS>(ks + tile % FLASH_STAGES * KEYS * ROW, k, p.k_row, tile * KEYS, p.keys, thread);
    fetch_rows<SIZE, KEYS, THREADS>(vs + tile % FLASH_STAGES * KEYS * ROW, v, p.v_row, tile * KEYS, p.keys, thread);
    copy_commit();
  };
  fetch_rows<SIZE, ROWS, THREADS>(qs, p.q + b * p.q_batch + h * p.q_head, p.q_row, first, p.queries, thread);
  fetch(0);

  float sums[TILES][SIZE / 8][4];
  RowState rows[TILES][2];
#pragma unroll
  for (int m = 0; m < TILES; m++) {
    rows[m][0] = rows[m][1] = {-INF, 0.f};
#pragma unroll
    for (int d = 0; d < SIZE / 8; d++) sums[m][d][0] = sums[m][d][1] = sums[m][d][2] = sums[m][d][3] = 0.f;
  }
  for (int tile = 0; tile < tiles; tile++) {
    copy_wait<0>();
    sync_block();  // the tile is there for all, and everybody is done with what is overwritten next
    if (tile + 1 < tiles) fetch(tile + 1);
    float s[TILES][KEYS / 8][4];
    flash_scores<SIZE, TILES, KEYS>(s, qs + own * ROW, ks + tile % FLASH_STAGES * KEYS * ROW, lane);
    if ((tile + 1) * KEYS > p.keys) flash_hide<TILES, KEYS>(s, tile * KEYS, p.keys, lane);
#pragma unroll
    for (int m = 0; m < TILES; m++)
#pragma unroll
      for (int half = 0; half < 2; half++)
        flash_rescale<SIZE>(sums[m], flash_share<KEYS>(s[m], rows[m][half], half, p.scale), half);
    flash_add<SIZE, TILES, KEYS>(sums, s, vs + tile % FLASH_STAGES * KEYS * ROW, lane);
  }
  bf16* o = p.o + b * p.o_batch + h * p.o_head;
#pragma unroll
  for (int m = 0; m < TILES; m++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int row = first + own + m * 16 + half * 8 + lane / 4;
      flash_write<SIZE>(row < p.queries ? o + row * p.o_row : nullptr, sums[m], rows[m][half], half, lane);
    }
}
