// AVX-512 with dot products of 8-bit integers (VNNI). Its other operations are bit-identical to those of
// avx512.c.
#include "ops/common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma"))),        \
                             apply_to = function)

#define VECTOR_FLOATS 16
#define PANEL_VECTORS 3
#define GEMM_ROWS 6
#define DEPTHWISE_COLUMNS 14
#define CODES_PER_WORD 4
#include "simd_vector.h"

#define SHARED_TRAINING effnet_training_avx512
#define SHARED_FLOAT16 effnet_float16_avx512
#define INT8 effnet_int8_avx512vnni
#include "ops/table.h"

const effnet_kernels effnet_kernels_avx512vnni = KERNEL_TABLE("avx512");

#pragma clang attribute pop
#endif
