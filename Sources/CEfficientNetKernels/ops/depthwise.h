// One output row of a depthwise convolution: a tile of output columns stays in registers, and every
// input is loaded once for all taps of a filter row. The input rows have zeros left and right of
// the image, so that no tap needs a check.

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
      vf sum = LOAD(d->bias + channel);
      for (size_t i = d->tap_begin; i < d->tap_end; i++)
        for (size_t j = 0; j < d->kernel; j++) {
          const ring_element *row = d->rows[i];
          vf in = LOAD_RING(row + (q * d->stride + j) * EFFNET_SLAB_CHANNELS + channel);
          sum = FMA(in, LOAD(d->filters + (i * d->kernel + j) * EFFNET_SLAB_CHANNELS + channel), sum);
        }
      sum = NAME(activate_any)(d->activation, sum);
      STORE_ELEMENTS((element *)d->y + q * d->y_stride + channel, sum);
      total += sum;
    }
    if (d->sums) STORE(d->sums + channel, total);
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
