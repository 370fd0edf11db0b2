// As flash.cuh, for Hopper: GROUPS groups of four warps, each with 64 queries. While a tile's scores become shares, the
// shares of the tile before are multiplied with its values.
#pragma once
#include "flash.cuh"

template <int SIZE, int GROUPS, int KEYS> constexpr int flash_hopper_shared_numbers() {
  return (64 * GROUPS + 2 * FLASH_STAGES * KEYS) * SIZE;
}

// `rows` rows from `first` on, zeros behind the last one of `count`: 64 columns beside 64 columns, the 16 bytes of a
// row of 128 in an order that changes from row to row.
template <int SIZE, int ROWS, int THREADS>
DEV void fetch_swizzled(bf16* to, const bf16* from, long stride, int first, int count, int thread) {
#pragma unroll
  for (int i = thread; i < ROWS * SIZE / 8; i += THREADS) {
    const int row = i / (SIZE / 8), column = i % (SIZE / 8) * 8;
    const bool is_there = first + row < count;
    copy_async16(to + (column / 64 * ROWS + row) * 64 + (column / 8 % 8 ^ row % 8) * 8,
                 from + (is_there ? first + row : 0) * stride + column, is_there);
  }
}

// s = q k^T, under way.
template <int SIZE, int ROWS, int KEYS>
DEV void flash_hopper_scores(float (&s)[KEYS / 8][4], const bf16* q, const bf16* k) {
#pragma unroll
  for (int c = 0; c < SIZE; c += 16)
    group_multiply(s, describe(q + c / 64 * ROWS * 64 + c % 64, 16, 1024), describe(k + c / 64 * KEYS * 64 + c % 64, 16, 1024), c > 0);
  group_commit();
}

// sums += shares v, under way.
template <int SIZE, int KEYS>
DEV void flash_hopper_add(float (&sums)[SIZE / 8][4], const u32 (&shares)[KEYS / 16][4], const bf16* v) {
#pragma unroll
  for (int n = 0; n < KEYS / 16; n++) group_multiply_rows(sums, shares[n], describe(v + n * 16 * 64, KEYS * 128, 1024));
  group_commit();
}

template <int KEYS> DEV void flash_pack(u32 (&shares)[KEYS / 16][4], const float (&s)[KEYS / 8][4]) {
#pragma unroll
  for (int n = 0; n < KEYS / 16; n++)
#pragma unroll
    for (int e = 0; e < 4; e++) shares[n][e] = pack(s[2 * n + e / 2][e % 2 * 2], s[2 * n + e / 2][e % 2 * 2 + 1]);
}

template <int SIZE, int GROUPS, int KEYS>
DEV void flash_hopper_block(const FlashParams& p, int block, int batch_and_head, int thread, bf16* shared) {
  constexpr int THREADS = 128 * GROUPS, ROWS = 64 * GROUPS, TILE = KEYS * SIZE;
  const int lane = thread % 32, first = block * ROWS;
  const long b = batch_and_head / p.heads, h = batch_and_head % p.heads;
  const bf16 *k = p.k + b * p.k_batch + h * p.k_head, *v = p.v + b * p.v_batch + h * p.v_head;
  bf16 *qs = shared, *ks = qs + ROWS * SIZE, *vs = ks + FLASH_STAGES * TILE;
  const bf16* own = qs + thread / 128 * 64 * 64;
  const int tiles = (p.keys + KEYS - 1) / KEYS;
  auto fetch_keys = [&](int tile) {
    if (tile < tiles) fetch_swizzled<SIZE, KEYS, THREADS>(ks + tile % FLASH_STAGES * TILE, k, p.k_row, tile * KEYS, p.keys, thread);
  };
  auto fetch_values = [&](int tile) {
    fetch_swizzled<SIZE, KEYS, THREADS>(vs + tile % FLASH_STAGES * TILE, v, p.v_row, tile * KEYS, p.keys, thread);
  };
  auto meet = [&] {
    copy_wait<0>();
    show_to_group();
    sync_block();  // it is there for all, and everybody is done with what is overwritten next
  };
  fetch_swizzled<SIZE, ROWS, THREADS>(qs, p.q + b * p.q_batch + h * p.q_head, p.q_row, first, p.queries, thread);
  fetch_keys(0);
  copy_commit();

  float sums[SIZE / 8][4], s[KEYS / 8][4], factors[2];
  u32 shares[KEYS / 16][4];
  RowState rows[2] = {{-INF, 0.f}, {-INF, 0.f}};
#pragma unroll
  for (int d = 0; d < SIZE / 8; d++) sums[d][0] = sums[d][1] = sums[d][2] = sums[d][3] = 0.f;
#pragma unroll
  for (int n = 0; n < KEYS / 8; n++) s[n][0] = s[n][1] = s[n][2] = s[n][3] = 0.f;
  auto share = [&](int tile) {
    // Over the scores in registers as those of one tile of 16 rows a warp, which they are.
    if ((tile + 1) * KEYS > p.keys) flash_hide<1, KEYS>(reinterpret_cast<float(&)[1][KEYS / 8][4]>(s), tile * KEYS, p.keys, lane);
#pragma unroll
    for (int half = 0; half < 2; half++) factors[half] = flash_share<KEYS>(s, rows[half], half, p.scale);
  };
  meet();
  fetch_keys(1);
  fetch_values(0);
  copy_commit();
  group_begin();
  flash_hopper_scores<SIZE, ROWS, KEYS>(s, own, ks);
  group_wait<0>();
  group_keep(s);
  share(0);
  flash_pack<KEYS>(shares, s);
  for (int tile = 1; tile < tiles; tile++) {
    meet();
    group_keep(s);
    group_keep(sums);
    group_begin();
    flash_hopper_scores<SIZE, ROWS, KEYS>(s, own, ks + tile % FLASH_STAGES * TILE);
    flash_hopper_add<SIZE, KEYS>(sums, shares, vs + (tile - 1) % FLASH_STAGES * TILE);
    fetch_keys(tile + 1);  // while these are multiplied
    fetch_values(tile);
    copy_commit();
    group_wait<1>();
    group_keep(s);
    share(tile);
    group_wait<0>();
    group_keep(sums);
#pragma unroll
    for (int half = 0; half < 2; half++) flash_rescale<SIZE>(sums, factors[half], half);
    flash_pack<KEYS>(shares, s);
  }
  meet();
  group_keep(sums);
  group_begin();
  flash_hopper_add<SIZE, KEYS>(sums, shares, vs + (tiles - 1) % FLASH_STAGES * TILE);
  group_wait<0>();
  group_keep(sums);
  bf16* o = p.o + b * p.o_batch + h * p.o_head;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int row = first + thread / 32 * 16 + half * 8 + lane / 4;
    flash_write<SIZE>(row < p.queries ? o + row * p.o_row : nullptr, sums, rows[half], half, lane);
  }
}
