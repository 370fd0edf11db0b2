// Stands in for one of CUDA's libraries at link time, so that a program starts on a machine without it: each of its
// functions looks for the real one when it is called for the first time. Included by a generated file, which defines
// LIBRARY_FILES, UNAVAILABLE, COUNT, NAMES and IS_TEXT, and writes the functions.
#include <dlfcn.h>
#include <stdio.h>

static const char *const library_files[] = LIBRARY_FILES;
static const char *const names[COUNT] = NAMES;
static const unsigned char is_text[COUNT] = IS_TEXT;

// Read by the functions; written here alone, with the same address however many threads come at once.
static void *slots[COUNT] __attribute__((used));

static long unavailable(void) { return UNAVAILABLE; }
static const char *unavailable_text(void) { return "a library of CUDA is missing"; }

static void *library(void) {
  static void *found;
  static int is_told;
  for (unsigned i = 0; !found && i < sizeof library_files / sizeof *library_files; i++)
    found = dlopen(library_files[i], RTLD_NOW | RTLD_LOCAL);
  if (!found && !is_told) {
    is_told = 1;
    fprintf(stderr, "CUDA: %s is missing\n", library_files[0]);
  }
  return found;
}

// What is missing answers with an error of its library, as the library does when there is no GPU.
__attribute__((used)) static void *find_function(long index) {
  void *handle = library();
  void *function = handle ? dlsym(handle, names[index]) : 0;
  if (function) __atomic_store_n(&slots[index], function, __ATOMIC_RELEASE);
  else function = is_text[index] ? (void *)unavailable_text : (void *)unavailable;
  return function;
}

// Every register that may hold an argument is kept over the search: x86-64, System V.
__asm__(
    ".text\n"
    "find_and_go:\n"
    "  push %rbp\n  mov %rsp, %rbp\n"
    "  push %rdi\n  push %rsi\n  push %rdx\n  push %rcx\n  push %r8\n  push %r9\n  push %rax\n  push %r10\n"
    "  sub $128, %rsp\n  and $-16, %rsp\n"
    "  movups %xmm0, (%rsp)\n  movups %xmm1, 16(%rsp)\n  movups %xmm2, 32(%rsp)\n  movups %xmm3, 48(%rsp)\n"
    "  movups %xmm4, 64(%rsp)\n  movups %xmm5, 80(%rsp)\n  movups %xmm6, 96(%rsp)\n  movups %xmm7, 112(%rsp)\n"
    "  mov 8(%rbp), %rdi\n  call find_function\n  mov %rax, %r11\n"
    "  movups (%rsp), %xmm0\n  movups 16(%rsp), %xmm1\n  movups 32(%rsp), %xmm2\n  movups 48(%rsp), %xmm3\n"
    "  movups 64(%rsp), %xmm4\n  movups 80(%rsp), %xmm5\n  movups 96(%rsp), %xmm6\n  movups 112(%rsp), %xmm7\n"
    "  lea -64(%rbp), %rsp\n"
    "  pop %r10\n  pop %rax\n  pop %r9\n  pop %r8\n  pop %rcx\n  pop %rdx\n  pop %rsi\n  pop %rdi\n  pop %rbp\n"
    "  add $8, %rsp\n  jmp *%r11\n");
