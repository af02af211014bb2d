// The depthwise tile on a ring of fp16, summed in fp16. With 32 channels in a vector, the last vector
// of 16 or 48 channels is half full; its upper half has numbers of the next pixel, which are not
// stored.

#define LANES (2 * VECTOR_FLOATS)

/// The sum of a tile's outputs in fp16 is of outputs times 2⁻⁴: of at most 14, it cannot overflow.
#define TILE_SUM_SCALE 0x1p-4f

/// The filters of a slab in fp16. The tile reads whole vectors.
typedef struct half_filters {
  uint16_t taps[25 * EFFNET_SLAB_CHANNELS + VECTOR_FLOATS];
} half_filters;

static const uint16_t *NAME(convert_filters)(const float *filters, size_t kernel, half_filters *converted) {
  size_t count = kernel * kernel * EFFNET_SLAB_CHANNELS;
  for (size_t n = 0; n < count; n += VECTOR_FLOATS) store_fp16(converted->taps + n, LOAD(filters + n));
  store_fp16(converted->taps + count, broadcast(0.0f));
  return converted->taps;
}

/// `columns` outputs from column q, of `lanes` channels: LANES or half of them. Outputs past the end
/// of the row are not stored. Adds their sum to `total`.
AI void NAME(depthwise_tile)(const int kernel, const int stride, const int columns, const int lanes,
                             const depthwise_row *d, size_t channel, size_t q, vf total[2]) {
  const int pixel = EFFNET_SLAB_CHANNELS; // a constant, so that addresses are constants too
  vector_fp16 sum[DEPTHWISE_COLUMNS];
  vf high_bias = lanes == LANES ? LOAD(d->bias + channel + VECTOR_FLOATS) : broadcast(0.0f);
  vector_fp16 bias = join_fp16(LOAD(d->bias + channel), high_bias);
  UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = bias;
  for (size_t i = d->tap_begin; i < d->tap_end; i++) {
    const uint16_t *x = (const uint16_t *)d->rows[i] + q * stride * pixel + channel;
    const uint16_t *w = d->half_filters + i * kernel * pixel + channel;
    vector_fp16 tap[5];
    UNROLL_FOR (int j = 0; j < kernel; j++) tap[j] = load_vector_fp16(w + j * pixel);
    UNROLL_FOR (int m = 0; m < (columns - 1) * stride + kernel; m++) {
      vector_fp16 in = load_vector_fp16(x + m * pixel);
      UNROLL_FOR (int j = 0; j < kernel; j++) {
        if (m >= j && (m - j) % stride == 0 && (m - j) / stride < columns)
          sum[(m - j) / stride] = FMA(in, tap[j], sum[(m - j) / stride]);
      }
    }
  }
  switch (d->activation) {
  case EFFNET_IDENTITY: break;
  case EFFNET_RELU:
    UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = activate_vector_fp16(EFFNET_RELU, sum[n]);
    break;
  case EFFNET_RELU6:
    UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = activate_vector_fp16(EFFNET_RELU6, sum[n]);
    break;
  case EFFNET_SILU:
    UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = activate_vector_fp16(EFFNET_SILU, sum[n]);
    break;
  case EFFNET_SIGMOID:
    UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = activate_vector_fp16(EFFNET_SIGMOID, sum[n]);
    break;
  }
  uint16_t *y = (uint16_t *)d->y + q * d->y_stride + channel;
  size_t left = d->outputs - q;
  vector_fp16 tile_sum = broadcast_fp16(0.0f);
  UNROLL_FOR (int n = 0; n < columns; n++) {
    if ((size_t)n < left) {
      if (lanes == LANES)
        store_vector_fp16(y + n * d->y_stride, sum[n]);
      else
        store_half_vector_fp16(y + n * d->y_stride, sum[n]);
      tile_sum = FMA(sum[n], broadcast_fp16(TILE_SUM_SCALE), tile_sum);
    }
  }
  total[0] += first_floats((vf)tile_sum) * broadcast(1 / TILE_SUM_SCALE);
  total[1] += last_floats((vf)tile_sum) * broadcast(1 / TILE_SUM_SCALE);
}

/// The whole row in tiles of `columns`.
AI void NAME(depthwise_tiles)(const int kernel, const int stride, const int columns, const depthwise_row *d) {
  for (size_t channel = 0; channel < d->width; channel += LANES) {
    bool isFull = EFFNET_CHANNEL_BLOCK % LANES == 0 || d->width - channel >= LANES;
    vf total[2] = {broadcast(0.0f), broadcast(0.0f)};
    for (size_t q = 0; q < d->outputs; q += columns) {
      if (isFull)
        NAME(depthwise_tile)(kernel, stride, columns, LANES, d, channel, q, total);
      else
        NAME(depthwise_tile)(kernel, stride, columns, LANES / 2, d, channel, q, total);
    }
    if (d->sums) {
      STORE(d->sums + channel, total[0]);
      if (isFull) STORE(d->sums + channel + VECTOR_FLOATS, total[1]);
    }
  }
}

#undef TILE_SUM_SCALE
#undef LANES
