#include "include/CEfficientNetKernels.h"

extern const effnet_kernels effnet_kernels_scalar;
#if defined(__x86_64__)
extern const effnet_kernels effnet_kernels_avx2, effnet_kernels_avx512, effnet_kernels_avx512vnni,
    effnet_kernels_avx512bf16, effnet_kernels_avx512fp16;
#elif defined(__aarch64__)
#include <sys/auxv.h>
extern const effnet_kernels effnet_kernels_neon, effnet_kernels_neonfp16;
#endif

const effnet_kernels *effnet_kernels_for(effnet_isa isa) {
  switch (isa) {
  case EFFNET_SCALAR: return &effnet_kernels_scalar;
#if defined(__x86_64__)
  case EFFNET_AVX2:
    // All of Intel's and AMD's processors with AVX2 and FMA have F16C. If a hypervisor hides it, the
    // kernels are scalar.
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
               ? &effnet_kernels_avx2
               : NULL;
  case EFFNET_AVX512:
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
      return NULL;
    if (!__builtin_cpu_supports("avx512vnni")) return &effnet_kernels_avx512;
    if (!__builtin_cpu_supports("avx512bf16")) return &effnet_kernels_avx512vnni;
    return __builtin_cpu_supports("avx512fp16") ? &effnet_kernels_avx512fp16 : &effnet_kernels_avx512bf16;
  case EFFNET_NEONFP16:
  case EFFNET_NEON: return NULL;
#elif defined(__aarch64__)
  case EFFNET_NEONFP16: return getauxval(AT_HWCAP) & HWCAP_ASIMDHP ? &effnet_kernels_neonfp16 : NULL;
  case EFFNET_NEON: return &effnet_kernels_neon;
  case EFFNET_AVX2:
  case EFFNET_AVX512: return NULL;
#else
  default: return NULL;
#endif
  }
}
