// rows.cuh in the emulator against the formulas in f64. Ends with 0 if all is right and nothing out of bounds is touched.
#include "emulator.hpp"
#include "rows.cuh"

typedef std::vector<bf16> Numbers;
typedef std::vector<float> Floats;
static std::mt19937 dice(11);
static float room[66];
static bool is_all_right = true;

static Numbers numbers(size_t count, float scale, float offset) {
  std::normal_distribution<float> draw;
  Numbers made(count);
  for (auto& number : made) number.bits = narrow(draw(dice) * scale + offset);
  return made;
}
static Floats floats(size_t count, float offset) {
  std::normal_distribution<float> draw;
  Floats made(count);
  for (auto& number : made) number = draw(dice) * .5f + offset;
  return made;
}
static double at(const Numbers& of, size_t i) { return widen(of[i].bits); }
template <class T> static void may_touch(const std::vector<T>& of) { emulator::memory.push_back({(const char*)of.data(), (const char*)(of.data() + of.size())}); }

// Runs `blocks` blocks of `threads`, then compares.
static void check(const char* name, long blocks, int threads, const std::function<void(long, int)>& kernel, const Numbers& y, const std::function<double(size_t)>& right) {
  emulator::counts = {};
  may_touch(y);
  for (long block = 0; block < blocks; block++) emulator::run_block(threads, [&](int thread) { kernel(block, thread); });
  double worst = 0, largest = 0;
  for (size_t i = 0; i < y.size(); i++) {
    const double expected = right(i), difference = std::fabs(at(y, i) - expected);
    worst = std::max(worst, difference == difference ? difference : 1e9);
    largest = std::max(largest, std::fabs(expected));
  }
  const bool is_right = worst < 1e-2 * largest && emulator::counts.out_of_bounds == 0;
  printf("%s %s: %.1e of the largest, %ld out of bounds\n", is_right ? "ok" : "FAIL", name, worst / largest, emulator::counts.out_of_bounds);
  is_all_right &= is_right;
  emulator::memory.clear();
}

static double gelu(double x) { return .5 * x * (1 + std::erf(x / std::sqrt(2.))); }
static double gelu_by_tanh(double x) { return .5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + .044715 * x * x * x))); }
static double silu_of(double x) { return x / (1 + std::exp(-x)); }

static void rows(const char* name, int activation, bool has_bias, bool has_gate, bool has_residual) {
  const int size = 40, count = 7 * size;
  const Numbers x = numbers(count, 2, 0), bias = numbers(size, 1, 0), residual = numbers(count, 1, 0);
  const Floats gate = floats(size, 0);
  Numbers y(count, bf16{0x7fc0});
  may_touch(x); may_touch(bias); may_touch(residual); may_touch(gate);
  const RowsParams p{x.data(), has_bias ? bias.data() : nullptr, has_residual ? residual.data() : nullptr, has_gate ? gate.data() : nullptr, y.data(), count, size, activation};
  check(name, 2, 32, [&](long block, int thread) { rows_eight(p, (block * 32 + thread) * 8); }, y, [&](size_t i) {
    double v = at(x, i) + (has_bias ? at(bias, i % size) : 0);
    if (activation == GELU_TANH) v = gelu_by_tanh(v);
    if (activation == SILU) v = silu_of(v);
    return v * (has_gate ? gate[i % size] : 1) + (has_residual ? at(residual, i) : 0);
  });
}

static void geglu() {
  const int size = 48, count = 5 * size;
  const Numbers x = numbers(2 * count, 2, 0), bias = numbers(2 * size, 1, 0);
  Numbers y(count, bf16{0x7fc0});
  may_touch(x); may_touch(bias);
  const GegluParams p{x.data(), bias.data(), y.data(), count, size};
  check("geglu", 1, 32, [&](long block, int thread) { geglu_eight(p, (block * 32 + thread) * 8); }, y, [&](size_t i) {
    const size_t from = i / size * 2 * size + i % size, column = i % size;
    return (at(x, from) + at(bias, column)) * gelu(at(x, from + size) + at(bias, column + size));
  });
}

static void norms(bool is_rms, bool is_turned, float offset) {
  const int size = 192, count = 3, head = 64;
  const Numbers x = numbers(count * size, 1, offset);
  const Floats scale = floats(size, 1), shift = floats(size, 0), cosines = floats(count * head / 2, 0), sines = floats(count * head / 2, 0);
  Numbers y(count * size, bf16{0x7fc0});
  may_touch(x); may_touch(scale); may_touch(shift); may_touch(cosines); may_touch(sines);
  const float epsilon = 1e-5f;
  auto normed = [&](size_t i) {
    const size_t row = i / size * size;
    double mean = 0, square = 0;
    for (int e = 0; e < size; e++) mean += at(x, row + e) / size;
    if (is_rms) mean = 0;
    for (int e = 0; e < size; e++) square += (at(x, row + e) - mean) * (at(x, row + e) - mean) / size;
    return (at(x, i) - mean) / std::sqrt(square + epsilon) * scale[i % size] + (is_rms ? 0 : shift[i % size]);
  };
  const LayerNormParams layer{x.data(), scale.data(), shift.data(), y.data(), size, epsilon};
  const RmsNormParams rms{x.data(), scale.data(), is_turned ? cosines.data() : nullptr, sines.data(), y.data(), size, head, epsilon};
  const char* name = is_turned ? "rms norm, turned" : is_rms ? "rms norm" : "layer norm";
  check(name, count, 64, [&](long row, int thread) { if (is_rms) rms_norm_row(rms, row, thread, 64, room); else layer_norm_row(layer, row, thread, 64, room); }, y, [&](size_t i) {
    if (!is_turned) return normed(i);
    const size_t angle = i / size * (head / 2) + i % head / 2;
    return i % 2 ? normed(i - 1) * sines[angle] + normed(i) * cosines[angle] : normed(i) * cosines[angle] - normed(i + 1) * sines[angle];
  });
}

static void group_norm(int parts, bool has_silu) {
  const int batch = 2, channels = 6, groups = 2, places = 72, own = channels / groups;
  const Numbers x = numbers(batch * channels * places, 1, 3), scale = numbers(channels, 1, 1), shift = numbers(channels, 1, 0);
  Numbers y(x.size(), bf16{0x7fc0});
  Floats sums(batch * groups * parts * 2, NAN);
  may_touch(x); may_touch(scale); may_touch(shift); may_touch(sums);
  const GroupNormParams p{x.data(), scale.data(), shift.data(), y.data(), sums.data(), channels, groups, places, parts, has_silu, 1e-5f};
  for (long group = 0; group < batch * groups; group++)
    for (int part = 0; part < parts; part++) emulator::run_block(64, [&](int thread) { group_sum_part(p, group, part, thread, 64, room); });
  check("group norm", batch * groups * parts, 64, [&](long block, int thread) { group_apply_part(p, block / parts, block % parts, thread, 64); }, y, [&](size_t i) {
    const size_t channel = i / places % channels, begin = i / places / own * own * places, count = own * places;
    double mean = 0, square = 0;
    for (size_t e = begin; e < begin + count; e++) mean += at(x, e) / count;
    for (size_t e = begin; e < begin + count; e++) square += (at(x, e) - mean) * (at(x, e) - mean) / count;
    const double v = (at(x, i) - mean) / std::sqrt(square + 1e-5) * at(scale, channel) + at(shift, channel);
    return has_silu ? silu_of(v) : v;
  });
}

static void channels(bool is_for_each, bool has_residual) {
  const int batch = 2, channels = 3, places = 24, count = batch * channels * places;
  const Numbers x = numbers(count, 1, 0), offset = numbers(batch * channels, 1, 0), residual = numbers(count, 1, 0);
  Numbers y(count, bf16{0x7fc0});
  may_touch(x); may_touch(offset); may_touch(residual);
  const ChannelsParams<bf16> p{x.data(), offset.data(), has_residual ? residual.data() : nullptr, y.data(), count, places, channels, is_for_each};
  check("channels", 1, 32, [&](long block, int thread) { channels_eight(p, (block * 32 + thread) * 8); }, y, [&](size_t i) {
    return at(x, i) + at(offset, is_for_each ? i / places : i / places % channels) + (has_residual ? at(residual, i) : 0);
  });
}

int main() {
  channels(false, false);
  channels(true, true);
  rows("bias", KEEP, true, false, false);
  rows("bias and gelu", GELU_TANH, true, false, false);
  rows("silu", SILU, false, false, false);
  rows("bias, gate, residual", KEEP, true, true, true);
  geglu();
  norms(false, false, 0);
  norms(false, false, 30);
  norms(true, false, 1);
  norms(true, true, 1);
  group_norm(1, true);
  group_norm(4, false);
  group_norm(5, true);
  return is_all_right ? 0 : 1;
}
