// The operations of training, in 32-bit floats; TRAINING is what the table is called.

#define TRAINING_ROWS EFFNET_TRAINING_ROWS
#define SLAB EFFNET_SLAB_CHANNELS

#include "view.h"
#include "elementwise.h"
#include "product.h"
#include "projection.h"
#include "depthwise.h"
#include "norm.h"
#include "packing.h"
#include "optimizer.h"

#define TRAINING_TABLE                                                                                                 \
  {                                                                                                                    \
      .product_forward = product_forward,                                                                              \
      .product_backward = product_backward,                                                                            \
      .projection_backward = projection_backward,                                                                      \
      .depthwise_forward = depthwise_forward,                                                                          \
      .depthwise_backward = depthwise_backward,                                                                        \
      .depthwise_scratch = depthwise_scratch,                                                                          \
      .store_view = store_view,                                                                                        \
      .pool_view = pool_view,                                                                                          \
      .reduce_gradient = reduce_gradient,                                                                              \
      .join_sums = join_sums,                                                                                          \
      .store_gradient = store_gradient,                                                                                \
      .gate_gradient = gate_gradient,                                                                                  \
      .norm_forward = norm_forward,                                                                                    \
      .norm_backward = norm_backward,                                                                                  \
      .pack_rows = pack_rows,                                                                                          \
      .pack_transposed = pack_transposed,                                                                              \
      .add_product = add_product,                                                                                      \
      .sgd = sgd,                                                                                                      \
      .rmsprop = rmsprop,                                                                                              \
      .adamw = adamw,                                                                                                  \
      .moving_average = moving_average,                                                                                \
  }

const effnet_training TRAINING = TRAINING_TABLE;
