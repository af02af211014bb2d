#include "ops/common.h"

#include "simd_scalar.h"

#define TRAINING effnet_training_scalar
#include "ops/table.h"

const effnet_kernels effnet_kernels_scalar = KERNEL_TABLE("scalar");
