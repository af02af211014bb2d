// Depthwise convolutions. Forward works on slabs of channels, row by row, as inference does; backward on one vector of
// channels at a time, whose whole image, with zeros around it, is scratch memory.

/// The rows of one slab: y = Σ_ij value[p·s + i − top, q·s + j − left] · w[i, j], and the moments of y's channels.
static void depthwise_forward(const effnet_training_depthwise *d) {
  static const float zeros[EFFNET_SLAB_CHANNELS];
  const effnet_window *w = &d->window;
  size_t row_floats = d->ring_width * EFFNET_SLAB_CHANNELS, mask = d->ring_rows - 1;
  memset(d->scratch, 0, d->ring_rows * row_floats * sizeof(float));
  const float *rows[EFFNET_MAXIMUM_KERNEL];
  depthwise_function row_kernel = choose_depthwise_f32(w->kernel, w->stride, w->output_width);
  depthwise_row row = {
      .rows = rows,
      .filters = d->filters,
      .bias = zeros,
      .kernel = w->kernel,
      .stride = w->stride,
      .outputs = w->output_width,
      .width = d->width,
      .y_stride = d->y.slab,
      .activation = EFFNET_IDENTITY,
  };
  if (d->bias) row.bias = d->bias + d->channel;
  float *sum = d->sum + d->channel, *square = d->square + d->channel;
  if (d->sum) {
    memset(sum, 0, d->width * sizeof(float));
    memset(square, 0, d->width * sizeof(float));
  }
  size_t made = 0;
  for (size_t p = 0; p < w->output_height; p++) {
    size_t first = p * w->stride - w->top; // may be above the image
    taps_inside(first, w->kernel, w->input_height, &row.tap_begin, &row.tap_end);
    if (made < first + row.tap_begin) made = first + row.tap_begin;
    for (; made < first + row.tap_end; made++) {
      float *out = d->scratch + (made & mask) * row_floats + w->left * EFFNET_SLAB_CHANNELS;
      view_rows(&d->x, d->channel, d->width, made * w->input_width, (made + 1) * w->input_width, out,
                EFFNET_SLAB_CHANNELS);
    }
    for (size_t i = row.tap_begin; i < row.tap_end; i++) rows[i] = d->scratch + ((first + i) & mask) * row_floats;
    row.y = element_of(d->y, EFFNET_FLOAT32, p * w->output_width, d->channel);
    row_kernel(&row);
    if (d->sum) add_moments(row.y, w->output_width, d->y.slab, d->width, sum, square);
  }
}

/// `columns` inputs' gradients of one vector of channels from column x on, where (x + left) is a multiple of the stride:
/// dx[x] = Σ_ij dy[(row + top − i) / s, (x + left − j) / s] · w[i, j]. `dy[i]` is the row under filter row i from its column
/// (x + left) / s on, or NULL where there is none.
AI void input_gradient_tile(const int kernel, const int stride, const int columns, const float *const *dy, size_t at,
                            const float *filters, float *out) {
  const int pixel = EFFNET_SLAB_CHANNELS;
  vf sum[DEPTHWISE_COLUMNS];
  UNROLL for (int n = 0; n < columns; n++) sum[n] = broadcast(0.0f);
  for (int i = 0; i < kernel; i++) {
    if (!dy[i]) continue;
    const float *row = dy[i] + at * VECTOR_FLOATS, *w = filters + i * kernel * pixel;
    vf tap[5];
    UNROLL for (int j = 0; j < kernel; j++) tap[j] = LOAD(w + j * pixel);
    UNROLL for (int m = -((kernel - 1) / stride); m <= (columns - 1) / stride; m++) {
      vf in = LOAD(row + m * VECTOR_FLOATS);
      UNROLL for (int j = 0; j < kernel; j++) {
        if (stride * m + j >= 0 && stride * m + j < columns)
          sum[stride * m + j] = FMA(in, tap[j], sum[stride * m + j]);
      }
    }
  }
  UNROLL for (int n = 0; n < columns; n++) STORE(out + n * VECTOR_FLOATS, sum[n]);
}

/// The same for one column and any filter.
static void input_gradient_any(const effnet_window *w, const float *const *dy, size_t x, const float *filters, float *out) {
  vf sum = broadcast(0.0f);
  for (size_t i = 0; i < w->kernel; i++) {
    if (!dy[i]) continue;
    for (size_t j = 0; j < w->kernel; j++) {
      size_t q = x + w->left - j; // before the image it wraps around
      if ((ptrdiff_t)q < 0 || q % w->stride != 0 || q / w->stride >= w->output_width) continue;
      vf tap = LOAD(filters + (i * w->kernel + j) * EFFNET_SLAB_CHANNELS);
      sum = FMA(LOAD(dy[i] + q / w->stride * VECTOR_FLOATS), tap, sum);
    }
  }
  STORE(out, sum);
}

/// The filter's gradient, one filter row at a time: dw[i, j] += Σ_pq value[p·s + i − top, q·s + j − left] · dy[p, q].
AI void filter_gradient_row(const int kernel, const int stride, const int columns, const float *x, size_t x_row,
                            const float *dy, size_t dy_row, size_t height, size_t width, float *dw) {
  vf sum[2][5];
  UNROLL for (int j = 0; j < kernel; j++) sum[0][j] = sum[1][j] = broadcast(0.0f);
  for (size_t p = 0; p < height; p++) {
    const float *in = x + p * stride * x_row, *g = dy + p * dy_row;
    // What is past the end of a row is zero.
    for (size_t q = 0; q < width; q += columns, in += columns * stride * VECTOR_FLOATS, g += columns * VECTOR_FLOATS) {
      vf gradient[DEPTHWISE_COLUMNS];
      UNROLL for (int n = 0; n < columns; n++) gradient[n] = LOAD(g + n * VECTOR_FLOATS);
      UNROLL for (int m = 0; m < (columns - 1) * stride + kernel; m++) {
        vf v = LOAD(in + m * VECTOR_FLOATS);
        UNROLL for (int j = 0; j < kernel; j++) {
          if (m >= j && (m - j) % stride == 0 && (m - j) / stride < columns)
            sum[(m - j) / stride & 1][j] = FMA(v, gradient[(m - j) / stride], sum[(m - j) / stride & 1][j]);
        }
      }
    }
  }
  UNROLL for (int j = 0; j < kernel; j++)
    STORE(dw + j * EFFNET_SLAB_CHANNELS, LOAD(dw + j * EFFNET_SLAB_CHANNELS) + (sum[0][j] + sum[1][j]));
}

#define FILTER_COLUMNS 7
#define INPUT_COLUMNS(stride) (DEPTHWISE_COLUMNS / (stride) * (stride)) // tiles begin at multiples of the stride
typedef void (*filter_gradient_function)(const float *, size_t, const float *, size_t, size_t, size_t, float *);
typedef void (*input_gradient_function)(const float *const *, size_t, const float *, float *);
#define DEFINE_GRADIENTS(kernel, stride)                                                                               \
  static __attribute__((noinline)) void filter_gradient_##kernel##_##stride(                                           \
      const float *x, size_t x_row, const float *dy, size_t dy_row, size_t height, size_t width, float *dw) {          \
    filter_gradient_row(kernel, stride, FILTER_COLUMNS, x, x_row, dy, dy_row, height, width, dw);                      \
  }                                                                                                                    \
  static __attribute__((noinline)) void input_gradient_##kernel##_##stride(const float *const *dy, size_t at,          \
                                                                           const float *filters, float *out) {         \
    input_gradient_tile(kernel, stride, INPUT_COLUMNS(stride), dy, at, filters, out);                                      \
  }
DEFINE_GRADIENTS(3, 1) DEFINE_GRADIENTS(3, 2) DEFINE_GRADIENTS(5, 1) DEFINE_GRADIENTS(5, 2)
static const filter_gradient_function filter_gradients[2][2] = {
    {filter_gradient_3_1, filter_gradient_3_2}, {filter_gradient_5_1, filter_gradient_5_2}};
static const input_gradient_function input_gradients[2][2] = {
    {input_gradient_3_1, input_gradient_3_2}, {input_gradient_5_1, input_gradient_5_2}};

static void filter_gradient_any(const effnet_window *w, const float *x, size_t x_row, const float *dy, size_t dy_row,
                                float *dw) {
  for (size_t i = 0; i < w->kernel; i++)
    for (size_t j = 0; j < w->kernel; j++) {
      vf sum = broadcast(0.0f);
      for (size_t p = 0; p < w->output_height; p++)
        for (size_t q = 0; q < w->output_width; q++)
          sum = FMA(LOAD(x + (p * w->stride + i) * x_row + (q * w->stride + j) * VECTOR_FLOATS),
                    LOAD(dy + p * dy_row + q * VECTOR_FLOATS), sum);
      float *at = dw + (i * w->kernel + j) * EFFNET_SLAB_CHANNELS;
      STORE(at, LOAD(at) + sum);
    }
}

/// How backward's scratch memory is laid out, in vectors.
typedef struct depthwise_memory {
  size_t margin;             // columns that tiles may read left and right of the gradient
  size_t x_columns, x_rows;  // of the input, zeros around it
  size_t dy_columns;         // of the output's gradient, zeros left and right of it
} depthwise_memory;

static depthwise_memory depthwise_memory_of(const effnet_window *w) {
  depthwise_memory m = {.margin = w->kernel + DEPTHWISE_COLUMNS};
  size_t tiles = (w->output_width + FILTER_COLUMNS - 1) / FILTER_COLUMNS;
  m.x_columns = (tiles * FILTER_COLUMNS - 1) * w->stride + w->kernel;
  if (m.x_columns < w->left + w->input_width) m.x_columns = w->left + w->input_width;
  m.x_rows = (w->output_height - 1) * w->stride + w->kernel;
  if (m.x_rows < w->top + w->input_height) m.x_rows = w->top + w->input_height;
  m.dy_columns = w->output_width + 2 * m.margin;
  return m;
}

/// Floats of scratch memory that backward needs.
static size_t depthwise_scratch(const effnet_window *w) {
  depthwise_memory m = depthwise_memory_of(w);
  size_t line = w->input_width + w->stride + DEPTHWISE_COLUMNS;
  return (m.x_rows * m.x_columns + w->input_height * w->input_width + w->output_height * m.dy_columns + line) *
         VECTOR_FLOATS;
}

/// Backward of one slab. Filters' gradients are added to `dw`. Where the input is a view, `g` gets the gradient before
/// its activation, and `sum` and `product` its sums (see reduce_gradient); where it is stored, `g` is its gradient.
static void depthwise_backward(const effnet_depthwise_backward *b) {
  const effnet_training_depthwise *d = &b->forward;
  const effnet_window *w = &d->window;
  size_t height = w->input_height, width = w->input_width, kernel = w->kernel;
  depthwise_memory memory = depthwise_memory_of(w);
  size_t x_row = memory.x_columns * VECTOR_FLOATS, dy_row = memory.dy_columns * VECTOR_FLOATS, margin = memory.margin;
  float *values = b->scratch, *slopes = values + memory.x_rows * x_row;
  float *dys = slopes + height * width * VECTOR_FLOATS;
  float *line = dys + w->output_height * dy_row; // one row of the input's gradient
  bool is_common = (kernel == 3 || kernel == 5) && w->stride <= 2;
  bool is_view = b->sum != NULL;
  memset(values, 0, memory.x_rows * x_row * sizeof(float));
  memset(dys, 0, w->output_height * dy_row * sizeof(float));
  for (size_t c = 0; c < d->width; c += VECTOR_FLOATS) {
    size_t channel = d->channel + c;
    for (size_t p = 0; p < w->output_height; p++)
      gradient_rows(&b->gradient, channel, VECTOR_FLOATS, p * w->output_width, (p + 1) * w->output_width,
                    dys + p * dy_row + margin * VECTOR_FLOATS, VECTOR_FLOATS);
    const float *y = element_of(d->x.y, EFFNET_FLOAT32, 0, channel);
    view_channels k = channels_of(&d->x, channel);
    FOR_ACTIVATION(d->x.activation, {
      for (size_t p = 0; p < height; p++) {
        float *value = values + (w->top + p) * x_row + w->left * VECTOR_FLOATS;
        float *slope = slopes + p * width * VECTOR_FLOATS;
        for (size_t q = 0; q < width; q++) {
          vf u = FMA(LOAD(y + (p * width + q) * d->x.y.slab), k.scale, k.shift);
          STORE(value + q * VECTOR_FLOATS, activate(act, u));
          if (is_view) STORE(slope + q * VECTOR_FLOATS, derivative(act, u));
        }
      }
    })
    const float *dy = dys + margin * VECTOR_FLOATS;
    if (b->dw) {
      float *dw = b->dw + c;
      if (is_common) {
        filter_gradient_function function = filter_gradients[kernel == 5][w->stride - 1];
        for (size_t i = 0; i < kernel; i++)
          function(values + i * x_row, x_row, dy, dy_row, w->output_height, w->output_width,
                   dw + i * kernel * EFFNET_SLAB_CHANNELS);
      } else {
        filter_gradient_any(w, values, x_row, dy, dy_row, dw);
      }
    }
    if (b->dbias) {
      vf sum = broadcast(0.0f);
      for (size_t p = 0; p < w->output_height; p++)
        for (size_t q = 0; q < w->output_width; q++) sum += LOAD(dy + p * dy_row + q * VECTOR_FLOATS);
      STORE(b->dbias + channel, LOAD(b->dbias + channel) + sum);
    }
    if (!b->g.data) continue;
    vf sum = broadcast(0.0f), product = sum, mean = is_view ? LOAD(b->mean + channel) : sum;
    const float *dy_rows[EFFNET_MAXIMUM_KERNEL];
    size_t lead = w->left % w->stride; // columns before the image that the first tile begins with
    for (size_t p = 0; p < height; p++) {
      for (size_t i = 0; i < kernel; i++) {
        size_t r = p + w->top - i; // above the image it wraps around
        bool is_inside = (ptrdiff_t)r >= 0 && r % w->stride == 0 && r / w->stride < w->output_height;
        dy_rows[i] = is_inside ? dy + r / w->stride * dy_row : NULL;
      }
      if (is_common) {
        input_gradient_function function = input_gradients[kernel == 5][w->stride - 1];
        for (size_t x = 0; x < lead + width; x += INPUT_COLUMNS(w->stride))
          function(dy_rows, (x + w->left - lead) / w->stride, d->filters + c, line + x * VECTOR_FLOATS);
      } else {
        for (size_t x = 0; x < width; x++)
          input_gradient_any(w, dy_rows, x, d->filters + c, line + (lead + x) * VECTOR_FLOATS);
      }
      const float *in = line + lead * VECTOR_FLOATS;
      float *g = element_of(b->g, EFFNET_FLOAT32, p * width, channel);
      if (is_view) {
        const float *slope = slopes + p * width * VECTOR_FLOATS, *raw = y + p * width * d->x.y.slab;
        vf s = broadcast(0.0f), t = s;
        for (size_t q = 0; q < width; q++) {
          vf v = LOAD(in + q * VECTOR_FLOATS) * LOAD(slope + q * VECTOR_FLOATS);
          STORE(g + q * b->g.slab, v);
          s += v;
          t = FMA(v, LOAD(raw + q * d->x.y.slab) - mean, t);
        }
        sum += s;
        product += t;
      } else {
        for (size_t q = 0; q < width; q++) {
          vf v = LOAD(in + q * VECTOR_FLOATS);
          STORE(g + q * b->g.slab, b->accumulates ? LOAD(g + q * b->g.slab) + v : v);
        }
      }
    }
    if (is_view) {
      STORE(b->sum + channel, sum);
      STORE(b->product + channel, product);
    }
  }
}

#undef FILTER_COLUMNS
#undef INPUT_COLUMNS
#undef DEFINE_GRADIENTS
