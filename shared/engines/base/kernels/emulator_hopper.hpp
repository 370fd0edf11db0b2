// Hopper's products by groups of four warps, for emulator.hpp. A product reads shared memory and registers, and writes
// its sums, only when it is waited for: the latest moment at which the GPU may do it.
#pragma once
#include "emulator.hpp"

typedef uint64_t u64;

namespace emulator {
struct Matrix { const char* start; int leading, stride; };
struct Product { int columns; float* c[128]; const u32* a[128]; u64 a_matrix, b_matrix; bool is_sum, has_rows; };
struct Group { std::vector<std::vector<Product>> committed; std::vector<Product> open; Meeting meeting; };
static std::vector<Matrix> matrices;
static std::vector<Group> groups;
static std::vector<std::vector<const char*>> unseen;  // what each thread copied and did not show

static void begin_hopper(int threads) { groups.assign(threads / 128, {}); unseen.assign(threads, {}); matrices.clear(); }
static Group& group() { return groups[current / 128]; }
static void meet_group(const std::function<void()>& last) { meet(group().meeting, 128, last); }

static float read_swizzled(const Matrix& matrix, long offset) {
  const uintptr_t at = (uintptr_t)matrix.start + offset, swizzled = at ^ (at >> 7 & 7) << 4;
  touch_shared((const void*)swizzled, 2);
  for (const auto& of : unseen) for (const char* p : of) if ((const char*)swizzled >= p && (const char*)swizzled < p + 16) counts.out_of_bounds++;
  return widen(((const bf16*)swizzled)->bits);
}
// Rows of 128 bytes, eight of them to `stride` bytes.
static float by_rows(u64 matrix, int row, int k) { const Matrix& m = matrices[matrix]; return read_swizzled(m, row / 8 * m.stride + row % 8 * 128 + k * 2); }
static float by_columns(u64 matrix, int column, int k) {
  const Matrix& m = matrices[matrix];
  return read_swizzled(m, column / 64 * m.leading + column % 64 * 2 + k / 8 * m.stride + k % 8 * 128);
}
static void compute(const Product& product) {
  counts.matrices++;
  static float A[64][16], B[128][16];
  for (int k = 0; k < 16; k++) {
    for (int n = 0; n < product.columns; n++) B[n][k] = product.has_rows ? by_columns(product.b_matrix, n, k) : by_rows(product.b_matrix, n, k);
    for (int m = 0; m < 64; m++) {
      if (!product.has_rows) { A[m][k] = by_rows(product.a_matrix, m, k); continue; }
      const int thread = m / 16 * 32 + m % 8 * 4 + k % 8 / 2;
      const u32 pair = product.a[thread][m % 16 / 8 + k / 8 * 2];
      A[m][k] = widen(k % 2 ? pair >> 16 : pair & 0xffff);
    }
  }
  for (int t = 0; t < 128; t++)
    for (int i = 0; i < product.columns / 2; i++) {
      const int row = t / 32 * 16 + t % 32 / 4 + i % 4 / 2 * 8, column = i / 4 * 8 + t % 4 * 2 + i % 2;
      float sum = product.is_sum ? product.c[t][i] : 0.f;
      for (int k = 0; k < 16; k++) sum += A[row][k] * B[column][k];
      product.c[t][i] = sum;
    }
}
static void offer_product(float* c, const u32* a, u64 a_matrix, u64 b_matrix, int columns, bool is_sum) {
  static std::vector<Product> forming(16);
  Product& product = forming[current / 128];
  product.c[current % 128] = c;
  product.a[current % 128] = a;
  meet_group([=] {
    Product& product = forming[current / 128];
    product.columns = columns; product.a_matrix = a_matrix; product.b_matrix = b_matrix; product.is_sum = is_sum; product.has_rows = a != nullptr;
    group().open.push_back(product);
  });
}
}  // namespace emulator

static u64 describe(const bf16* start, int leading, int stride) {
  emulator::matrices.push_back({(const char*)start, leading, stride});
  return emulator::matrices.size() - 1;
}
static void show_to_group() { emulator::unseen[emulator::current].clear(); }
static void group_begin() {}
static void group_commit() { emulator::meet_group([] { auto& g = emulator::group(); g.committed.push_back(g.open); g.open.clear(); }); }
template <int N> static void group_wait() {
  emulator::meet_group([] {
    auto& committed = emulator::group().committed;
    while ((int)committed.size() > N) { for (auto& product : committed[0]) emulator::compute(product); committed.erase(committed.begin()); }
  });
}
template <int N> static void group_keep(float (&)[N][4]) {}
template <int N> static void group_multiply(float (&c)[N][4], u64 a, u64 b, int is_sum) { emulator::offer_product(&c[0][0], nullptr, a, b, 8 * N, is_sum); }
template <int N> static void group_multiply_rows(float (&c)[N][4], const u32 (&a)[4], u64 b) { emulator::offer_product(&c[0][0], a, 0, b, 8 * N, true); }
