// Attention in the emulator against the formula in f64: right is what is right in every shape, touches nothing out of
// bounds and has no conflicts of banks.
#pragma once
#include "emulator_hopper.hpp"
#include "flash.cuh"

struct Case { int batch, heads, queries, keys; float sharpness; bool is_packed; };
typedef std::vector<bf16> Numbers;

static const Numbers normal(size_t count, float scale, std::mt19937& dice) {
  std::normal_distribution<float> draw;
  Numbers numbers(count);
  for (auto& number : numbers) number.bits = narrow(draw(dice) * scale);
  return numbers;
}

// (batch, length, heads, size) as projections leave it, or (batch, heads, length, size).
static void strides(const Case& c, int length, int size, long& batch, long& head, long& row) {
  batch = (long)c.heads * length * size;
  head = c.is_packed ? size : (long)length * size;
  row = c.is_packed ? (long)c.heads * size : size;
}

static double worst_difference(const FlashParams& p, int batch, int size) {
  double worst = 0, largest = 0;
  for (int b = 0; b < batch; b++)
    for (int h = 0; h < p.heads; h++)
      for (int x = 0; x < p.queries; x++) {
        auto at = [&](const bf16* from, long batch_stride, long head, long row, long y, int d) { return (double)widen(from[b * batch_stride + h * head + y * row + d].bits); };
        std::vector<double> share(p.keys);
        double most = -1e300, sum = 0;
        for (int y = 0; y < p.keys; y++) {
          for (int d = 0; d < size; d++) share[y] += at(p.q, p.q_batch, p.q_head, p.q_row, x, d) * at(p.k, p.k_batch, p.k_head, p.k_row, y, d);
          share[y] /= std::sqrt(size);
          most = std::max(most, share[y]);
        }
        for (auto& s : share) sum += s = std::exp(s - most);
        for (int d = 0; d < size; d++) {
          double expected = 0;
          for (int y = 0; y < p.keys; y++) expected += share[y] / sum * at(p.v, p.v_batch, p.v_head, p.v_row, y, d);
          const double difference = std::fabs(at(p.o, p.o_batch, p.o_head, p.o_row, x, d) - expected);
          worst = std::max(worst, difference == difference ? difference : 1e9);
          largest = std::max(largest, std::fabs(expected));
        }
      }
  return worst / largest;
}

// What a kernel needs, and one block of it.
struct Kernel { int size, rows, threads, shared; std::function<void(const FlashParams&, int, int, int, bf16*)> block; };

static bool check(const char* name, const Kernel& kernel, const Case& c) {
  std::mt19937 dice(7);
  auto numbers = [&](int length) { return normal((size_t)c.batch * c.heads * length * kernel.size, c.sharpness, dice); };
  const Numbers q = numbers(c.queries), k = numbers(c.keys), v = numbers(c.keys);
  Numbers o(q.size(), bf16{0x7fc0});
  std::vector<bf16> room(kernel.shared + 512);
  bf16* shared = (bf16*)(((uintptr_t)room.data() + 1023) / 1024 * 1024);
  emulator::shared = {(char*)shared, (char*)(shared + kernel.shared)};
  emulator::memory.clear();
  for (const Numbers* n : {&q, &k, &v, (const Numbers*)&o}) emulator::memory.push_back({(char*)n->data(), (char*)(n->data() + n->size())});
  emulator::counts = {};

  FlashParams p{q.data(), k.data(), v.data(), o.data(), c.heads, c.queries, c.keys};
  p.scale = 1.44269504f / std::sqrt((float)kernel.size);
  strides(c, c.queries, kernel.size, p.q_batch, p.q_head, p.q_row);
  strides(c, c.keys, kernel.size, p.k_batch, p.k_head, p.k_row);
  strides(c, c.keys, kernel.size, p.v_batch, p.v_head, p.v_row);
  strides(c, c.queries, kernel.size, p.o_batch, p.o_head, p.o_row);
  for (int bh = 0; bh < c.batch * c.heads; bh++)
    for (int block = 0; block * kernel.rows < c.queries; block++) {
      for (int i = 0; i < kernel.shared; i++) shared[i].bits = 0x7fc0;
      emulator::begin_hopper(kernel.threads);
      emulator::run_block(kernel.threads, [&](int thread) { kernel.block(p, block, bh, thread, shared); });
    }
  const double difference = worst_difference(p, c.batch, kernel.size);
  const bool is_right = difference < 1e-2 && emulator::counts.out_of_bounds == 0 && emulator::counts.conflicts == 0;
  printf("%s %s: %d x %d, %d queries, %d keys: %.1e of the largest, %ld conflicts, %ld out of bounds\n", is_right ? "ok" : "FAIL", name,
         c.batch, c.heads, c.queries, c.keys, difference, emulator::counts.conflicts, emulator::counts.out_of_bounds);
  return is_right;
}
