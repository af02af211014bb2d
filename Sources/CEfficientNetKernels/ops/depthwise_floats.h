// The depthwise tile on a ring of floats.

/// `columns` outputs from column q, of one vector of channels. Outputs past the end of the row are
/// not stored. Returns `total` plus their sum.
AI vf NAME(depthwise_tile)(const int kernel, const int stride, const int columns, const depthwise_row *d,
                           size_t channel, size_t q, vf total) {
  vf sum[DEPTHWISE_COLUMNS], start = PRECISION == EFFNET_INT8 ? broadcast(0.0f) : LOAD(d->bias + channel);
  const int pixel = EFFNET_SLAB_CHANNELS; // a constant, so that addresses are constants too
  UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = start;
  for (size_t i = d->tap_begin; i < d->tap_end; i++) {
    const float *x = (const float *)d->rows[i] + q * stride * pixel + channel,
                *w = d->filters + i * kernel * pixel + channel;
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
  return NAME(store_outputs)(columns, d, channel, q, sum, total);
}

/// The whole row in tiles of `columns`.
AI void NAME(depthwise_tiles)(const int kernel, const int stride, const int columns, const depthwise_row *d) {
  for (size_t channel = 0; channel < d->width; channel += VECTOR_FLOATS) {
    vf total = broadcast(0.0f);
    for (size_t q = 0; q < d->outputs; q += columns)
      total = NAME(depthwise_tile)(kernel, stride, columns, d, channel, q, total);
    if (d->sums) NAME(store_row_sum)(d, channel, total);
  }
}
