// Depthwise convolutions, on slabs of channels, row by row, as inference does: what is needed of the last rows is kept in
// rings of rows, with zeros left and right of the image.

/// Zeros left and right of `width` columns from `left` on, in all rows of a ring.
static void clear_margins(float *ring, size_t rows, size_t columns, size_t left, size_t width) {
  for (size_t row = 0; row < rows; row++, ring += columns * SLAB) {
    memset(ring, 0, left * SLAB * sizeof(float));
    memset(ring + (left + width) * SLAB, 0, (columns - left - width) * SLAB * sizeof(float));
  }
}

/// The rows of one slab: y = Σ_ij value[p·s + i − top, q·s + j − left] · w[i, j], and the moments of y's channels.
static void depthwise_forward(const effnet_training_depthwise *d) {
  static const float zeros[EFFNET_SLAB_CHANNELS];
  const effnet_window *w = &d->window;
  size_t row_floats = d->ring_width * EFFNET_SLAB_CHANNELS, mask = d->ring_rows - 1;
  clear_margins(d->scratch, d->ring_rows, d->ring_width, w->left, w->input_width);
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
    const float *row = dy[i] + at * pixel, *w = filters + i * kernel * pixel;
    vf tap[5];
    UNROLL for (int j = 0; j < kernel; j++) tap[j] = LOAD(w + j * pixel);
    UNROLL for (int m = -((kernel - 1) / stride); m <= (columns - 1) / stride; m++) {
      vf in = LOAD(row + m * pixel);
      UNROLL for (int j = 0; j < kernel; j++) {
        if (stride * m + j >= 0 && stride * m + j < columns)
          sum[stride * m + j] = FMA(in, tap[j], sum[stride * m + j]);
      }
    }
  }
  UNROLL for (int n = 0; n < columns; n++) STORE(out + n * pixel, sum[n]);
}

/// The same for one column and any filter.
static void input_gradient_any(const effnet_window *w, const float *const *dy, size_t x, const float *filters, float *out) {
  vf sum = broadcast(0.0f);
  for (size_t i = 0; i < w->kernel; i++) {
    if (!dy[i]) continue;
    for (size_t j = 0; j < w->kernel; j++) {
      size_t q = x + w->left - j; // before the image it wraps around
      if ((ptrdiff_t)q < 0 || q % w->stride != 0 || q / w->stride >= w->output_width) continue;
      vf tap = LOAD(filters + (i * w->kernel + j) * SLAB);
      sum = FMA(LOAD(dy[i] + q / w->stride * SLAB), tap, sum);
    }
  }
  STORE(out, sum);
}

/// One row of the filter's gradient, of one vector of channels, over `rows` rows of the output:
/// dw[j] += Σ_pq x[p · s][q · s + j] · dy[p][q]. Rows of x that are NULL are zeros.
AI void filter_gradient_row(const int kernel, const int stride, const int columns, const float *const *x,
                            const float *const *dy, size_t rows, size_t width, size_t channel, float *dw) {
  const int pixel = EFFNET_SLAB_CHANNELS;
  vf sum[2][5];
  UNROLL for (int j = 0; j < kernel; j++) sum[0][j] = sum[1][j] = broadcast(0.0f);
  for (size_t p = 0; p < rows; p++) {
    if (!x[p * stride]) continue;
    const float *in = x[p * stride] + channel, *g = dy[p] + channel;
    // What is past the end of a row is zero.
    for (size_t q = 0; q < width; q += columns, in += columns * stride * pixel, g += columns * pixel) {
      vf gradient[DEPTHWISE_COLUMNS];
      UNROLL for (int n = 0; n < columns; n++) gradient[n] = LOAD(g + n * pixel);
      UNROLL for (int m = 0; m < (columns - 1) * stride + kernel; m++) {
        vf v = LOAD(in + m * pixel);
        UNROLL for (int j = 0; j < kernel; j++) {
          if (m >= j && (m - j) % stride == 0 && (m - j) / stride < columns)
            sum[(m - j) / stride & 1][j] = FMA(v, gradient[(m - j) / stride], sum[(m - j) / stride & 1][j]);
        }
      }
    }
  }
  UNROLL for (int j = 0; j < kernel; j++) STORE(dw + j * pixel, LOAD(dw + j * pixel) + (sum[0][j] + sum[1][j]));
}

#define FILTER_COLUMNS 7
#define INPUT_COLUMNS(stride) (DEPTHWISE_COLUMNS / (stride) * (stride)) // tiles begin at multiples of the stride
typedef void (*filter_gradient_function)(const float *const *, const float *const *, size_t, size_t, size_t, float *);
typedef void (*input_gradient_function)(const float *const *, size_t, const float *, float *);
#define DEFINE_GRADIENTS(kernel, stride)                                                                               \
  static __attribute__((noinline)) void filter_gradient_##kernel##_##stride(                                           \
      const float *const *x, const float *const *dy, size_t rows, size_t width, size_t channel, float *dw) {           \
    filter_gradient_row(kernel, stride, FILTER_COLUMNS, x, dy, rows, width, channel, dw);                              \
  }                                                                                                                    \
  static __attribute__((noinline)) void input_gradient_##kernel##_##stride(const float *const *dy, size_t at,          \
                                                                           const float *filters, float *out) {         \
    input_gradient_tile(kernel, stride, INPUT_COLUMNS(stride), dy, at, filters, out);                                  \
  }
DEFINE_GRADIENTS(3, 1) DEFINE_GRADIENTS(3, 2) DEFINE_GRADIENTS(5, 1) DEFINE_GRADIENTS(5, 2)
static const filter_gradient_function filter_gradients[2][2] = {
    {filter_gradient_3_1, filter_gradient_3_2}, {filter_gradient_5_1, filter_gradient_5_2}};
static const input_gradient_function input_gradients[2][2] = {
    {input_gradient_3_1, input_gradient_3_2}, {input_gradient_5_1, input_gradient_5_2}};

static bool is_common(const effnet_window *w) { return (w->kernel == 3 || w->kernel == 5) && w->stride <= 2; }

static void filter_gradient_any(const effnet_window *w, const float *const *x, const float *const *dy, size_t rows,
                                size_t channel, float *dw) {
  for (size_t j = 0; j < w->kernel; j++) {
    vf sum = broadcast(0.0f);
    for (size_t p = 0; p < rows; p++) {
      if (!x[p * w->stride]) continue;
      for (size_t q = 0; q < w->output_width; q++)
        sum = FMA(LOAD(x[p * w->stride] + (q * w->stride + j) * SLAB + channel), LOAD(dy[p] + q * SLAB + channel), sum);
    }
    STORE(dw + j * SLAB, LOAD(dw + j * SLAB) + sum);
  }
}

#define BLOCK_PIXELS 56 // narrow images are worked on several rows at a time
#define BLOCK_ROWS 8

/// Backward's scratch memory: rings of rows of the input's values, of their activation's slopes, and of the output's
/// gradient; one row of the input's gradient. Columns are pixels of a slab.
typedef struct depthwise_rings {
  size_t block;               // rows of the output that are worked on at a time
  size_t margin;              // columns that tiles may read left and right of the gradient
  size_t x_rows, x_columns;   // rows are powers of two
  size_t dy_rows, dy_columns;
  size_t line;                // columns of the row of the input's gradient
} depthwise_rings;

static size_t power_of_two(size_t least) {
  size_t power = 1;
  while (power < least) power *= 2;
  return power;
}

static depthwise_rings depthwise_rings_of(const effnet_window *w) {
  depthwise_rings r = {.block = 1, .margin = w->kernel + DEPTHWISE_COLUMNS};
  while (is_common(w) && r.block < BLOCK_ROWS && r.block * w->output_width < BLOCK_PIXELS) r.block *= 2;
  size_t tiles = (w->output_width + FILTER_COLUMNS - 1) / FILTER_COLUMNS;
  r.x_rows = power_of_two((r.block - 1) * w->stride + (w->kernel > w->stride ? w->kernel : w->stride));
  r.x_columns = (tiles * FILTER_COLUMNS - 1) * w->stride + w->kernel;
  if (r.x_columns < w->left + w->input_width) r.x_columns = w->left + w->input_width;
  r.dy_rows = power_of_two(r.block + (w->kernel - 1) / w->stride + 1);
  size_t reached = (w->left + w->input_width) / w->stride + 1; // the output may be narrower than what the input reaches
  r.dy_columns = (reached > w->output_width ? reached : w->output_width) + 2 * r.margin;
  r.line = w->input_width + w->stride + DEPTHWISE_COLUMNS;
  return r;
}

/// Floats of scratch memory that backward needs.
static size_t depthwise_scratch(const effnet_window *w) {
  depthwise_rings r = depthwise_rings_of(w);
  return (r.x_rows * (r.x_columns + w->input_width) + r.dy_rows * r.dy_columns + r.line) * SLAB;
}

AI void slope_group(const effnet_activation act, const int vectors, const effnet_view *v, size_t channel, size_t begin,
                    size_t count, float *value, float *slope) {
  const float *y = element_of(v->y, EFFNET_FLOAT32, begin, channel);
  view_channels k[GROUP_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
  for (size_t p = 0; p < count; p++, y += v->y.slab, value += SLAB, slope += SLAB) {
    fetch_ahead(y, vectors);
    UNROLL for (int j = 0; j < vectors; j++) {
      vf u = FMA(LOAD(y + j * VECTOR_FLOATS), k[j].scale, k[j].shift);
      vf v, d;
      activate_with_slope(act, u, &v, &d);
      STORE(value + j * VECTOR_FLOATS, v);
      STORE(slope + j * VECTOR_FLOATS, d);
    }
  }
}

/// One row of the input's values, and of the slopes of its activation.
static void value_row(const effnet_depthwise_backward *b, size_t row, float *value, float *slope) {
  const effnet_training_depthwise *d = &b->forward;
  size_t columns = d->window.input_width, begin = row * columns;
  if (!b->sum) return view_rows(&d->x, d->channel, d->width, begin, begin + columns, value, SLAB);
  FOR_ACTIVATION(d->x.activation, {
    FOR_GROUPS(d->width, { slope_group(act, vectors, &d->x, d->channel + c, begin, columns, value + c, slope + c); })
  })
}

/// One row of the input's gradient before its activation, dx · slope, and its sums; see reduce_gradient.
AI void finish_group(const int vectors, const effnet_depthwise_backward *b, size_t channel, size_t begin, const float *dx,
                     const float *slope) {
  const effnet_training_depthwise *d = &b->forward;
  const float *y = element_of(d->x.y, EFFNET_FLOAT32, begin, channel);
  float *g = element_of(b->g, EFFNET_FLOAT32, begin, channel);
  vf mean[GROUP_VECTORS], sum[GROUP_VECTORS], product[GROUP_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) {
    mean[j] = LOAD(b->mean + channel + j * VECTOR_FLOATS);
    sum[j] = product[j] = broadcast(0.0f);
  }
  for (size_t q = 0; q < d->window.input_width; q++, dx += SLAB, slope += SLAB, y += d->x.y.slab, g += b->g.slab) {
    fetch_ahead(g, vectors); // to be written
    UNROLL for (int j = 0; j < vectors; j++) {
      vf v = LOAD(dx + j * VECTOR_FLOATS) * LOAD(slope + j * VECTOR_FLOATS);
      STORE(g + j * VECTOR_FLOATS, v);
      sum[j] += v;
      product[j] = FMA(v, LOAD(y + j * VECTOR_FLOATS) - mean[j], product[j]);
    }
  }
  UNROLL for (int j = 0; j < vectors; j++) {
    float *s = b->sum + channel + j * VECTOR_FLOATS, *t = b->product + channel + j * VECTOR_FLOATS;
    STORE(s, LOAD(s) + sum[j]);
    STORE(t, LOAD(t) + product[j]);
  }
}

/// One row of the input's gradient.
static void input_gradient_row(const effnet_depthwise_backward *b, size_t row, const float *const *dy, const float *slope,
                               float *line) {
  const effnet_training_depthwise *d = &b->forward;
  const effnet_window *w = &d->window;
  size_t width = w->input_width, lead = w->left % w->stride; // columns before the image that the first tile begins with
  for (size_t c = 0; c < d->width; c += VECTOR_FLOATS) {
    const float *rows[EFFNET_MAXIMUM_KERNEL];
    for (size_t i = 0; i < w->kernel; i++) rows[i] = dy[i] ? dy[i] + c : NULL;
    if (is_common(w)) {
      input_gradient_function function = input_gradients[w->kernel == 5][w->stride - 1];
      for (size_t x = 0; x < lead + width; x += INPUT_COLUMNS(w->stride))
        function(rows, (x + w->left - lead) / w->stride, d->filters + c, line + x * SLAB + c);
    } else {
      for (size_t x = 0; x < width; x++) input_gradient_any(w, rows, x, d->filters + c, line + (lead + x) * SLAB + c);
    }
  }
  const float *dx = line + lead * SLAB;
  size_t begin = row * width;
  if (b->sum) {
    FOR_GROUPS(d->width, { finish_group(vectors, b, d->channel + c, begin, dx + c, slope + c); })
    return;
  }
  for (size_t q = 0; q < width; q++, dx += SLAB) {
    float *g = element_of(b->g, EFFNET_FLOAT32, begin + q, d->channel);
    for (size_t c = 0; c < d->width; c += VECTOR_FLOATS)
      STORE(g + c, b->accumulates ? LOAD(g + c) + LOAD(dx + c) : LOAD(dx + c));
  }
}

/// The filters' and the bias' gradient of a block of rows of the output.
static void add_filter_gradient(const effnet_depthwise_backward *b, const float *const *x, const float *const *dy,
                                size_t rows) {
  const effnet_training_depthwise *d = &b->forward;
  const effnet_window *w = &d->window;
  for (size_t c = 0; c < d->width; c += VECTOR_FLOATS) {
    for (size_t i = 0; i < w->kernel && b->dw; i++) {
      float *dw = b->dw + i * w->kernel * SLAB + c;
      if (is_common(w)) filter_gradients[w->kernel == 5][w->stride - 1](x + i, dy, rows, w->output_width, c, dw);
      else filter_gradient_any(w, x + i, dy, rows, c, dw);
    }
    if (!b->dbias) continue;
    float *dbias = b->dbias + d->channel + c;
    vf sum = broadcast(0.0f);
    for (size_t p = 0; p < rows; p++)
      for (size_t q = 0; q < w->output_width; q++) sum += LOAD(dy[p] + q * SLAB + c);
    STORE(dbias, LOAD(dbias) + sum);
  }
}

/// Backward of one slab. Filters' gradients are added to `dw`. Where the input is a view, `g` gets the gradient before
/// its activation, and `sum` and `product` its sums (see reduce_gradient); where it is stored, `g` is its gradient.
static void depthwise_backward(const effnet_depthwise_backward *b) {
  const effnet_training_depthwise *d = &b->forward;
  const effnet_window *w = &d->window;
  depthwise_rings ring = depthwise_rings_of(w);
  size_t x_mask = ring.x_rows - 1, dy_mask = ring.dy_rows - 1;
  size_t x_row = ring.x_columns * SLAB, slope_row = w->input_width * SLAB, dy_row = ring.dy_columns * SLAB;
  float *values = b->scratch, *slopes = values + ring.x_rows * x_row, *dys = slopes + ring.x_rows * slope_row;
  float *line = dys + ring.dy_rows * dy_row;
  clear_margins(values, ring.x_rows, ring.x_columns, w->left, w->input_width);
  clear_margins(dys, ring.dy_rows, ring.dy_columns, ring.margin, w->output_width);
  dys += ring.margin * SLAB;
  if (b->sum) {
    memset(b->sum + d->channel, 0, d->width * sizeof(float));
    memset(b->product + d->channel, 0, d->width * sizeof(float));
  }
  size_t made = 0, done = 0; // rows of the input whose values are made, and whose gradient is
  for (size_t begin = 0; begin < w->output_height; begin += ring.block) {
    size_t end = begin + ring.block < w->output_height ? begin + ring.block : w->output_height;
    const float *dy[BLOCK_ROWS], *x[BLOCK_ROWS * 2 + EFFNET_MAXIMUM_KERNEL];
    for (size_t p = begin; p < end; p++) {
      float *row = dys + (p & dy_mask) * dy_row;
      gradient_rows(&b->gradient, d->channel, d->width, p * w->output_width, (p + 1) * w->output_width, row, SLAB);
      dy[p - begin] = row;
    }
    size_t rows = (end - begin - 1) * w->stride + w->kernel;
    for (size_t i = 0; i < rows; i++) {
      size_t r = begin * w->stride + i - w->top; // above the image it wraps around
      x[i] = r < w->input_height ? values + (r & x_mask) * x_row : NULL;
      for (; r < w->input_height && made <= r; made++)
        value_row(b, made, values + (made & x_mask) * x_row + w->left * SLAB, slopes + (made & x_mask) * slope_row);
    }
    add_filter_gradient(b, x, dy, end - begin);
    if (!b->g.data) continue;
    // Rows that no later row of the output reaches.
    for (; done < w->input_height && (end == w->output_height || done + w->top < end * w->stride); done++) {
      for (; made <= done; made++)
        value_row(b, made, values + (made & x_mask) * x_row + w->left * SLAB, slopes + (made & x_mask) * slope_row);
      const float *under[EFFNET_MAXIMUM_KERNEL];
      for (size_t i = 0; i < w->kernel; i++) {
        size_t r = done + w->top - i;
        bool is_inside = (ptrdiff_t)r >= 0 && r % w->stride == 0 && r / w->stride < w->output_height;
        under[i] = is_inside ? dys + (r / w->stride & dy_mask) * dy_row : NULL;
      }
      input_gradient_row(b, done, under, slopes + (done & x_mask) * slope_row, line);
    }
  }
}

#undef FILTER_COLUMNS
#undef INPUT_COLUMNS
#undef DEFINE_GRADIENTS
#undef BLOCK_PIXELS
#undef BLOCK_ROWS
