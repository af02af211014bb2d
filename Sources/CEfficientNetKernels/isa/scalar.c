#include "ops/common.h"

#include "simd_scalar.h"

#include "ops/table.h"

const effnet_kernels effnet_kernels_scalar = KERNEL_TABLE("scalar");
