// The operations of training: forward and backward. Included by CEfficientNetKernels.h.
//
// There is a table for each precision of feature maps and of the inputs of products: floats or
// bfloat16. Parameters, statistics, parameter gradients and per-channel values are floats in both.
//
// Training stores the outputs of convolutions before batch norm, activation and gate, and computes
// these again at each read. Unless stated otherwise, a call processes one image. Parameter
// gradients accumulate, gradients of feature maps are overwritten. In floats, all instruction sets
// give bit-identical results.
#pragma once

#include <stdbool.h>

/// The number of pixels in a block. Sums over pixels are sums of the blocks' sums.
#define EFFNET_TRAINING_ROWS 96

/// A stored map and how it is read: value = gate · act(scale · y + shift). NULL stands for ones
/// (scale, gate) or zeros (shift).
typedef struct effnet_view {
  effnet_map y;
  const float *scale, *shift; // channels
  effnet_activation activation;
  const float *gate; // channels of this image
} effnet_view;

/// The gradient of the map stored below a view: dy = c1 · before + c2 · y + c3, where before = (g ·
/// gate + pooled · share) · act'(scale · y + shift) is the gradient before the activation. NULL
/// stands for ones (c1) or zeros.
typedef struct effnet_gradient {
  effnet_view view;
  effnet_map g;        // of the view's value; NULL data for none
  const float *pooled; // channels: the gradient of the mean over all pixels
  float pooled_share;  // 1 / number of pixels
  const float *c1, *c2, *c3;
} effnet_gradient;

/// A convolution over all channels: y = x · w + bias, where a row of x holds the pixels under the
/// filter.
///
/// Filters larger than 1×1 read a stored map in NHWC (a view without scale, shift, gate or
/// activation); 1×1 filters read any view.
typedef struct effnet_training_product {
  effnet_view x;
  const float *w;    // packed as for effnet_product, tap after tap; see effnet_packing
  const float *bias; // columns
  effnet_map y;
  effnet_window window;
  size_t depth, columns; // input channels, padded output channels
  float *sum, *square;   // columns: moments of y over the pixels, or NULL
  float *scratch;        // EFFNET_TRAINING_ROWS rows of kernel² · depth elements, in whole slabs
} effnet_training_product;

/// Backward of a product with a stored input, for columns `column_begin ..< column_end`, whole
/// slabs:
///
///     dw[k, n] += Σ_m x[m, k] · dy[m, n],   dbias[n] += Σ_m dy[m, n],   dx = dy · wᵀ
///
/// If dy is a map, it is stored and can be used by a second call.
typedef struct effnet_product_backward {
  effnet_training_product forward;
  effnet_gradient gradient;
  const float *transposed; // transposed packed weights: columns → kernel² · depth, padded
  const float *zeros;      // one zero for each column of transposed
  float *dw;               // kernel² · depth rows of `columns`, or NULL
  float *dbias;            // columns, or NULL
  effnet_map dx;           // NULL data for none; needs all columns
  bool accumulates;        // dx is added to
  size_t column_begin, column_end;
  effnet_map dy;     // like y; may be the same memory as the gradient's g; NULL data for none
  bool has_dy;       // dy is already stored
  float *dy_scratch; // EFFNET_TRAINING_ROWS rows of columns, in whole slabs of elements
  float *dx_scratch; // EFFNET_TRAINING_ROWS rows of kernel² · depth floats, padded, for larger filters
  // For bfloat16, pairs of rows as words: EFFNET_TRAINING_ROWS / 2 rows of kernel² · depth, and of
  // a slab of the output; both padded.
  float *x_stack, *dy_stack;
} effnet_product_backward;

/// Backward of a 1×1 convolution with a view as input, for the input channels
/// `channel ..< channel + width`:
///
///     g = dy · wᵀ,   dgate[c] = Σ_p g · act(…),   dw[k, n] += Σ_p value[p, k] · dy[p, n]
///
/// It also makes the sums for the backward of the batch norm below the view, with act' = act'(scale
/// · y + shift). Without `slope_sum`, g becomes the gradient before the activation, and the sums
/// are those of g:
///
///     g = g · gate · act',   sum = Σ_p g,   product = Σ_p g · (y − mean)
///
/// With `slope_sum`, the sums have two parts, because the gradient of the mean over all pixels is
/// not yet known; effnet_join_sums combines them:
///
///     sum = Σ_p g · act',   product = Σ_p g · act' · (y − mean),
///     slope_sum = Σ_p act',   slope_product = Σ_p act' · (y − mean)
typedef struct effnet_projection_backward {
  effnet_view x;
  effnet_map dy, g;
  const float *transposed, *zeros;
  float *dw;                        // depth rows of `columns`, or NULL
  float *dgate;                     // channels, or NULL
  const float *mean;                // channels
  float *sum, *product;             // channels, or NULL
  float *slope_sum, *slope_product; // channels, or NULL
  size_t depth, inputs, columns;    // input channels, the same padded, padded output channels
  size_t pixels, channel, width;
  float *scratch; // EFFNET_TRAINING_ROWS rows of a slab of elements
  // For bfloat16, pairs of rows as words: EFFNET_TRAINING_ROWS / 2 rows of a slab, and of
  // `columns`.
  float *value_stack, *dy_stack;
} effnet_projection_backward;

/// A depthwise convolution, for channels `channel ..< channel + width`, one slab: y = Σ_ij value ·
/// w[i, j] + bias.
typedef struct effnet_training_depthwise {
  effnet_view x;        // without a gate
  const float *filters; // of this slab, [kernel²][EFFNET_SLAB_CHANNELS]
  const float *bias;    // channels, or NULL
  effnet_map y;
  effnet_window window;
  size_t channel, width;
  float *sum, *square; // channels: moments of y over the pixels, or NULL
  float *scratch;      // forward: ring_rows · ring_width pixels of a slab
  size_t ring_rows, ring_width;
} effnet_training_depthwise;

/// Backward of a depthwise convolution. For a view, g is the gradient before the activation, with
/// its sums in sum and product (see effnet_reduce_gradient). For a stored map (sum is NULL), g is
/// the gradient of the map.
typedef struct effnet_depthwise_backward {
  effnet_training_depthwise forward;
  effnet_gradient gradient;
  const float *mean; // channels of the input's batch norm
  effnet_map g;      // NULL data for none
  bool accumulates;  // g of a stored map is added to
  float *dw;         // of this slab, or NULL
  float *dbias;      // channels, or NULL
  float *sum, *product;
  float *scratch; // effnet_depthwise_scratch floats
} effnet_depthwise_backward;

/// out = view + residual
typedef struct effnet_store_view {
  effnet_view view;
  effnet_map out;
  const void *residual; // like out, or NULL
  size_t pixels, channels;
} effnet_store_view;

/// mean[c] = (Σ_p view) / pixels
typedef struct effnet_pool_view {
  effnet_view view;
  float *mean;
  size_t pixels, channels;
} effnet_pool_view;

/// sum[c] = Σ_p before, product[c] = Σ_p before · (y − mean[c]), for a gradient before the
/// activation.
typedef struct effnet_reduce_gradient {
  effnet_gradient gradient;
  const float *mean;
  float *sum, *product;
  size_t pixels, channels;
} effnet_reduce_gradient;

/// sum = gate · sum + pooled · share · slope_sum, and product likewise: see
/// effnet_projection_backward.
typedef struct effnet_join_sums {
  const float *gate, *pooled; // channels; NULL for ones (gate) or zeros (pooled)
  float pooled_share;
  float *sum, *product;
  const float *slope_sum, *slope_product;
  size_t channels;
} effnet_join_sums;

/// out = dy
typedef struct effnet_store_gradient {
  effnet_gradient gradient;
  effnet_map out;
  size_t pixels, channels;
} effnet_store_gradient;

/// dgate[c] = Σ_p g · act(scale · y + shift)
typedef struct effnet_gate_gradient {
  effnet_view view;
  effnet_map g;
  float *dgate;
  size_t pixels, channels;
} effnet_gate_gradient;

/// Batch norm of a batch. Forward computes mean, inverse, scale and shift (y → scale · y + shift)
/// from the moments of each image, or from the running statistics if the norm is frozen. Backward
/// computes c1, c2 and c3 from the sums of each image and adds to dgamma and dbeta.
typedef struct effnet_norm {
  const float *sum, *product; // rows of `stride` floats, one for each image
  size_t images, stride, channels;
  double count; // pixels of all images
  double epsilon, momentum;
  bool is_frozen;
  const float *gamma, *beta;
  float *running_mean, *running_variance;
  float *mean, *inverse, *scale, *shift;
  float *dgamma, *dbeta; // NULL if not needed
  float *c1, *c2, *c3;
} effnet_norm;

/// A matrix of `rows` rows of `columns`, a multiple of EFFNET_CHANNEL_BLOCK, and its packed form.
/// Its words are floats, or two bfloat16 of consecutive rows (of consecutive columns if it is
/// transposed).
typedef struct effnet_packing {
  const float *w;
  float *packed;
  size_t rows, columns;
} effnet_packing;

/// y = x · factor, or y += x · factor, on elements. A NULL factor stands for ones.
typedef struct effnet_add_product {
  const void *x, *factor;
  void *y;
  size_t count;
  bool accumulates;
} effnet_add_product;

/// One step of an optimizer; see ops/training/optimizer.h for the formulas. Gradients are
/// multiplied by `scale` first, and set to zero afterwards.
typedef struct effnet_optimizer_step {
  float *w, *m, *v, *g;
  size_t count;
  float scale, rate, decay, momentum, beta2, epsilon, correction1, root_correction2;
  bool nesterov;
} effnet_optimizer_step;

/// average = kept · average + (1 − kept) · w
typedef struct effnet_moving_average {
  float *average;
  const float *w;
  size_t count;
  float kept;
} effnet_moving_average;

/// The functions of training.
typedef struct effnet_training {
  void (*product_forward)(const effnet_training_product *);
  void (*product_backward)(const effnet_product_backward *);
  void (*projection_backward)(const effnet_projection_backward *);
  void (*depthwise_forward)(const effnet_training_depthwise *);
  void (*depthwise_backward)(const effnet_depthwise_backward *);
  size_t (*depthwise_scratch)(const effnet_window *);
  void (*store_view)(const effnet_store_view *);
  void (*pool_view)(const effnet_pool_view *);
  void (*reduce_gradient)(const effnet_reduce_gradient *);
  void (*join_sums)(const effnet_join_sums *);
  void (*store_gradient)(const effnet_store_gradient *);
  void (*gate_gradient)(const effnet_gate_gradient *);
  void (*norm_forward)(const effnet_norm *);
  void (*norm_backward)(const effnet_norm *);
  void (*pack_rows)(const effnet_packing *);
  void (*pack_transposed)(const effnet_packing *);
  void (*store_elements)(const float *x, void *y, size_t count);
  void (*add_product)(const effnet_add_product *);
  void (*sgd)(const effnet_optimizer_step *);
  void (*rmsprop)(const effnet_optimizer_step *);
  void (*adamw)(const effnet_optimizer_step *);
  void (*moving_average)(const effnet_moving_average *);
} effnet_training;
