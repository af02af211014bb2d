#include "ops/common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))),                   \
                             apply_to = function)

#define VECTOR_FLOATS 16
#define PANEL_VECTORS 3
#define GEMM_ROWS 6 // 18 sums, 3 weights, 1 input and room for some activations in 32 registers
#define DEPTHWISE_COLUMNS 14
#include "simd_vector.h"

#define TRAINING effnet_training_avx512
#define FLOAT16 effnet_float16_avx512
#define INT8 effnet_int8_avx512
#include "ops/table.h"

const effnet_kernels effnet_kernels_avx512 = KERNEL_TABLE("avx512");

#pragma clang attribute pop
#endif
