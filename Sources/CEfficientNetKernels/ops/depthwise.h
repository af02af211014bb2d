// One output row of a depthwise convolution: a tile of output columns stays in registers, and every
// input is loaded once for all taps of a filter row. The input rows have zeros left and right of
// the image, so that no tap needs a check.

/// Stores the outputs of a tile from column q on that are not past the end of the row: in int8, of
/// sums of integers. Returns `total` plus the outputs' sum, or that of their codes.
#ifdef STORE_ELEMENTS
AI vf NAME(store_outputs)(const int columns, const depthwise_row *d, size_t channel, size_t q, vf *sum, vf total) {
  switch (d->activation) {
  case EFFNET_IDENTITY: break;
  case EFFNET_RELU:
    UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = ACTIVATE(EFFNET_RELU, sum[n]);
    break;
  case EFFNET_RELU6:
    UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = ACTIVATE(EFFNET_RELU6, sum[n]);
    break;
  case EFFNET_SILU:
    UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = ACTIVATE(EFFNET_SILU, sum[n]);
    break;
  case EFFNET_SIGMOID:
    UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = ACTIVATE(EFFNET_SIGMOID, sum[n]);
    break;
  }
  element *y = (element *)d->y + q * d->y_stride + channel;
  size_t left = d->outputs - q;
  if (left >= (size_t)columns) {
    UNROLL_FOR (int n = 0; n < columns; n++) {
      STORE_ELEMENTS(y + n * d->y_stride, sum[n]);
      total += sum[n];
    }
  } else {
    UNROLL_FOR (int n = 0; n < columns; n++) {
      if ((size_t)n < left) {
        STORE_ELEMENTS(y + n * d->y_stride, sum[n]);
        total += sum[n];
      }
    }
  }
  return total;
}
#else
/// The same with or without a curve. `has_curve` and `is_whole` are constants.
AI vf NAME(store_raw_outputs)(const int columns, const bool has_curve, const bool is_whole, const depthwise_row *d,
                              size_t channel, size_t q, const vf *raw, vf total) {
  element *y = (element *)d->y + q * d->y_stride + channel;
  size_t left = d->outputs - q;
  const code_vectors codes = vectors_of(d->codes);
  block_sum sum = {};
  UNROLL_FOR (int n = 0; n < columns; n += 4) {
    if (is_whole || (size_t)n < left) {
      // Outputs past the end are those before it once more.
      const int most = columns - n < 4 ? columns - n : 4;
      size_t count = is_whole || left - n > (size_t)most ? (size_t)most : left - n;
      vf of[4];
      element *at[4];
      UNROLL_FOR (int m = 0; m < 4; m++) {
        const int k = m < most ? m : most - 1;
        of[m] = (size_t)k < count ? raw[n + k] : of[m > 0 ? m - 1 : 0];
        at[m] = y + (n + ((size_t)k < count ? (size_t)k : count - 1)) * d->y_stride;
      }
      code_block block = block_of_raw(of[0], of[1], of[2], of[3], has_curve, &codes);
      store_block(at[0], at[1], at[2], at[3], block, &codes);
      if (d->sums) sum = add_block(sum, block, count, &codes);
    }
  }
  return d->sums ? total + floats_of_sum(sum) : total;
}

AI vf NAME(store_outputs)(const int columns, const depthwise_row *d, size_t channel, size_t q, vf *sum, vf total) {
  vf bias = LOAD(d->bias + channel), multiplier = constant(d->bias, d->columns, EFFNET_MULTIPLIER, channel);
  UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = FMA(sum[n], multiplier, bias);
  bool is_whole = d->outputs - q >= (size_t)columns;
  if (d->codes->form == EFFNET_IN_FLOATS) {
    vf copy[16];
    UNROLL_FOR (int n = 0; n < columns; n++) copy[n] = sum[n];
    for (int n = 0; n < columns; n++) copy[n] = raw_of_value(activate_any(d->activation, copy[n]), d->codes);
    return NAME(store_raw_outputs)(columns, false, false, d, channel, q, copy, total);
  }
  if (d->codes->form == EFFNET_BY_CURVE)
    return is_whole ? NAME(store_raw_outputs)(columns, true, true, d, channel, q, sum, total)
                    : NAME(store_raw_outputs)(columns, true, false, d, channel, q, sum, total);
  return is_whole ? NAME(store_raw_outputs)(columns, false, true, d, channel, q, sum, total)
                  : NAME(store_raw_outputs)(columns, false, false, d, channel, q, sum, total);
}
#endif

/// Stores the sum of a row's outputs. A sum of codes is exact.
AI void NAME(store_row_sum)(const depthwise_row *d, size_t channel, vf total) {
  if (PRECISION == EFFNET_INT8) total *= broadcast(d->codes->scale);
  STORE(d->sums + channel, total);
}

#ifndef RING_OF_CELLS
/// Pixel `pixel` of the ring's row under filter row i, counted from the first one with padding.
AI vf NAME(ring_input)(const depthwise_row *d, size_t i, size_t pixel, size_t channel) {
  return LOAD_RING((const ring_element *)d->rows[i] + pixel * EFFNET_SLAB_CHANNELS + channel);
}
#endif
#ifdef SUMS_IN_FLOAT16
#include "depthwise_fp16.h"
#elif defined(RING_OF_CELLS)
#include "depthwise_cells.h"
#else
#include "depthwise_floats.h"
#endif

/// One output of any filter and stride, before the activation; in int8, the sum of integers.
AI vf NAME(depthwise_output)(const depthwise_row *d, size_t channel, size_t q) {
  vf sum = PRECISION == EFFNET_INT8 ? broadcast(0.0f) : LOAD(d->bias + channel);
  for (size_t i = d->tap_begin; i < d->tap_end; i++)
    for (size_t j = 0; j < d->kernel; j++) {
      vf in = NAME(ring_input)(d, i, q * d->stride + j, channel);
      sum = FMA(in, LOAD(d->filters + (i * d->kernel + j) * EFFNET_SLAB_CHANNELS + channel), sum);
    }
  return sum;
}

/// A row of any filter and stride, output by output.
static void NAME(depthwise_any)(const depthwise_row *d) {
  for (size_t channel = 0; channel < d->width; channel += VECTOR_FLOATS) {
    vf total = broadcast(0.0f);
    for (size_t q = 0; q < d->outputs; q++) {
      vf sum[1] = {NAME(depthwise_output)(d, channel, q)};
      total = NAME(store_outputs)(1, d, channel, q, sum, total);
    }
    if (d->sums) NAME(store_row_sum)(d, channel, total);
  }
}

#ifndef RING_OF_CELLS
#define DEFINE_DEPTHWISE(kernel, stride, columns)                                                                      \
  static __attribute__((noinline)) void NAME(depthwise_##kernel##_##stride##_##columns)(const depthwise_row *d) {      \
    NAME(depthwise_tiles)(kernel, stride, columns, d);                                                                 \
  }
#define DEPTHWISE(kernel, stride, columns) NAME(depthwise_##kernel##_##stride##_##columns)
#define DEFINE_DEPTHWISES(columns)                                                                                     \
  DEFINE_DEPTHWISE(3, 1, columns)                                                                                      \
  DEFINE_DEPTHWISE(3, 2, columns)                                                                                      \
  DEFINE_DEPTHWISE(5, 1, columns)                                                                                      \
  DEFINE_DEPTHWISE(5, 2, columns)
#define DEPTHWISES(columns)                                                                                            \
  {                                                                                                                    \
    columns, {                                                                                                         \
      {DEPTHWISE(3, 1, columns), DEPTHWISE(3, 2, columns)}, { DEPTHWISE(5, 1, columns), DEPTHWISE(5, 2, columns) }     \
    }                                                                                                                  \
  }

DEFINE_DEPTHWISES(2)
DEFINE_DEPTHWISES(4)
DEFINE_DEPTHWISES(7)
#if DEPTHWISE_COLUMNS > 7
DEFINE_DEPTHWISES(8)
DEFINE_DEPTHWISES(10)
DEFINE_DEPTHWISES(12)
DEFINE_DEPTHWISES(14)
#endif

/// Tiles from narrow to wide, for kernels 3 and 5 and strides 1 and 2.
static const struct {
  size_t columns;
  depthwise_function functions[2][2];
} NAME(depthwise_tilings)[] = {
    DEPTHWISES(2), DEPTHWISES(4),  DEPTHWISES(7),
#if DEPTHWISE_COLUMNS > 7
    DEPTHWISES(8), DEPTHWISES(10), DEPTHWISES(12), DEPTHWISES(14),
#endif
};

/// Whether a row is computed in tiles instead of output by output.
AI bool NAME(is_tiled)(size_t kernel, size_t stride) { return (kernel == 3 || kernel == 5) && stride <= 2; }

/// The index of the tiling for a row: the narrowest of those that need the fewest tiles.
AI size_t NAME(choose_tiling)(size_t outputs) {
  size_t tiles = (outputs + DEPTHWISE_COLUMNS - 1) / DEPTHWISE_COLUMNS, columns = (outputs + tiles - 1) / tiles, n = 0;
  while (NAME(depthwise_tilings)[n].columns < columns) n++;
  return n;
}

static depthwise_function NAME(choose_depthwise)(size_t kernel, size_t stride, size_t outputs) {
  if (!NAME(is_tiled)(kernel, stride)) return NAME(depthwise_any);
  return NAME(depthwise_tilings)[NAME(choose_tiling)(outputs)].functions[kernel == 5][stride - 1];
}

static size_t NAME(depthwise_columns)(size_t kernel, size_t stride, size_t outputs) {
  return NAME(is_tiled)(kernel, stride) ? NAME(depthwise_tilings)[NAME(choose_tiling)(outputs)].columns : 1;
}

#undef DEFINE_DEPTHWISE
#undef DEPTHWISE
#undef DEFINE_DEPTHWISES
#undef DEPTHWISES
#endif
