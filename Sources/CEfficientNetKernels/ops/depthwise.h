// One output row of a depthwise convolution: a tile of output columns stays in registers, and every
// input is loaded once for all taps of a filter row. The input rows have zeros left and right of
// the image, so that no tap needs a check.

/// The value of an output: the sum of the taps, which starts at 0 for codes and at the bias otherwise,
/// before the activation.
AI vf NAME(depthwise_value)(const depthwise_row *d, size_t channel, vf sum) {
  if (PRECISION != EFFNET_INT8) return sum;
  vf multiplier = constant(d->bias, d->columns, EFFNET_MULTIPLIER, channel);
  return FMA(sum, multiplier, LOAD(d->bias + channel));
}

/// Stores an output. Returns what to add to the row's sum: the output, or its code.
AI vf NAME(store_depthwise)(const depthwise_row *d, size_t channel, element *y, vf value) {
  if (PRECISION != EFFNET_INT8) {
    STORE_ELEMENTS(y, value);
    return value;
  }
  vf code = rounded(code_of(value, d->bias, d->columns, channel));
  STORE_ELEMENTS(y, element_of_code(code, d->bias, d->columns, channel));
  return code;
}

/// Stores the sum of a row's outputs. A sum of codes is exact.
AI void NAME(store_row_sum)(const depthwise_row *d, size_t channel, vf total) {
  if (PRECISION == EFFNET_INT8) total /= constant(d->bias, d->columns, EFFNET_INVERSE_SCALE, channel);
  STORE(d->sums + channel, total);
}

#ifdef SUMS_IN_FLOAT16
#include "depthwise_fp16.h"
#else
#include "depthwise_floats.h"
#endif

/// The same for any filter and stride.
static void NAME(depthwise_any)(const depthwise_row *d) {
  for (size_t channel = 0; channel < d->width; channel += VECTOR_FLOATS) {
    vf total = broadcast(0.0f);
    for (size_t q = 0; q < d->outputs; q++) {
      vf sum = PRECISION == EFFNET_INT8 ? broadcast(0.0f) : LOAD(d->bias + channel);
      for (size_t i = d->tap_begin; i < d->tap_end; i++)
        for (size_t j = 0; j < d->kernel; j++) {
          const ring_element *row = d->rows[i];
          vf in = LOAD_RING(row + (q * d->stride + j) * EFFNET_SLAB_CHANNELS + channel);
          sum = FMA(in, LOAD(d->filters + (i * d->kernel + j) * EFFNET_SLAB_CHANNELS + channel), sum);
        }
      sum = NAME(activate_any)(d->activation, NAME(depthwise_value)(d, channel, sum));
      total += NAME(store_depthwise)(d, channel, (element *)d->y + q * d->y_stride + channel, sum);
    }
    if (d->sums) NAME(store_row_sum)(d, channel, total);
  }
}

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
