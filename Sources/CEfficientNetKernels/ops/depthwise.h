// Depthwise convolutions: a tile of output columns in registers, every input loaded once for all taps of a filter row.

/// `columns` outputs from column q on, for one vector of channels. `x` is the first input row under the filter that is
/// inside the image; tap rows `tap_begin ..< tap_end` are. With `check`, columns outside the image are left out.
AI void depthwise_tile(const int kernel, const int stride, const int columns, const int check,
                       const effnet_activation activation, const effnet_depthwise *d, const float *x, const float *w,
                       vf bias, size_t tap_begin, size_t tap_end, size_t q, float *y) {
  vf sum[DEPTHWISE_COLUMNS];
  UNROLL for (int n = 0; n < columns; n++) sum[n] = bias;
  ptrdiff_t first = (ptrdiff_t)(q * stride) - (ptrdiff_t)d->left, width = d->input_width;
  ptrdiff_t pixel = d->channels;
  for (size_t i = tap_begin; i < tap_end; i++) {
    vf tap[kernel];
    UNROLL for (int j = 0; j < kernel; j++) tap[j] = LOAD(w + (i * kernel + j) * pixel);
    UNROLL for (int m = 0; m < (columns - 1) * stride + kernel; m++) {
      if (check && (first + m < 0 || first + m >= width)) continue;
      vf in = LOAD(x + (first + m) * pixel);
      UNROLL for (int j = 0; j < kernel; j++) {
        if (m >= j && (m - j) % stride == 0 && (m - j) / stride < columns)
          sum[(m - j) / stride] = FMA(in, tap[j], sum[(m - j) / stride]);
      }
    }
    x += width * pixel;
  }
  UNROLL for (int n = 0; n < columns; n++) STORE(y + n * pixel, activate(activation, sum[n]));
}

/// The same for one output and any filter size and stride.
AI void depthwise_pixel(const effnet_activation activation, const effnet_depthwise *d, const float *x, const float *w,
                        vf bias, size_t tap_begin, size_t tap_end, size_t q, float *y) {
  vf sum = bias;
  for (size_t i = tap_begin; i < tap_end; i++) {
    for (size_t j = 0; j < d->kernel; j++) {
      size_t column = q * d->stride + j - d->left;
      if (column < d->input_width)
        sum = FMA(LOAD(x + column * d->channels), LOAD(w + (i * d->kernel + j) * d->channels), sum);
    }
    x += d->input_width * d->channels;
  }
  STORE(y, activate(activation, sum));
}

/// One output row; kernel 0 stands for the form that takes any filter.
AI void depthwise_row(const int kernel, const int stride, const effnet_activation activation, const effnet_depthwise *d,
                      const float *x, size_t tap_begin, size_t tap_end, float *y) {
  const int columns = kernel == 0 ? 1 : DEPTHWISE_COLUMNS;
  for (size_t q = 0; q < d->output_width;) {
    size_t tile = d->output_width - q >= (size_t)columns ? columns : 1;
    size_t last = (q + tile - 1) * d->stride + d->kernel - 1;
    int inside = q * d->stride >= d->left && last - d->left < d->input_width;
    for (size_t c = 0; c < d->channels; c += VECTOR_FLOATS) {
      vf bias = LOAD(d->bias + c);
      float *out = y + q * d->channels + c;
      if (kernel == 0)
        depthwise_pixel(activation, d, x + c, d->w + c, bias, tap_begin, tap_end, q, out);
      else if (tile == 1)
        depthwise_tile(kernel, stride, 1, 1, activation, d, x + c, d->w + c, bias, tap_begin, tap_end, q, out);
      else if (inside)
        depthwise_tile(kernel, stride, DEPTHWISE_COLUMNS, 0, activation, d, x + c, d->w + c, bias, tap_begin, tap_end, q,
                       out);
      else
        depthwise_tile(kernel, stride, DEPTHWISE_COLUMNS, 1, activation, d, x + c, d->w + c, bias, tap_begin, tap_end, q,
                       out);
    }
    q += tile;
  }
}

#define DEFINE_DEPTHWISE(name, kernel, stride)                                                                         \
  static void name(const effnet_depthwise *d, const float *x, size_t tap_begin, size_t tap_end, float *y) {            \
    switch (d->activation) {                                                                                           \
    case EFFNET_IDENTITY: depthwise_row(kernel, stride, EFFNET_IDENTITY, d, x, tap_begin, tap_end, y); break;          \
    case EFFNET_RELU: depthwise_row(kernel, stride, EFFNET_RELU, d, x, tap_begin, tap_end, y); break;                  \
    case EFFNET_RELU6: depthwise_row(kernel, stride, EFFNET_RELU6, d, x, tap_begin, tap_end, y); break;                \
    case EFFNET_SILU: depthwise_row(kernel, stride, EFFNET_SILU, d, x, tap_begin, tap_end, y); break;                  \
    case EFFNET_SIGMOID: depthwise_row(kernel, stride, EFFNET_SIGMOID, d, x, tap_begin, tap_end, y); break;            \
    }                                                                                                                  \
  }

DEFINE_DEPTHWISE(depthwise_any, 0, 0)
DEFINE_DEPTHWISE(depthwise_3_1, 3, 1)
DEFINE_DEPTHWISE(depthwise_3_2, 3, 2)
DEFINE_DEPTHWISE(depthwise_5_1, 5, 1)
DEFINE_DEPTHWISE(depthwise_5_2, 5, 2)

static void depthwise(const effnet_depthwise *d) {
  void (*row_kernel)(const effnet_depthwise *, const float *, size_t, size_t, float *) = depthwise_any;
  if (d->kernel == 3 && d->stride == 1) row_kernel = depthwise_3_1;
  if (d->kernel == 3 && d->stride == 2) row_kernel = depthwise_3_2;
  if (d->kernel == 5 && d->stride == 1) row_kernel = depthwise_5_1;
  if (d->kernel == 5 && d->stride == 2) row_kernel = depthwise_5_2;
  size_t row_floats = d->input_width * d->channels;
  for (size_t row = d->row_begin; row < d->row_end; row++) {
    const float *image = d->x + row / d->output_height * d->input_height * row_floats;
    size_t first = row % d->output_height * d->stride; // of the padded image
    size_t tap_begin = first < d->top ? d->top - first : 0;
    size_t below = first + d->kernel - d->top; // one past the last input row under the filter
    size_t tap_end = below > d->input_height ? d->kernel - (below - d->input_height) : d->kernel;
    const float *x = image + (first + tap_begin - d->top) * row_floats;
    row_kernel(d, x, tap_begin, tap_end, d->y + row * d->output_width * d->channels);
  }
}
