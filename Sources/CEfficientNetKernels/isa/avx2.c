#include "ops/common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define VECTOR_FLOATS 8
#define PANEL_VECTORS 2
#define GEMM_ROWS 6 // 12 sums, 2 weights and 1 input in 16 registers
#define DEPTHWISE_COLUMNS 7
#include "simd_vector.h"

#define TRAINING effnet_training_avx2
#define FLOAT16 effnet_float16_avx2
#define INT8 effnet_int8_avx2
#include "ops/table.h"

const effnet_kernels effnet_kernels_avx2 = KERNEL_TABLE("avx2");

#pragma clang attribute pop
#endif
