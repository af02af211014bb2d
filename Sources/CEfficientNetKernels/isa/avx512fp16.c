// AVX-512 with fp16 arithmetic: only the operations on fp16. The others are those of avx512bf16.c,
// which has the table for processors with both.
#include "ops/common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512fp16,avx2,fma"))),        \
                             apply_to = function)

#define VECTOR_FLOATS 16
#define PANEL_VECTORS 3
#define GEMM_ROWS 6
#define DEPTHWISE_COLUMNS 14
#define NATIVE_FLOAT16
#include "isa/simd_vector.h"

#include "ops/activation.h"
#include "ops/tile.h"
#include "ops/codes.h"
#include "ops/store_codes.h"
#define SHARED_TRAINING effnet_training_avx512
#include "ops/float32.h"
#define FLOAT16 effnet_float16_avx512fp16
#include "ops/float16.h"

#pragma clang attribute pop
#endif
