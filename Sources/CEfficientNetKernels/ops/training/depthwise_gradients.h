// The gradients of depthwise convolutions, on rings of rows of floats: rows of one slab, with zeros
// left and right of the image.

/// Writes zeros left and right of `width` columns from `left`, in all rows of a ring.
static void clear_margins(float *ring, size_t rows, size_t columns, size_t left, size_t width) {
  for (size_t row = 0; row < rows; row++, ring += columns * SLAB) {
    memset(ring, 0, left * SLAB * sizeof(float));
    memset(ring + (left + width) * SLAB, 0, (columns - left - width) * SLAB * sizeof(float));
  }
}

/// The gradients of `columns` inputs of one vector of channels from column x, where (x + left) is a
/// multiple of the stride: dx[x] = Σ_ij dy[(row + top − i) / s, (x + left − j) / s] · w[i, j].
/// `dy[i]` is the row under filter row i, from its column (x + left) / s; NULL if there is none.
AI void input_gradient_tile(const int kernel, const int stride, const int columns, const float *const *dy, size_t at,
                            const float *filters, float *out) {
  const int pixel = EFFNET_SLAB_CHANNELS;
  vf sum[DEPTHWISE_COLUMNS];
  UNROLL_FOR (int n = 0; n < columns; n++) sum[n] = broadcast(0.0f);
  for (int i = 0; i < kernel; i++) {
    if (!dy[i]) continue;
    const float *row = dy[i] + at * pixel, *w = filters + i * kernel * pixel;
    vf tap[5];
    UNROLL_FOR (int j = 0; j < kernel; j++) tap[j] = LOAD(w + j * pixel);
    UNROLL_FOR (int m = -((kernel - 1) / stride); m <= (columns - 1) / stride; m++) {
      vf in = LOAD(row + m * pixel);
      UNROLL_FOR (int j = 0; j < kernel; j++) {
        if (stride * m + j >= 0 && stride * m + j < columns) sum[stride * m + j] = FMA(in, tap[j], sum[stride * m + j]);
      }
    }
  }
  UNROLL_FOR (int n = 0; n < columns; n++) STORE(out + n * pixel, sum[n]);
}

/// The same for one column and any filter.
static void input_gradient_any(const effnet_window *w, const float *const *dy, size_t x, const float *filters,
                               float *out) {
  vf sum = broadcast(0.0f);
  for (size_t i = 0; i < w->kernel; i++) {
    if (!dy[i]) continue;
    for (size_t j = 0; j < w->kernel; j++) {
      size_t q = x + w->left - j; // wraps around before the image
      if ((ptrdiff_t)q < 0 || q % w->stride != 0 || q / w->stride >= w->output_width) continue;
      vf tap = LOAD(filters + (i * w->kernel + j) * SLAB);
      sum = FMA(LOAD(dy[i] + q / w->stride * SLAB), tap, sum);
    }
  }
  STORE(out, sum);
}

/// One row of the filter's gradient, of one vector of channels, over `rows` rows of the output:
/// dw[j] += Σ_pq x[p · s][q · s + j] · dy[p][q]. NULL rows of x are zeros.
AI void filter_gradient_row(const int kernel, const int stride, const int columns, const float *const *x,
                            const float *const *dy, size_t rows, size_t width, size_t channel, float *dw) {
  const int pixel = EFFNET_SLAB_CHANNELS;
  vf sum[2][5];
  UNROLL_FOR (int j = 0; j < kernel; j++) sum[0][j] = sum[1][j] = broadcast(0.0f);
  for (size_t p = 0; p < rows; p++) {
    if (!x[p * stride]) continue;
    const float *in = x[p * stride] + channel, *g = dy[p] + channel;
    // Elements past the end of a row are zero.
    for (size_t q = 0; q < width; q += columns, in += columns * stride * pixel, g += columns * pixel) {
      vf gradient[DEPTHWISE_COLUMNS];
      UNROLL_FOR (int n = 0; n < columns; n++) gradient[n] = LOAD(g + n * pixel);
      UNROLL_FOR (int m = 0; m < (columns - 1) * stride + kernel; m++) {
        vf v = LOAD(in + m * pixel);
        UNROLL_FOR (int j = 0; j < kernel; j++) {
          if (m >= j && (m - j) % stride == 0 && (m - j) / stride < columns)
            sum[(m - j) / stride & 1][j] = FMA(v, gradient[(m - j) / stride], sum[(m - j) / stride & 1][j]);
        }
      }
    }
  }
  UNROLL_FOR (int j = 0; j < kernel; j++) STORE(dw + j * pixel, LOAD(dw + j * pixel) + (sum[0][j] + sum[1][j]));
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
DEFINE_GRADIENTS(3, 1)
DEFINE_GRADIENTS(3, 2)
DEFINE_GRADIENTS(5, 1)
DEFINE_GRADIENTS(5, 2)
static const filter_gradient_function filter_gradients[2][2] = {{filter_gradient_3_1, filter_gradient_3_2},
                                                                {filter_gradient_5_1, filter_gradient_5_2}};
static const input_gradient_function input_gradients[2][2] = {{input_gradient_3_1, input_gradient_3_2},
                                                              {input_gradient_5_1, input_gradient_5_2}};

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

#define BLOCK_PIXELS 56 // in narrow images, several rows are processed at a time
#define BLOCK_ROWS 8

/// Scratch memory of backward: rings of rows of the input's values, of their activation's slopes,
/// and of the output's gradient, and one row of the input's gradient. Columns are pixels of a slab.
typedef struct depthwise_rings {
  size_t block;             // rows of the output that are processed at a time
  size_t margin;            // columns that tiles may read left and right of the gradient
  size_t x_rows, x_columns; // rows are powers of two
  size_t dy_rows, dy_columns;
  size_t line; // columns of the row of the input's gradient
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
  size_t reached = (w->left + w->input_width) / w->stride + 1; // the output may be narrower than this
  r.dy_columns = (reached > w->output_width ? reached : w->output_width) + 2 * r.margin;
  r.line = w->input_width + w->stride + DEPTHWISE_COLUMNS;
  return r;
}

/// The number of floats of scratch memory that backward needs.
static size_t depthwise_scratch(const effnet_window *w) {
  depthwise_rings r = depthwise_rings_of(w);
  return (r.x_rows * (r.x_columns + w->input_width) + r.dy_rows * r.dy_columns + r.line) * SLAB;
}

/// Adds the gradients of the filters and of the bias for a block of output rows.
static void add_filter_gradient(const effnet_depthwise_backward *b, const float *const *x, const float *const *dy,
                                size_t rows) {
  const effnet_training_depthwise *d = &b->forward;
  const effnet_window *w = &d->window;
  for (size_t c = 0; c < d->width; c += VECTOR_FLOATS) {
    for (size_t i = 0; i < w->kernel && b->dw; i++) {
      float *dw = b->dw + i * w->kernel * SLAB + c;
      if (is_common(w))
        filter_gradients[w->kernel == 5][w->stride - 1](x + i, dy, rows, w->output_width, c, dw);
      else
        filter_gradient_any(w, x + i, dy, rows, c, dw);
    }
    if (!b->dbias) continue;
    float *dbias = b->dbias + d->channel + c;
    vf sum = broadcast(0.0f);
    for (size_t p = 0; p < rows; p++)
      for (size_t q = 0; q < w->output_width; q++) sum += LOAD(dy[p] + q * SLAB + c);
    STORE(dbias, LOAD(dbias) + sum);
  }
}

#undef FILTER_COLUMNS
#undef DEFINE_GRADIENTS
#undef BLOCK_PIXELS
