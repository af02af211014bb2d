// The SIMD kernels of swift-efficientnet: one table of functions for each instruction set.
//
// Every kernel is written once, in ops/, over the vector header of an instruction set (isa/simd_*.h), and
// compiled into one table each. All tables give the same bits: every output is the same chain of fused
// multiply-adds, whatever the width of the vectors and the size of the tiles.
//
// Feature maps are NHWC. The channels of a pixel are followed by zeros up to a multiple of
// EFFNET_CHANNEL_BLOCK ("channel stride"), so that no kernel has a remainder to handle.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Channels are padded to a multiple of this.
#define EFFNET_CHANNEL_BLOCK 16

/// The weights of a resize are whole numbers with this many bits after the point.
#define EFFNET_RESIZE_FRACTION_BITS 22
/// Rows that are resized along at once.
#define EFFNET_RESIZE_ROWS 16

typedef enum effnet_activation {
  EFFNET_IDENTITY = 0,
  EFFNET_RELU = 1,    // max(x, 0)
  EFFNET_RELU6 = 2,   // min(max(x, 0), 6)
  EFFNET_SILU = 3,    // x / (1 + exp(-x))
  EFFNET_SIGMOID = 4, // 1 / (1 + exp(-x))
} effnet_activation;

/// A 1×1 convolution or fully connected layer over rows `row_begin ..< row_end` and weight panels
/// `panel_begin ..< panel_end`:
///
///     y[r, n] = act(bias[n] + Σ_k x[r, k] · w[k, n]) + residual[r, n]
///
/// `w` holds panels of `panel_columns` columns (the last one may be narrower), each a matrix
/// [depth][columns of the panel].
typedef struct effnet_pointwise {
  const float *x; // rows of x_stride floats
  const float *w;
  const float *bias;     // columns
  const float *residual; // like y, or NULL
  float *y;              // rows of columns floats
  size_t x_stride, depth, columns;
  size_t row_begin, row_end, panel_begin, panel_end;
  effnet_activation activation;
} effnet_pointwise;

/// A convolution with a square filter over output rows `row_begin ..< row_end`, counted over the whole batch:
///
///     y[b, p, q, n] = act(bias[n] + Σ_ijc x[b, p·s + i − top, q·s + j − left, c] · w[(i·k + j)·c_in + c, n]) + residual[b, p, q, n]
///
/// Outside the image counts as zero. `w` is packed as for effnet_pointwise, with depth k·k·input_channels.
/// `scratch` has room for `scratch_pixels · depth` floats.
typedef struct effnet_convolution {
  const float *x;
  const float *w;
  const float *bias;
  const float *residual;
  float *y;
  float *scratch;
  size_t input_height, input_width, input_channels, x_stride; // x_stride: floats from pixel to pixel
  size_t output_height, output_width, columns;
  size_t kernel, stride, top, left, scratch_pixels;
  size_t row_begin, row_end;
  effnet_activation activation;
} effnet_convolution;

/// A depthwise convolution over output rows `row_begin ..< row_end`, counted over the whole batch:
///
///     y[b, p, q, c] = act(bias[c] + Σ_ij x[b, p·s + i − top, q·s + j − left, c] · w[i, j, c])
///
/// `channels` is the channel stride of x, y and w. kernel is 3 or 5, stride 1 or 2 for the fast form; other sizes
/// are computed by the same formula, one pixel at a time.
typedef struct effnet_depthwise {
  const float *x;
  const float *w;
  const float *bias;
  float *y;
  size_t input_height, input_width, output_height, output_width, channels;
  size_t kernel, stride, top, left;
  size_t row_begin, row_end;
  effnet_activation activation;
} effnet_depthwise;

/// The mean over the pixels of one image, for channels `channel_begin ..< channel_end` (multiples of the block):
///
///     y[c] = (Σ_p x[p, c]) / pixels
typedef struct effnet_average_pool {
  const float *x;
  float *y;
  size_t pixels, channels, channel_begin, channel_end;
} effnet_average_pool;

/// The gate of squeeze-and-excitation, in place: y[p, c] = act(y[p, c] · gate[c]) for `pixels` pixels.
typedef struct effnet_scale {
  float *y;
  const float *gate;
  size_t pixels, channels;
  effnet_activation activation;
} effnet_scale;

/// One row of a picture's bytes, resized down the columns; weights have EFFNET_RESIZE_FRACTION_BITS after the point:
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
/// Only columns `column_begin ..< column_end` of x are read; the taps lie inside. `scratch` has room for
/// 3 · EFFNET_RESIZE_ROWS · (column_end − column_begin + outputs) bytes.
typedef struct effnet_resize_along {
  const uint8_t *x;
  const int32_t *w; // outputs rows of w_stride weights
  const size_t *first, *taps;
  uint8_t *y;
  uint8_t *scratch;
  size_t x_stride, w_stride, y_stride; // x_stride, y_stride: bytes from row to row
  size_t rows, column_begin, column_end, outputs;
} effnet_resize_along;

/// RGB bytes as the network takes them: y[n] = (x[n] − mean[n mod 3]) / std[n mod 3], n < bytes.
typedef struct effnet_normalize {
  const uint8_t *x;
  float *y;
  size_t bytes;
  float mean[3], std[3];
} effnet_normalize;

/// The functions of one instruction set.
typedef struct effnet_kernels {
  const char *name;
  size_t panel_columns; // columns of a full weight panel, a multiple of EFFNET_CHANNEL_BLOCK
  void (*pointwise)(const effnet_pointwise *);
  void (*convolution)(const effnet_convolution *);
  void (*depthwise)(const effnet_depthwise *);
  void (*average_pool)(const effnet_average_pool *);
  void (*scale)(const effnet_scale *);
  // Runs fused multiply-adds as fast as the processor can; `result` holds a factor and a term, and has room for
  // EFFNET_CHANNEL_BLOCK floats. Returns the floating-point operations that were done.
  double (*peak)(size_t rounds, float *result);
  void (*resize_down)(const effnet_resize_down *);
  void (*resize_along)(const effnet_resize_along *);
  void (*normalize)(const effnet_normalize *);
} effnet_kernels;

typedef enum effnet_isa { EFFNET_SCALAR = 0, EFFNET_AVX2 = 1, EFFNET_AVX512 = 2, EFFNET_NEON = 3 } effnet_isa;

/// The table of an instruction set, or NULL where it was not compiled in or this machine does not have it.
const effnet_kernels *effnet_kernels_for(effnet_isa isa);

/// Processors that this process may use: the machine's, less those its affinity mask leaves out. (Here because glibc
/// shows the mask to C programs only.)
size_t effnet_available_processors(void);
