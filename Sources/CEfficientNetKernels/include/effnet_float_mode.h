// The floating-point mode of the kernels: numbers are rounded to the nearest, and subnormal
// numbers, as inputs and as results, count as zero. On x86, an operation with a subnormal number
// takes about a hundred times as long as any other.
#pragma once

#include <stdint.h>

/// Sets the mode of the kernels on the calling thread and returns the previous mode.
static inline uint64_t effnet_begin_kernel(void) {
#if defined(__x86_64__)
  unsigned previous = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(0x9fc0); // all exceptions masked, flush to zero, denormals are zeros
  return previous;
#elif defined(__aarch64__)
  uint64_t previous;
  __asm__ volatile("mrs %0, fpcr" : "=r"(previous));
  __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)1 << 24)); // FZ
  return previous;
#else
  return 0;
#endif
}

/// Restores the mode that effnet_begin_kernel returned.
static inline void effnet_end_kernel(uint64_t previous) {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr((unsigned)previous);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(previous));
#else
  (void)previous;
#endif
}
