// One output row of a depthwise convolution: a tile of output columns stays in registers, and every
// input is loaded once for all taps of a filter row. The input rows have zeros left and right of
// the image, so that no tap needs a check.

/// `columns` outputs from column q, of one vector of channels. Outputs past the end of the row are
/// not stored. Returns `total` plus their sum.
AI vf NAME(depthwise_tile)(const int kernel, const int stride, const int columns, const depthwise_row *d,
                           size_t channel, size_t q, vf total) {
  vf sum[DEPTHWISE_COLUMNS], bias = LOAD(d->bias + channel);
  const int pixel = EFFNET_SLAB_CHANNELS; // a constant, so that addresses are constants too
  UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = bias;
  for (size_t i = d->tap_begin; i < d->tap_end; i++) {
    const float *x = d->rows[i] + q * stride * pixel + channel, *w = d->filters + i * kernel * pixel + channel;
    vf tap[5];
    UNROLL_FOR (int j = 0; j < kernel; j++) tap[j] = LOAD(w + j * pixel);
    UNROLL_FOR (int m = 0; m < (columns - 1) * stride + kernel; m++) {
      vf in = LOAD(x + m * pixel);
      UNROLL_FOR (int j = 0; j < kernel; j++) {
        if (m >= j && (m - j) % stride == 0 && (m - j) / stride < columns)
          sum[(m - j) / stride] = FMA(in, tap[j], sum[(m - j) / stride]);
      }
    }
  }
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

/// The whole row in tiles of `columns`.
AI void NAME(depthwise_tiles)(const int kernel, const int stride, const int columns, const depthwise_row *d) {
  for (size_t channel = 0; channel < d->width; channel += VECTOR_FLOATS) {
    vf total = broadcast(0.0f);
    for (size_t q = 0; q < d->outputs; q += columns)
      total = NAME(depthwise_tile)(kernel, stride, columns, d, channel, q, total);
    if (d->sums) STORE(d->sums + channel, total);
  }
}

/// The same for any filter and stride.
static void NAME(depthwise_any)(const depthwise_row *d) {
  for (size_t channel = 0; channel < d->width; channel += VECTOR_FLOATS) {
    vf total = broadcast(0.0f);
    for (size_t q = 0; q < d->outputs; q++) {
      vf sum = LOAD(d->bias + channel);
      for (size_t i = d->tap_begin; i < d->tap_end; i++)
        for (size_t j = 0; j < d->kernel; j++) {
          vf in = LOAD(d->rows[i] + (q * d->stride + j) * EFFNET_SLAB_CHANNELS + channel);
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
