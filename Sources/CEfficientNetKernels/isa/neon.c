#include "ops/common.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define VECTOR_FLOATS 4
#define PANEL_VECTORS 4
#define GEMM_ROWS 6 // 24 sums, 4 weights and 1 input in 32 registers
#define DEPTHWISE_COLUMNS 14
#include "simd_vector.h"

#define TRAINING effnet_training_neon
#define FLOAT16 effnet_float16_neon
#define INT8 effnet_int8_neon
#include "ops/table.h"

extern const effnet_operations effnet_float16_neonfp16;

const effnet_kernels effnet_kernels_neon = KERNEL_TABLE("neon");
const effnet_kernels effnet_kernels_neonfp16 = KERNEL_TABLE_WITH("neonfp16", effnet_float16_neonfp16, true);
#endif
