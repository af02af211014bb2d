// NEON with fp16 arithmetic: only the operations on fp16. The others are those of neon.c, which has
// the table for processors with both.
#include "ops/common.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#pragma clang attribute push(__attribute__((target("fullfp16"))), apply_to = function)

#define VECTOR_FLOATS 4
#define PANEL_VECTORS 4
#define GEMM_ROWS 6
#define DEPTHWISE_COLUMNS 14
#define NATIVE_FLOAT16
#include "isa/simd_vector.h"

#include "ops/activation.h"
#include "ops/tile.h"
#include "ops/codes.h"
#include "ops/store_codes.h"
#define SHARED_TRAINING effnet_training_neon
#include "ops/float32.h"
#define FLOAT16 effnet_float16_neonfp16
#include "ops/float16.h"

#pragma clang attribute pop
#endif
