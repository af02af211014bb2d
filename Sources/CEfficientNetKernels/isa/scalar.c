#include "ops/common.h"

#include "simd_scalar.h"

#define TRAINING effnet_training_scalar
#define FLOAT16 effnet_float16_scalar
#define INT8 effnet_int8_scalar
#include "ops/table.h"

const effnet_kernels effnet_kernels_scalar = KERNEL_TABLE("scalar");
