// The SIMD kernels of swift-efficientnet: one table of functions for each instruction set.
//
// Every kernel is written once, in ops/, on top of the vector header of an instruction set
// (isa/simd_*.h), and compiled into one table for each set. In 32-bit floats, all tables give
// bit-identical results: every output is the same chain of fused multiply-adds, whatever the vector
// width and tile size. Callers set the mode of effnet_float_mode.h, in which subnormal numbers count
// as zero.
//
// Zeros pad the channels of a pixel to a multiple of EFFNET_CHANNEL_BLOCK, so that kernels handle
// no remainder. In bfloat16 and fp16 (the effnet_operations of that precision), feature maps between
// blocks and the weights of matrix products have 16 bits; sums, biases, depthwise filters and gates
// have 32. Only a table with `sums_in_float16` computes in fp16. It adds up to 128 products in fp16
// before it adds them to a float. Its rings are fp16, and so are the filters, biases and sums of
// depthwise convolutions of 3×3 and 5×5. It adds the bias and applies ReLU, ReLU6 or SiLU in fp16
// where a product has at most 128 inputs, and applies SiLU in fp16 after any product.
//
// In fp16, a number above 65504 becomes infinite or NaN. ReLU, ReLU6
// and sigmoid of an infinite sum are NaN, so that they cannot hide it. Subnormal numbers of fp16,
// below 6.1e-5, are not flushed to zero.
//
// In int8, an element of a feature map is a code, an integer. The number it stands for is code ·
// scale, so zero is code 0. The 256 codes of a map are −zero point … 255 − zero point. A table with
// two codes in a word (`codes_per_word`) stores them as they are, in 16 bits. One with four stores
// code + zero point in 8 bits, 0 … 255, and starts sums at −zero point · Σ w, so that they are the
// same. Weights of products are integers from −127 to 127, as wide as the codes, those of depthwise
// convolutions are floats with such values. Their sums are exact, except those of depthwise
// filters from 23×23 on; effnet_codes says how they become codes. All tables give bit-identical
// results.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "effnet_float_mode.h"

/// Channels are padded to a multiple of this.
#define EFFNET_CHANNEL_BLOCK 16

/// The most channels of a slab: expanded channels are processed slab by slab. A multiple of every
/// table's panel.
#define EFFNET_SLAB_CHANNELS 48

/// The largest filter of a depthwise convolution.
#define EFFNET_MAXIMUM_KERNEL 31

/// A row of effnet_separable's ring has room for the filter over this many outputs past the last
/// one.
#define EFFNET_RING_MARGIN 13

/// The weights of a resize are integers with this many fractional bits.
#define EFFNET_RESIZE_FRACTION_BITS 22
/// The number of rows that a resize along the rows processes at once.
#define EFFNET_RESIZE_ROWS 16

typedef enum effnet_activation {
  EFFNET_IDENTITY = 0,
  EFFNET_RELU = 1,    // max(x, 0)
  EFFNET_RELU6 = 2,   // min(max(x, 0), 6)
  EFFNET_SILU = 3,    // x / (1 + exp(-x))
  EFFNET_SIGMOID = 4, // 1 / (1 + exp(-x))
} effnet_activation;

typedef enum effnet_precision {
  EFFNET_FLOAT32 = 0,
  EFFNET_BFLOAT16 = 1,
  EFFNET_FLOAT16 = 2,
  EFFNET_INT8 = 3,
} effnet_precision;

/// The rows of a layer's constants, with a float for each column. A layer that reads or writes codes has
/// all of them, and effnet_codes behind them; others have the bias alone.
typedef enum effnet_constant {
  EFFNET_BIAS = 0,
  EFFNET_MULTIPLIER = 1, // of the sums of integers; unused where inputs are floats
  EFFNET_SUM_START = 2,  // −zero point of the inputs · Σ_k w[k], over all taps: an integer of 32 bits;
                         // unused in tables with two codes in a word
} effnet_constant;

/// The rows of constants of a layer that reads or writes codes, and the words of effnet_codes.
#define EFFNET_CONSTANT_ROWS 3
#define EFFNET_CODES_WORDS 32

/// Where a layer that writes codes applies its activation.
typedef enum effnet_code_form {
  EFFNET_BY_LIMITS = 0, // identity, ReLU and ReLU6 are limits of the codes
  EFFNET_BY_CURVE = 1,  // SiLU, in integers of 16 bits
  EFFNET_IN_FLOATS = 2, // any activation, and the residual after it
} effnet_code_form;

/// How the sums of a layer become codes:
///
///     raw  = bias + multiplier · Σ_k code[k] · w[k] + residual_scale · residual code
///     word = raw, rounded to the nearest integer, ties to even, and limited to 16 bits
///     code = word or curve(word), limited to lowest ... highest
///
/// lowest and highest are those of all codes, except for ReLU and ReLU6.
///
/// In floats, raw is act(bias + multiplier · Σ) + residual_scale · residual code, times
/// inverse_scale; so it is where the inputs are floats, without the activation if limits or the curve
/// apply it. NaN becomes the lowest code there. Elsewhere the constants must keep |raw| below 2³¹.
///
/// The curve is SiLU, of words that are multiples of a unit of 8 / 32768 · 2^n:
///
///     t = min(|word|, limit) · stretch, f = the lowest 12 bits of t as a number from −1 to 1
///     h = curve[0][i] + f · (curve[1][i] + f · curve[2][i]),  i = t / 4096
///     curve(word) = (max(word, 0) − h) · factor · last_factor
///
/// h is |x| · sigmoid(−|x|). A product of two words is (a · b + 2¹⁴) / 2¹⁵, rounded down.
typedef struct effnet_codes {
  effnet_code_form form;
  float inverse_scale;  // words of a value
  float scale;          // the value of a code of the outputs
  float residual_scale; // unused without a residual
  float input_scale;    // of a gated map: the value of a code
  float gate_scale;     // of a gated map: a gate of 1 as a word
  int16_t gate_factor;  // of a gated map: product of code · 128 and gate, times this, is a word
  int16_t input_zero, residual_zero, output_zero; // zero points; unused in tables with two codes in a word
  int16_t lowest, highest;
  int16_t limit, stretch, factor, last_factor, curve[3][8];
} effnet_codes;

/// A feature map of one image or of several. Channel c of pixel p is element (c / slab) ·
/// slab_stride + p · slab + c % slab. One slab of all channels is NHWC; several slabs follow each
/// other.
typedef struct effnet_map {
  void *data;
  size_t slab, slab_stride;
} effnet_map;

/// A filter that moves over an image. Pixels outside the image count as zero.
typedef struct effnet_window {
  size_t input_height, input_width, output_height, output_width;
  size_t kernel, stride, top, left; // top and left: rows and columns of zeros before the image
} effnet_window;

/// Weights that will be needed soon, in the order of their use, for prefetching. A place with no
/// bytes ends the list.
typedef struct effnet_prefetch {
  struct effnet_place {
    const void *data;
    size_t bytes;
  } places[6];
} effnet_prefetch;

/// A 1×1 convolution or fully connected layer over rows (pixels) `row_begin ..< row_end` and weight
/// panels `panel_begin ..< panel_end`:
///
///     y[r, n] = act(bias[n] + Σ_k x[r, k] · w[k, n]) + residual[r, n]
///
/// With `activates_sum`, the activation is applied to the whole sum.
///
/// `w` holds panels of `panel_columns` columns; the last one may be narrower. Each panel is a
/// matrix [depth][columns of the panel], in 16 bits [⌈depth / 2⌉][columns][2], in 8 bits
/// [⌈depth / 4⌉][columns][4]. Columns from
/// `outputs` on are padding: their weights are zero, so a kernel may skip them.
typedef struct effnet_product {
  effnet_map x, y;
  const void *w;
  const float *bias;    // columns; with codes, rows of constants and effnet_codes
  const void *residual; // like y, but of the table's precision; or NULL
  size_t depth, outputs, columns;
  size_t row_begin, row_end, panel_begin, panel_end;
  effnet_activation activation;
  bool activates_sum;
  effnet_precision y_precision; // x, w and the residual have the table's precision
  effnet_prefetch next;
} effnet_product;

/// A product whose result is not stored but averaged over all rows, for panels `panel_begin ..<
/// panel_end`:
///
///     mean[n] = (Σ_r act(bias[n] + Σ_k x[r, k] · w[k, n])) / rows
///
/// `scratch` has room for EFFNET_CHANNEL_BLOCK rows of a panel.
typedef struct effnet_pooled_product {
  effnet_map x;
  const void *w;
  const float *bias;
  void *mean; // of the table's precision; floats in int8
  float *scratch;
  size_t depth, outputs, columns, rows, panel_begin, panel_end;
  effnet_activation activation;
  effnet_prefetch next;
} effnet_pooled_product;

/// A convolution with a square filter over all channels, for output rows `row_begin ..< row_end` of
/// one image:
///
///     y[p, q, n] = act(bias[n] + Σ_ijc x[p·s + i − top, q·s + j − left, c] · w[(i·k + j)·c_in + c, n])
///                  + residual[p, q, n]
///
/// x is NHWC (one slab). `w` is packed as for effnet_product, tap after tap; `activates_sum` has
/// the same meaning.
typedef struct effnet_convolution {
  effnet_map x, y;
  const void *w;
  const float *bias;
  const void *residual;
  effnet_window window;
  size_t input_channels, outputs, columns;
  size_t row_begin, row_end, panel_begin, panel_end;
  effnet_activation activation;
  bool activates_sum;
  effnet_precision y_precision; // x, w and the residual have the table's precision
  effnet_prefetch next;
} effnet_convolution;

/// The source of the rows that a depthwise convolution reads.
typedef enum effnet_source {
  EFFNET_STORED = 0,    // stored rows
  EFFNET_EXPANDED = 1,  // the result of a 1×1 convolution
  EFFNET_CONVOLVED = 2, // the result of a convolution (the stem)
} effnet_source;

/// One slab of a depthwise convolution, output rows `row_begin ..< row_end`, with the layer that
/// makes its input:
///
///     e = x, or act(expansion(x)), or act(stem(x))             `width` channels, from `channel`
///     y[p, q, c] = act(bias[c] + Σ_ij e[p·s + i − top, q·s + j − left, c] · w[i, j, c])
///     sums[p, c] = Σ_q y[p, q, c]                              if `sums` is not NULL
///
/// e exists only as a ring of `ring_rows` rows (a power of two, at least 2 and the kernel) of
/// `ring_width` pixels of EFFNET_SLAB_CHANNELS floats (in int8, codes), or fp16 or cells of codes in the same
/// memory. Row r of e is made when the first output row needs it, and overwritten when no other row does.
typedef struct effnet_separable {
  effnet_source source;
  effnet_map x, y;
  // The expansion, or the stem with `stem_window` over x, with the weights and the bias of all
  // channels.
  const void *w;
  const float *bias;
  size_t depth, outputs;
  effnet_window stem_window;
  effnet_activation source_activation;
  effnet_prefetch next;
  // The depthwise convolution, with the filters of this slab, [kernel²][EFFNET_SLAB_CHANNELS], and
  // the biases of all channels: in int8 rows of constants and effnet_codes, for the source, too.
  effnet_window window;
  const float *filters, *filter_bias;
  effnet_activation activation;
  size_t columns, channel, width;
  float *sums; // rows of `columns`, or NULL
  float *ring;
  size_t ring_rows, ring_width;
  size_t row_begin, row_end;
} effnet_separable;

/// The mean of each channel:
///
///     y[c] = (Σ_r x[r, c]) / count · scale, c < channels
typedef struct effnet_mean {
  effnet_map x; // rows of a feature map, or (32-bit) of its sums
  float *y;
  size_t rows, count, channels;
  float scale; // of the codes of x; 1 in other precisions
  float zero;  // the zero point of x, with four codes in a word; 0 otherwise
} effnet_mean;

/// The gate of squeeze-and-excitation on one slab of a feature map, in place: y[p, c] = act(y[p, c]
/// · gate[c]). In int8, unless the form is EFFNET_IN_FLOATS, gates are at most 1 and become words:
///
///     word = ((128 · code) · (gate · gate_scale)) · gate_factor
typedef struct effnet_scale {
  void *y; // pixels of `stride` elements; the first `width` are scaled
  const float *gate;
  const effnet_codes *codes; // in int8
  size_t pixels, stride, width;
  effnet_activation activation;
} effnet_scale;

/// The gate of squeeze-and-excitation, applied to the weights of the next product: y[k, n] = x[k,
/// n] · gate[k], for inputs `begin ..< end` of packed weights of `depth` and `columns`. `begin` is
/// even.
typedef struct effnet_scale_weights {
  const void *x;
  void *y;
  const float *gate;
  size_t depth, columns, begin, end;
} effnet_scale_weights;

/// The functions of one precision.
typedef struct effnet_operations {
  void (*product)(const effnet_product *);
  void (*pooled_product)(const effnet_pooled_product *);
  void (*convolution)(const effnet_convolution *);
  void (*separable)(const effnet_separable *);
  void (*mean)(const effnet_mean *);
  void (*scale)(const effnet_scale *);
  void (*scale_weights)(const effnet_scale_weights *); // NULL in int8
  // The number of output columns that effnet_separable computes together, with one vector of
  // channels each.
  size_t (*depthwise_columns)(size_t kernel, size_t stride, size_t outputs);
  // Runs the multiply-adds of products at the processor's peak speed. `result` holds two words, the
  // factors, and has room for EFFNET_CHANNEL_BLOCK floats. Returns the number of floating-point
  // operations.
  double (*peak)(size_t rounds, float *result);
} effnet_operations;

/// One row of a picture, resized down the columns. Weights have EFFNET_RESIZE_FRACTION_BITS
/// fractional bits:
///
///     y[n] = clip((half + Σ_j w[j] · x[j · x_stride + n]) >> EFFNET_RESIZE_FRACTION_BITS), n < bytes
typedef struct effnet_resize_down {
  const uint8_t *x;
  const int32_t *w;
  uint8_t *y;
  size_t x_stride, taps, bytes; // x_stride: bytes from row to row
} effnet_resize_down;

/// Up to EFFNET_RESIZE_ROWS rows of RGB pixels, resized along the rows:
///
///     y[r, i, c] = clip((half + Σ_j w[i, j] · x[r, first[i] + j, c]) >> EFFNET_RESIZE_FRACTION_BITS), j < taps[i]
///
/// Only columns `column_begin ..< column_end` of x are read; all taps lie inside. `scratch` has
/// room for 3 · EFFNET_RESIZE_ROWS · (column_end − column_begin + outputs) bytes.
typedef struct effnet_resize_along {
  const uint8_t *x;
  const int32_t *w; // outputs rows of w_stride weights
  const size_t *first, *taps;
  uint8_t *y;
  uint8_t *scratch;
  size_t x_stride, w_stride, y_stride; // x_stride, y_stride: bytes from row to row
  size_t rows, column_begin, column_end, outputs;
} effnet_resize_along;

/// RGB bytes as network input: y[n] = (x[n] − mean[n mod 3]) / std[n mod 3], n < bytes.
typedef struct effnet_normalize {
  const uint8_t *x;
  float *y;
  size_t bytes;
  float mean[3], std[3];
} effnet_normalize;

/// Dot products of rows and queries, and of each row with itself:
///
///     y[j, r] = Σ_k x[r, k] · q[j, k],   squares[r] = Σ_k x[r, k]²
///
/// A sum has EFFNET_DOT_LANES chains of fused multiply-adds, one for every EFFNET_DOT_LANES-th
/// element. The upper half of the chains is added to the lower half until one sum remains. Rows may
/// begin at any byte.
typedef struct effnet_dots {
  const void *x; // of `precision`, which is not fp16
  const float *q;
  float *y;
  float *squares; // rows, or NULL
  size_t rows, queries, depth;
  size_t x_stride;           // bytes from row to row
  size_t q_stride, y_stride; // floats from query to query
  effnet_precision precision;
} effnet_dots;

/// The number of chains in a sum of effnet_dots.
#define EFFNET_DOT_LANES 16

#include "effnet_training.h"

/// The functions of one instruction set.
typedef struct effnet_kernels {
  const char *name;
  size_t vector_floats; // floats of a vector
  size_t panel_columns; // columns of a full weight panel, a multiple of EFFNET_CHANNEL_BLOCK
  size_t product_rows;  // most rows of a product's tile, which is one panel wide
  const effnet_operations *float32, *bfloat16, *float16, *int8;
  bool sums_in_float16;
  size_t codes_per_word; // 2 or 4: the codes and weights of int8 in a word of 32 bits
  void (*resize_down)(const effnet_resize_down *);
  void (*resize_along)(const effnet_resize_along *);
  void (*normalize)(const effnet_normalize *);
  void (*dots)(const effnet_dots *);
  // A product of floats whose weights are codes, integers from −127 to 127 in bytes:
  //
  //     y[r, n] = bias[n] + scale[n] · Σ_k x[r, k] · w[k, n]
  //
  // The scales follow the bias, `columns` floats each. Panels of weights have EFFNET_CHANNEL_BLOCK
  // columns, each [⌈depth / 4⌉][columns][4]; those to compute are numbered as for other products. x
  // and y have one slab; x has channels up to a multiple of 4. A sum has four chains of fused
  // multiply-adds, one for every fourth input. The residual, the activation and `next` are unused.
  void (*widening_product)(const effnet_product *);
  const effnet_training *training_float32, *training_bfloat16;
} effnet_kernels;

typedef enum effnet_isa {
  EFFNET_SCALAR = 0,
  EFFNET_AVX2 = 1,
  EFFNET_AVX512 = 2,
  EFFNET_NEON = 3,
  EFFNET_NEONFP16 = 4, // NEON with fp16 arithmetic
} effnet_isa;

/// Returns the table of an instruction set, or NULL if it was not compiled or this machine does not
/// have it.
const effnet_kernels *effnet_kernels_for(effnet_isa isa);
