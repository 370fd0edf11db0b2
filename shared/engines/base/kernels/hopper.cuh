// What Hopper adds (compute capability 9.0, target sm_90a): products of matrices by a group of four warps, which read
// shared memory by themselves and end when they are waited for.
#pragma once
#include "device.cuh"

typedef uint64_t u64;

// A matrix in shared memory in rows of 128 bytes, swizzled. `leading` and `stride` are the PTX ISA's offsets, in bytes.
DEV u64 describe(const bf16* start, int leading, int stride) {
  return (u64)((shared_address(start) & 0x3ffff) >> 4) | (u64)(leading >> 4) << 16 | (u64)(stride >> 4) << 32 | 1ull << 62;
}
// What copies wrote is seen by the products that follow.
DEV void show_to_group() { asm volatile("fence.proxy.async.shared::cta;\n" ::: "memory"); }
DEV void group_begin() { asm volatile("wgmma.fence.sync.aligned;\n" ::: "memory"); }
DEV void group_commit() { asm volatile("wgmma.commit_group.sync.aligned;\n" ::: "memory"); }
template <int N> DEV void group_wait() { asm volatile("wgmma.wait_group.sync.aligned %0;\n" ::"n"(N) : "memory"); }
// Keeps the compiler from moving registers that a product still works on.
template <int N> DEV void group_keep(float (&c)[N][4]) {
#pragma unroll
  for (int i = 0; i < N; i++)
#pragma unroll
    for (int e = 0; e < 4; e++) asm volatile("" : "+f"(c[i][e])::"memory");
}

#define HOPPER_FOUR(I) "+f"(c[I][0]), "+f"(c[I][1]), "+f"(c[I][2]), "+f"(c[I][3])

// c (64 x 8N) = or += a b, of 16 numbers of each row of a and of b, both in shared memory.
DEV void group_multiply(float (&c)[8][4], u64 a, u64 b, int is_sum) {
  asm volatile("{.reg .pred p; setp.ne.b32 p, %34, 0; wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 "
               "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, %32, %33, p, 1, 1, 0, 0;}"
               : HOPPER_FOUR(0), HOPPER_FOUR(1), HOPPER_FOUR(2), HOPPER_FOUR(3), HOPPER_FOUR(4), HOPPER_FOUR(5), HOPPER_FOUR(6), HOPPER_FOUR(7) : "l"(a), "l"(b), "r"(is_sum));
}
DEV void group_multiply(float (&c)[16][4], u64 a, u64 b, int is_sum) {
  asm volatile("{.reg .pred p; setp.ne.b32 p, %66, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 "
               "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, %64, %65, p, 1, 1, 0, 0;}"
               : HOPPER_FOUR(0), HOPPER_FOUR(1), HOPPER_FOUR(2), HOPPER_FOUR(3), HOPPER_FOUR(4), HOPPER_FOUR(5), HOPPER_FOUR(6), HOPPER_FOUR(7), HOPPER_FOUR(8), HOPPER_FOUR(9), HOPPER_FOUR(10), HOPPER_FOUR(11), HOPPER_FOUR(12), HOPPER_FOUR(13), HOPPER_FOUR(14), HOPPER_FOUR(15) : "l"(a), "l"(b), "r"(is_sum));
}

// c (64 x 8N) += a b, a in registers, of 16 rows of b.
DEV void group_multiply_rows(float (&c)[8][4], const u32 (&a)[4], u64 b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
               "{%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
               : HOPPER_FOUR(0), HOPPER_FOUR(1), HOPPER_FOUR(2), HOPPER_FOUR(3), HOPPER_FOUR(4), HOPPER_FOUR(5), HOPPER_FOUR(6), HOPPER_FOUR(7) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
DEV void group_multiply_rows(float (&c)[16][4], const u32 (&a)[4], u64 b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "
               "{%64, %65, %66, %67}, %68, 1, 1, 1, 1;"
               : HOPPER_FOUR(0), HOPPER_FOUR(1), HOPPER_FOUR(2), HOPPER_FOUR(3), HOPPER_FOUR(4), HOPPER_FOUR(5), HOPPER_FOUR(6), HOPPER_FOUR(7), HOPPER_FOUR(8), HOPPER_FOUR(9), HOPPER_FOUR(10), HOPPER_FOUR(11), HOPPER_FOUR(12), HOPPER_FOUR(13), HOPPER_FOUR(14), HOPPER_FOUR(15) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
