// The operations of training in one precision of maps and of products' inputs. float32.h and
// bfloat16.h include this after their definitions (see network.h). Parameters, statistics and
// parameter gradients are floats in both.

#define WORDS(elements) (((elements) + ELEMENTS_PER_WORD - 1) / ELEMENTS_PER_WORD)

#include "view.h"
#include "elementwise.h"
#include "product.h"
#include "projection.h"
#include "depthwise.h"
#include "packing.h"

#define TRAINING_TABLE                                                                                                 \
  {                                                                                                                    \
      .product_forward = NAME(product_forward),                                                                        \
      .product_backward = NAME(product_backward),                                                                      \
      .projection_backward = NAME(projection_backward),                                                                \
      .depthwise_forward = NAME(depthwise_forward),                                                                    \
      .depthwise_backward = NAME(depthwise_backward),                                                                  \
      .depthwise_scratch = depthwise_scratch,                                                                          \
      .store_view = NAME(store_view),                                                                                  \
      .pool_view = NAME(pool_view),                                                                                    \
      .reduce_gradient = NAME(reduce_gradient),                                                                        \
      .join_sums = join_sums,                                                                                          \
      .store_gradient = NAME(store_gradient),                                                                          \
      .gate_gradient = NAME(gate_gradient),                                                                            \
      .norm_forward = norm_forward,                                                                                    \
      .norm_backward = norm_backward,                                                                                  \
      .pack_rows = NAME(pack_rows),                                                                                    \
      .pack_transposed = NAME(pack_transposed),                                                                        \
      .store_elements = NAME(store_elements),                                                                          \
      .add_product = NAME(add_product),                                                                                \
      .sgd = sgd,                                                                                                      \
      .rmsprop = rmsprop,                                                                                              \
      .adamw = adamw,                                                                                                  \
      .moving_average = moving_average,                                                                                \
  }

#undef WORDS
