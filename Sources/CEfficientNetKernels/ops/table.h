// All operations over one vector header, and their table. Each file of isa/ includes this once,
// after it has defined VECTOR_FLOATS and the tile sizes:
//
//     PANEL_VECTORS      vectors across one weight panel
//     GEMM_ROWS          most rows of the micro-kernel, whose GEMM_ROWS · PANEL_VECTORS sums stay
//                        in registers
//     DEPTHWISE_COLUMNS  most output columns of the depthwise tile: 7 or 14
//     TRAINING           the name of its training table on floats, or SHARED_TRAINING the name of
//                        another set's
//     FLOAT16, INT8      the names of its operations on fp16 and int8, or SHARED_FLOAT16 and
//                        SHARED_INT8 the names of another set's
//     CODES_PER_WORD     the codes of int8 in a word, before the vector header; 2 if undefined
#pragma once

#include "activation.h"
#include "tile.h"
#include "codes.h"
#include "store_codes.h"
#include "training/values.h"
#include "training/depthwise_gradients.h"
#include "training/norm.h"
#include "training/optimizer.h"
#include "float32.h"
#include "bfloat16.h"
#include "float16.h"
#include "int8.h"
#include "resize.h"
#include "dots.h"
#include "widening_product.h"

/// `half` are the operations on fp16.
#define KERNEL_TABLE_WITH(isa_name, half, sums_half)                                                                   \
  {                                                                                                                    \
      .name = isa_name,                                                                                                \
      .vector_floats = VECTOR_FLOATS,                                                                                  \
      .panel_columns = PANEL_VECTORS * VECTOR_FLOATS,                                                                  \
      .product_rows = GEMM_ROWS,                                                                                       \
      .float32 = &operations_f32,                                                                                      \
      .bfloat16 = &operations_bf16,                                                                                    \
      .float16 = &half,                                                                                                \
      .int8 = &INT8,                                                                                                   \
      .sums_in_float16 = sums_half,                                                                                    \
      .codes_per_word = CODES_PER_WORD,                                                                                \
      .resize_down = resize_down,                                                                                      \
      .resize_along = resize_along,                                                                                    \
      .normalize = normalize,                                                                                          \
      .dots = dots,                                                                                                    \
      .widening_product = widening_product,                                                                            \
      .training_float32 = &TRAINING,                                                                                   \
      .training_bfloat16 = &training_bf16,                                                                             \
  }
#define KERNEL_TABLE(isa_name) KERNEL_TABLE_WITH(isa_name, FLOAT16, false)
