// The depthwise tile on a ring of cells: a word has the codes of four pixels of a channel, so an
// instruction multiplies four of them by taps and adds the products. The first pixel of an image is
// the first of a cell. Left and right of the image, codes are the zero point, and so are those of the
// rows above and below it.
//
// Pixel v of a cell may be under the first tap of an output; v is negative if this pixel is in a cell
// before, and −kernel < v < 4. The word for v has tap n − v for pixel n of the cell, or 0 if the filter
// has no such tap.

/// The words of taps of a filter row: from v = 1 − kernel to 3.
#define TAP_WORDS(kernel) ((kernel) + 3)

/// The words of taps of a slab: for each filter row, each v and each channel.
typedef struct tap_words {
  float words[5 * TAP_WORDS(5) * EFFNET_SLAB_CHANNELS];
} tap_words;

static const float *NAME(pack_taps)(const float *filters, size_t kernel, size_t width, tap_words *packed) {
  for (size_t i = 0; i < kernel; i++)
    for (size_t c = 0; c < width; c += VECTOR_FLOATS) {
      // Taps 0 to 3, and tap 4 in the lowest byte.
      vu low = {}, high = {};
      for (size_t j = 0; j < kernel; j++) {
        vu tap = integers_of(LOAD(filters + (i * kernel + j) * EFFNET_SLAB_CHANNELS + c)) & 0xffu;
        if (j < 4)
          low |= tap << (uint32_t)(8 * j);
        else
          high |= tap << (uint32_t)(8 * (j - 4));
      }
      float *words = packed->words + i * TAP_WORDS(kernel) * EFFNET_SLAB_CHANNELS + c;
      for (ptrdiff_t v = 1 - (ptrdiff_t)kernel; v < 4; v++, words += EFFNET_SLAB_CHANNELS) {
        vu word = v >= 0   ? low << (uint32_t)(8 * v)
                  : v > -4 ? low >> (uint32_t)(-8 * v) | high << (uint32_t)(32 + 8 * v)
                           : high;
        STORE(words, float_of(word));
      }
    }
  return packed->words;
}

/// The cell of a pixel, which may be negative.
AI int cell_of(int pixel) { return (pixel + 32) / 4 - 8; }

/// `columns` outputs, a multiple of 4, from column q on, also one, of one vector of channels. `padding`
/// is the number of pixels left of the image.
AI vf NAME(depthwise_tile)(const int kernel, const int stride, const int padding, const int columns,
                           const depthwise_row *d, size_t channel, size_t q, vf total) {
  vf sum[16], start = constant(d->bias, d->columns, EFFNET_SUM_START, channel);
  UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = start;
  const int first = cell_of(-padding), last = cell_of((columns - 1) * stride + kernel - 1 - padding);
  for (int i = 0; i < kernel; i++) {
    const float *x = (const float *)d->rows[i] + (ptrdiff_t)(q * stride / 4) * EFFNET_SLAB_CHANNELS + channel;
    const float *w = d->taps + i * TAP_WORDS(kernel) * EFFNET_SLAB_CHANNELS + channel;
    UNROLL_FOR (int m = first; m <= last; m++) {
      vf cell = LOAD(x + m * EFFNET_SLAB_CHANNELS);
      UNROLL_FOR (int n = 0; n < columns; n++) {
        const int v = n * stride - padding - 4 * m;
        if (v > -kernel && v < 4)
          sum[n] = MULTIPLY_ADD(cell, LOAD(w + (v + kernel - 1) * EFFNET_SLAB_CHANNELS), sum[n]);
      }
    }
  }
  UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = float_of_integer(sum[n]);
  return NAME(store_outputs)(columns, d, channel, q, sum, total);
}

/// The whole row.
AI void NAME(depthwise_tiles)(const int kernel, const int stride, const int padding, const depthwise_row *d) {
  for (size_t channel = 0; channel < d->width; channel += VECTOR_FLOATS) {
    vf total = broadcast(0.0f);
    for (size_t q = 0; q < d->outputs; q += 16) {
      size_t left = d->outputs - q;
      if (left > 12)
        total = NAME(depthwise_tile)(kernel, stride, padding, 16, d, channel, q, total);
      else if (left > 8)
        total = NAME(depthwise_tile)(kernel, stride, padding, 12, d, channel, q, total);
      else if (left > 4)
        total = NAME(depthwise_tile)(kernel, stride, padding, 8, d, channel, q, total);
      else
        total = NAME(depthwise_tile)(kernel, stride, padding, 4, d, channel, q, total);
    }
    if (d->sums) NAME(store_row_sum)(d, channel, total);
  }
}

/// Pixel `pixel` of the ring's row under filter row i, counted from the first one with padding, without
/// the zero point.
AI vf NAME(ring_input)(const depthwise_row *d, size_t i, size_t pixel, size_t channel) {
  ptrdiff_t place = (ptrdiff_t)pixel - (ptrdiff_t)d->left, cell = (place + 32) / 4 - 8;
  vu word = bits_of(LOAD((const float *)d->rows[i] + cell * EFFNET_SLAB_CHANNELS + channel));
  vf code = float_of_integer(float_of(word >> (uint32_t)(8 * (place - 4 * cell)) & 0xffu));
  return code - broadcast((float)d->codes->input_zero);
}

#define DEFINE_DEPTHWISE(kernel, stride, padding)                                                                      \
  static __attribute__((noinline)) void NAME(depthwise_##kernel##_##stride##_##padding)(const depthwise_row *d) {      \
    NAME(depthwise_tiles)(kernel, stride, padding, d);                                                                 \
  }
DEFINE_DEPTHWISE(3, 1, 1)
DEFINE_DEPTHWISE(3, 2, 0)
DEFINE_DEPTHWISE(3, 2, 1)
DEFINE_DEPTHWISE(5, 1, 2)
DEFINE_DEPTHWISE(5, 2, 1)
DEFINE_DEPTHWISE(5, 2, 2)
#undef DEFINE_DEPTHWISE

/// The kernel of a window in tiles, or NULL.
static depthwise_function NAME(tiled_depthwise)(size_t kernel, size_t stride, size_t left) {
  if (kernel == 3 && stride == 1 && left == 1) return NAME(depthwise_3_1_1);
  if (kernel == 3 && stride == 2 && left == 0) return NAME(depthwise_3_2_0);
  if (kernel == 3 && stride == 2 && left == 1) return NAME(depthwise_3_2_1);
  if (kernel == 5 && stride == 1 && left == 2) return NAME(depthwise_5_1_2);
  if (kernel == 5 && stride == 2 && left == 1) return NAME(depthwise_5_2_1);
  if (kernel == 5 && stride == 2 && left == 2) return NAME(depthwise_5_2_2);
  return NULL;
}

/// The columns of the tile of `outputs` columns.
static size_t NAME(depthwise_columns)(size_t kernel, size_t stride, size_t outputs) {
  if (!(kernel == 3 || kernel == 5) || stride > 2) return 1;
  return outputs > 12 ? 16 : (outputs + 3) / 4 * 4;
}
