// All operations over one vector header, and the table of them. Included once by each file of isa/, which has defined
// VECTOR_FLOATS and the tile sizes:
//
//     PANEL_VECTORS      vectors across one weight panel
//     GEMM_ROWS          rows of the micro-kernel: GEMM_ROWS · PANEL_VECTORS sums stay in registers
//     DEPTHWISE_COLUMNS  output columns of the depthwise tile
#pragma once

#include "activation.h"
#include "gemm.h"
#if PANEL_VECTORS == 3
DEFINE_GEMM_ROWS(1)
DEFINE_GEMM_ROWS(2)
DEFINE_GEMM_ROWS(3)
#elif PANEL_VECTORS == 2
DEFINE_GEMM_ROWS(2)
#elif PANEL_VECTORS == 4
DEFINE_GEMM_ROWS(4)
#elif PANEL_VECTORS == 16
DEFINE_GEMM_ROWS(16)
#endif
#include "pointwise.h"
#include "convolution.h"
#include "depthwise.h"
#include "channelwise.h"
#include "peak.h"
#include "resize.h"

#define KERNEL_TABLE(isa_name)                                                                                         \
  {                                                                                                                    \
      .name = isa_name,                                                                                                \
      .panel_columns = PANEL_VECTORS * VECTOR_FLOATS,                                                                  \
      .pointwise = pointwise,                                                                                          \
      .convolution = convolution,                                                                                      \
      .depthwise = depthwise,                                                                                          \
      .average_pool = average_pool,                                                                                    \
      .scale = scale,                                                                                                  \
      .peak = peak,                                                                                                    \
      .resize_down = resize_down,                                                                                      \
      .resize_along = resize_along,                                                                                    \
      .normalize = normalize,                                                                                          \
  }
