// AVX-512 with bfloat16 instructions and those of avx512vnni.c. Its operations on 32-bit floats are
// bit-identical to those of avx512.c. Processors with fp16 arithmetic, too, have the operations of
// avx512fp16.c.
#include "ops/common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(                                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,avx2,fma"))), apply_to = function)

#define VECTOR_FLOATS 16
#define PANEL_VECTORS 3
#define GEMM_ROWS 6
#define DEPTHWISE_COLUMNS 14
#define CODES_PER_WORD 4
#define NATIVE_BFLOAT16
#include "simd_vector.h"

#define SHARED_TRAINING effnet_training_avx512
#define SHARED_FLOAT16 effnet_float16_avx512
#define SHARED_INT8 effnet_int8_avx512vnni
#include "ops/table.h"

extern const effnet_operations effnet_float16_avx512fp16;

const effnet_kernels effnet_kernels_avx512bf16 = KERNEL_TABLE("avx512");
const effnet_kernels effnet_kernels_avx512fp16 = KERNEL_TABLE_WITH("avx512", effnet_float16_avx512fp16, true);

#pragma clang attribute pop
#endif
