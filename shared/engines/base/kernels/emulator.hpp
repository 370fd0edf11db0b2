// A block of a kernel on a processor: a fibre for each thread, matrices and shuffles as meetings of 32 fibres by the
// layouts of the PTX ISA, copies that arrive only when they are waited for (their target is NaN until then), warps in
// any order. It counts reads and writes out of bounds and conflicts of banks.
#pragma once
#include <ucontext.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

typedef uint32_t u32;
struct bf16 { uint16_t bits; };
#define DEV static inline
#define INF INFINITY

static float widen(uint16_t bits) { u32 u = (u32)bits << 16; float f; memcpy(&f, &u, 4); return f; }
static uint16_t narrow(float f) {
  u32 u;
  memcpy(&u, &f, 4);
  if (f != f) return 0x7fc0;
  u += 0x7fff + ((u >> 16) & 1);
  return u >> 16;
}

namespace emulator {
struct Copy { void* to; const void* from; bool is_there; };
struct Fibre { ucontext_t context; std::vector<char> stack; bool is_done; std::vector<std::vector<Copy>> groups; std::vector<Copy> open; };
struct Meeting { int come = 0; long phase = 0; };
struct Offer { const u32* a; u32 b0, b1; float* c; u32* r; const bf16* row; float x; float* y; };
struct Range { const char *from, *to; };
struct Counts { long conflicts, out_of_bounds, matrices; };

static std::vector<Fibre> fibres;
static std::vector<Meeting> warps;
static std::vector<Offer> offers;
static std::function<void(const void*)> copied;  // is told of each copy that arrived
static std::vector<Range> memory;  // what the kernel may touch
static Range shared;
static Counts counts;
static ucontext_t scheduler;
static std::function<void(int)> body;
static Meeting all;
static std::mt19937 dice(1);
static int current, thread_count;

static void meet(Meeting& meeting, int size, const std::function<void()>& last) {
  const long phase = meeting.phase;
  if (++meeting.come == size) { meeting.come = 0; meeting.phase++; last(); return; }
  while (meeting.phase == phase) swapcontext(&fibres[current].context, &scheduler);
}
static bool lies_in(const Range& range, const void* p, long bytes) { return (const char*)p >= range.from && (const char*)p + bytes <= range.to; }
static void touch(const void* p, long bytes) {
  for (const Range& range : memory) if (lies_in(range, p, bytes)) return;
  counts.out_of_bounds++;
}
static void touch_shared(const void* p, long bytes) { if (!lies_in(shared, p, bytes)) counts.out_of_bounds++; }
static void stop(const char* why) { printf("FAIL %s\n", why); exit(1); }
static int first_of_warp() { return current / 32 * 32; }

static void load(u32 (&r)[4], const bf16* row, bool is_turned) {
  const int first = first_of_warp();
  offers[current].r = r;
  offers[current].row = row;
  if ((uintptr_t)row % 16) stop("a row of a matrix is not aligned");
  touch_shared(row, 16);
  meet(warps[current / 32], 32, [=] {
    for (int m = 0; m < 4; m++) {
      bool is_hit[8] = {};
      for (int i = 0; i < 8; i++) {
        const int bank = ((uintptr_t)offers[first + m * 8 + i].row / 16) % 8;
        counts.conflicts += is_hit[bank];
        is_hit[bank] = true;
      }
      for (int l = 0; l < 32; l++) {
        auto at = [&](int r, int c) { return (u32)offers[first + m * 8 + r].row[c].bits; };
        const int i = l / 4, j = l % 4 * 2;
        offers[first + l].r[m] = is_turned ? at(j, i) | at(j + 1, i) << 16 : at(i, j) | at(i, j + 1) << 16;
      }
    }
  });
}

static void enter(int thread) { body(thread); fibres[thread].is_done = true; }

// Runs one block. Warps go on in any order, some far ahead of others.
static void run_block(int threads, std::function<void(int)> kernel) {
  thread_count = threads;
  body = kernel;
  fibres.resize(threads);
  offers.resize(threads);
  warps.assign(threads / 32, {});
  all = {};
  for (int i = 0; i < threads; i++) {
    Fibre& fibre = fibres[i];
    fibre.stack.resize(64 << 10);
    fibre.is_done = false;
    fibre.groups.clear();
    fibre.open.clear();
    getcontext(&fibre.context);
    fibre.context.uc_stack.ss_sp = fibre.stack.data();
    fibre.context.uc_stack.ss_size = fibre.stack.size();
    fibre.context.uc_link = &scheduler;
    makecontext(&fibre.context, (void (*)())enter, 1, i);
  }
  std::vector<int> order(threads / 32);
  for (size_t i = 0; i < order.size(); i++) order[i] = i;
  for (bool is_open = true; is_open;) {
    is_open = false;
    std::shuffle(order.begin(), order.end(), dice);
    for (int warp : order) {
      if (dice() % 3 == 0) { is_open = true; continue; }
      for (int turn = dice() % 40; turn >= 0; turn--)
        for (int lane = 0; lane < 32; lane++)
          if (!fibres[warp * 32 + lane].is_done) { is_open = true; current = warp * 32 + lane; swapcontext(&scheduler, &fibres[current].context); }
    }
  }
}
}  // namespace emulator

static u32 load32(const bf16* from) { emulator::touch(from, 4); u32 r; memcpy(&r, from, 4); return r; }
static void store32(bf16* to, u32 value) { emulator::touch(to, 4); memcpy(to, &value, 4); }
static void copy_async16(bf16* to, const void* from, bool is_there) {
  if ((uintptr_t)to % 16 || (uintptr_t)from % 16) emulator::stop("a copy is not aligned");
  if (is_there) emulator::touch(from, 16);
  emulator::touch_shared(to, 16);
  for (int i = 0; i < 8; i++) to[i].bits = 0x7fc0;
  emulator::fibres[emulator::current].open.push_back({to, from, is_there});
}
static void copy_commit() { auto& fibre = emulator::fibres[emulator::current]; fibre.groups.push_back(fibre.open); fibre.open.clear(); }
template <int N> static void copy_wait() {
  auto& groups = emulator::fibres[emulator::current].groups;
  while ((int)groups.size() > N) {
    for (auto& copy : groups[0]) { if (copy.is_there) memcpy(copy.to, copy.from, 16); else memset(copy.to, 0, 16); if (emulator::copied) emulator::copied(copy.to); }
    groups.erase(groups.begin());
  }
}
static void sync_block() { emulator::meet(emulator::all, emulator::thread_count, [] {}); }
static float power_of_2(float x) { return exp2f(x); }
static u32 pack(float low, float high) { return narrow(low) | (u32)narrow(high) << 16; }
static float shuffle_xor(float x, int mask) {
  using namespace emulator;
  float y;
  const int first = first_of_warp();
  offers[current].x = x;
  offers[current].y = &y;
  meet(warps[current / 32], 32, [=] { for (int l = 0; l < 32; l++) *offers[first + l].y = offers[first + (l ^ mask)].x; });
  return y;
}
static void load_matrices(u32 (&r)[4], const bf16* row) { emulator::load(r, row, false); }
static void load_matrices_turned(u32 (&r)[4], const bf16* row) { emulator::load(r, row, true); }
static void multiply(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  using namespace emulator;
  const int first = first_of_warp();
  offers[current].a = a;
  offers[current].b0 = b0;
  offers[current].b1 = b1;
  offers[current].c = c;
  meet(warps[current / 32], 32, [=] {
    counts.matrices++;
    float A[16][16], B[16][8];
    for (int l = 0; l < 32; l++)
      for (int e = 0; e < 2; e++) {
        const Offer& of = offers[first + l];
        const int g = l / 4, t = l % 4 * 2 + e;
        auto part = [&](u32 x) { return widen(e ? x >> 16 : x & 0xffff); };
        A[g][t] = part(of.a[0]); A[g + 8][t] = part(of.a[1]); A[g][t + 8] = part(of.a[2]); A[g + 8][t + 8] = part(of.a[3]);
        B[t][g] = part(of.b0); B[t + 8][g] = part(of.b1);
      }
    for (int l = 0; l < 32; l++)
      for (int e = 0; e < 4; e++) {
        const int row = l / 4 + e / 2 * 8, column = l % 4 * 2 + e % 2;
        for (int k = 0; k < 16; k++) offers[first + l].c[e] += A[row][k] * B[k][column];
      }
  });
}

template <class T> static void emulator_load8(float (&x)[8], const T* from) {
  if ((uintptr_t)from % 16) emulator::stop("eight numbers are not aligned");
  emulator::touch(from, 8 * sizeof(T));
}
static void load8(float (&x)[8], const bf16* from) { emulator_load8(x, from); for (int i = 0; i < 8; i++) x[i] = widen(from[i].bits); }
static void load8(float (&x)[8], const float* from) { emulator_load8(x, from); for (int i = 0; i < 8; i++) x[i] = from[i]; }
static void store8(bf16* to, const float (&x)[8]) { emulator_load8(const_cast<float(&)[8]>(x), to); for (int i = 0; i < 8; i++) to[i].bits = narrow(x[i]); }
static float load1(const bf16* from) { emulator::touch(from, 2); return widen(from->bits); }
static float load1(const float* from) { emulator::touch(from, 4); return *from; }
static void store8(float* to, const float (&x)[8]) { emulator_load8(const_cast<float(&)[8]>(x), to); for (int i = 0; i < 8; i++) to[i] = x[i]; }
static float rsqrtf(float x) { return 1.f / std::sqrt(x); }
