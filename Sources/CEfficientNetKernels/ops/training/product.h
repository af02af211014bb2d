// Convolutions over all channels, 1×1 and larger, forward and backward, as matrix products over
// blocks of pixels. The inputs of a block are a matrix of words: a part of the map, a view of it,
// or the pixels under the filter side by side.

/// Gathers the pixels under the filter for output pixels `begin ..< end`: rows of kernel² ·
/// channels elements, in whole words.
static void NAME(gather_rows)(const effnet_training_product *p, size_t begin, size_t end, element *out) {
  const effnet_window *w = &p->window;
  size_t channels = p->depth, stride = p->x.y.slab, depth = depth_of(p);
  for (size_t pixel = begin; pixel < end; pixel++) {
    size_t top = pixel / w->output_width * w->stride - w->top, left = pixel % w->output_width * w->stride - w->left;
    for (size_t i = 0; i < w->kernel; i++) {
      size_t row = top + i; // wraps around before the image
      if (row >= w->input_height) {
        memset(out, 0, w->kernel * channels * sizeof(element));
        out += w->kernel * channels;
        continue;
      }
      const element *x = (const element *)p->x.y.data + row * w->input_width * stride;
      if (stride == channels && left < w->input_width && left + w->kernel <= w->input_width) {
        memcpy(out, x + left * stride, w->kernel * channels * sizeof(element));
        out += w->kernel * channels;
        continue;
      }
      for (size_t j = 0; j < w->kernel; j++, out += channels) {
        if (left + j < w->input_width)
          memcpy(out, x + (left + j) * stride, channels * sizeof(element));
        else
          memset(out, 0, channels * sizeof(element));
      }
    }
    for (size_t k = depth; k < WORDS(depth) * ELEMENTS_PER_WORD; k++) *out++ = 0;
  }
}

/// Adds rows of floats, in the layout of gather_rows, to their pixels. Each addition is rounded.
static void NAME(scatter_rows)(const effnet_training_product *p, size_t begin, size_t end, const float *rows,
                               size_t row_stride, effnet_map dx) {
  const effnet_window *w = &p->window;
  size_t channels = p->depth;
  for (size_t pixel = begin; pixel < end; pixel++, rows += row_stride) {
    size_t top = pixel / w->output_width * w->stride - w->top, left = pixel % w->output_width * w->stride - w->left;
    const float *in = rows;
    for (size_t i = 0; i < w->kernel; i++) {
      for (size_t j = 0; j < w->kernel; j++, in += channels) {
        size_t row = top + i, column = left + j;
        if (row >= w->input_height || column >= w->input_width) continue;
        element *x = (element *)dx.data + (row * w->input_width + column) * dx.slab;
        for (size_t c = 0; c < channels; c++) ADD_TO_ELEMENT(x + c, in[c]);
      }
    }
  }
}

/// The inputs of pixels `begin ..< end` as a matrix: in the map itself if its layout fits,
/// otherwise in scratch memory.
static word_matrix NAME(input_rows)(const effnet_training_product *p, size_t begin, size_t end) {
  const effnet_view *v = &p->x;
  if (p->window.kernel > 1 || p->window.stride > 1) {
    NAME(gather_rows)(p, begin, end, (element *)p->scratch);
    size_t words = WORDS(depth_of(p));
    return (word_matrix){p->scratch, words, words, 0};
  }
  size_t width = v->y.slab, words = WORDS(width), run = TRAINING_ROWS * words;
  if (!v->scale && !v->shift && !v->gate && v->activation == EFFNET_IDENTITY && width >= p->depth)
    return (word_matrix){element_of(v->y, PRECISION, begin, 0), words, words, 0};
  for (size_t channel = 0; channel < p->depth; channel += width) {
    size_t left = (p->depth + EFFNET_CHANNEL_BLOCK - 1) / EFFNET_CHANNEL_BLOCK * EFFNET_CHANNEL_BLOCK - channel;
    NAME(view_elements)(v, channel, left < width ? left : width, begin, end,
                        (element *)(p->scratch + channel / width * run), width);
  }
  return (word_matrix){p->scratch, words, words, run};
}

/// Adds the rows of one slab of the next block of pixels to the prefetch list.
static void NAME(fetch_rows)(effnet_prefetch *list, size_t place, effnet_map map, size_t channel, size_t pixel,
                             size_t pixels) {
  size_t left = pixels - pixel, rows = left < TRAINING_ROWS ? left : TRAINING_ROWS;
  list->places[place].data = element_of(map, PRECISION, pixel, channel);
  list->places[place].bytes = rows * map.slab * sizeof(element);
}

/// The prefetch list for the multiplication of panel `panel` of `panels`: the next block's output,
/// if it fills slabs, and a share of the next block's input.
static effnet_prefetch NAME(fetched_with)(size_t panel, size_t panels, effnet_map y, size_t pixel, size_t pixels,
                                          const next_reads *reads) {
  effnet_prefetch list = {0};
  size_t place = 0, room = sizeof list.places / sizeof list.places[0];
  if (y.slab == PANEL_VECTORS * VECTOR_FLOATS && pixel < pixels)
    NAME(fetch_rows)(&list, place++, y, panel * y.slab, pixel, pixels);
  if (!reads || reads->pixel >= reads->pixels) return list;
  for (size_t slab = panel; slab * reads->maps[0]->slab < reads->channels; slab += panels)
    for (size_t n = 0; n < 2 && reads->maps[n]; n++)
      if (place < room)
        NAME(fetch_rows)(&list, place++, *reads->maps[n], slab * reads->maps[n]->slab, reads->pixel, reads->pixels);
  return list;
}

/// rows × weights for all panels of `columns` columns. `w` is packed as for effnet_product, with
/// `depth` inputs. `y`, of elements or floats, has `pixels` rows.
static void NAME(multiply_rows)(word_matrix x, size_t rows, const float *w, const float *bias, size_t depth,
                                size_t columns, effnet_map y, effnet_precision y_precision, size_t pixel, size_t pixels,
                                const void *residual, const next_reads *reads) {
  const size_t panel = PANEL_VECTORS * VECTOR_FLOATS, words = WORDS(depth);
  size_t runs = (words + x.run - 1) / x.run, panels = (columns + panel - 1) / panel;
  for (size_t column = 0; column < columns; column += panel) {
    const effnet_prefetch list = NAME(fetched_with)(column / panel, panels, y, pixel + rows, pixels, reads);
    prefetch_cursor next = {.list = &list};
    gemm_tile tile = {
        .x = x.data,
        .w = w + column * words,
        .bias = bias + column,
        .residual = residual_of(residual, y, y_precision, pixel, column),
        .y = element_of(y, y_precision, pixel, column),
        .x_stride = x.stride,
        .y_stride = y.slab,
        .outer = 1,
        .inner = runs,
        .x_inner = x.run_stride,
        .w_inner = x.run,
        .depth = x.run,
        .last_depth = words - (runs - 1) * x.run,
        .activation = EFFNET_IDENTITY,
        .y_precision = y_precision,
    };
    NAME(gemm_rows)(tile, rows, shape_of_panel(columns, columns, column), &next);
  }
}

/// y = x · w + bias, and the moments of each channel of y unless `sum` is NULL.
static void NAME(product_forward)(const effnet_training_product *p) {
  size_t pixels = pixels_of(p);
  if (p->sum) {
    memset(p->sum, 0, p->columns * sizeof(float));
    memset(p->square, 0, p->columns * sizeof(float));
  }
  for (size_t begin = 0; begin < pixels; begin += TRAINING_ROWS) {
    size_t end = begin + TRAINING_ROWS < pixels ? begin + TRAINING_ROWS : pixels;
    word_matrix x = NAME(input_rows)(p, begin, end);
    const next_reads reads = {{&p->x.y}, p->depth, end, pixels};
    NAME(multiply_rows)(x, end - begin, p->w, p->bias, depth_of(p), p->columns, p->y, PRECISION, begin, pixels, NULL,
                        p->window.kernel > 1 || p->window.stride > 1 ? NULL : &reads);
    if (!p->sum) continue;
    for (size_t channel = 0; channel < p->columns; channel += p->y.slab) {
      size_t left = p->columns - channel;
      NAME(add_moments)(element_of(p->y, PRECISION, begin, channel), end - begin, p->y.slab,
                        left < p->y.slab ? left : p->y.slab, p->sum + channel, p->square + channel);
    }
  }
}

/// Packs `count` rows of elements for the gradient of weights, whose sums run over rows: each word
/// holds elements of consecutive rows. If an element is a word, the rows are used as they are,
/// otherwise `scratch` holds the result.
static word_matrix NAME(stacked_rows)(const float *rows, size_t stride, size_t width, size_t count, float *scratch) {
#if ELEMENTS_PER_WORD == 1
  (void)width, (void)count, (void)scratch;
  return (word_matrix){rows, stride, stride, 0};
#else
  static const element zeros[EFFNET_CHANNEL_BLOCK];
  size_t padded = (width + EFFNET_CHANNEL_BLOCK - 1) / EFFNET_CHANNEL_BLOCK * EFFNET_CHANNEL_BLOCK;
  for (size_t m = 0; m < count; m += 2) {
    const element *row = (const element *)(rows + m * stride), *below = (const element *)(rows + (m + 1) * stride);
    float *out = scratch + m / 2 * padded;
    for (size_t c = 0; c < width; c += VECTOR_FLOATS)
      STORE(out + c, pair_halves(row + c, m + 1 < count ? below + c : zeros));
  }
  return (word_matrix){scratch, padded, padded, 0};
#endif
}

/// d[k, n] += Σ_m x[m, k] · dy[m, n] for `rows` inputs and `vectors` vectors of outputs, held in
/// registers, over `count` rows of words; see stacked_rows.
AI void NAME(weight_gradient_tile)(const int rows, const int vectors, size_t count, const float *restrict x,
                                   size_t x_stride, const float *restrict dy, size_t dy_stride, float *restrict d,
                                   size_t d_stride, const char *next) {
  vf sum[GEMM_ROWS][PANEL_VECTORS];
  UNROLL_FOR (int i = 0; i < rows; i++)
    UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = LOAD(d + i * d_stride + j * VECTOR_FLOATS);
  for (size_t m = 0; m < count; m++, x += x_stride, dy += dy_stride) {
    vf b[PANEL_VECTORS];
    UNROLL_FOR (int j = 0; j < vectors; j++) b[j] = LOAD(dy + j * VECTOR_FLOATS);
    __builtin_prefetch(next, 0, 2);
    next += 64;
    UNROLL_FOR (int i = 0; i < rows; i++) {
      vf a = broadcast(x[i]);
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = MULTIPLY_ADD(a, b[j], sum[i][j]);
    }
  }
  UNROLL_FOR (int i = 0; i < rows; i++)
    UNROLL_FOR (int j = 0; j < vectors; j++) STORE(d + i * d_stride + j * VECTOR_FLOATS, sum[i][j]);
}

#define DEFINE_WEIGHT_GRADIENT(rows, vectors)                                                                          \
  static __attribute__((noinline)) void NAME(weight_gradient_##rows##x##vectors)(                                      \
      size_t count, const float *x, size_t x_stride, const float *dy, size_t dy_stride, float *d, size_t d_stride,     \
      const char *next) {                                                                                              \
    NAME(weight_gradient_tile)(rows, vectors, count, x, x_stride, dy, dy_stride, d, d_stride, next);                   \
  }
#define WEIGHT_GRADIENT(rows, vectors) NAME(weight_gradient_##rows##x##vectors)
#if GEMM_ROWS == 6
#define DEFINE_WEIGHT_GRADIENTS(v)                                                                                     \
  DEFINE_WEIGHT_GRADIENT(1, v)                                                                                         \
  DEFINE_WEIGHT_GRADIENT(2, v)                                                                                         \
  DEFINE_WEIGHT_GRADIENT(3, v)                                                                                         \
  DEFINE_WEIGHT_GRADIENT(4, v)                                                                                         \
  DEFINE_WEIGHT_GRADIENT(5, v)                                                                                         \
  DEFINE_WEIGHT_GRADIENT(6, v)
#define WEIGHT_GRADIENTS(v)                                                                                            \
  {WEIGHT_GRADIENT(1, v), WEIGHT_GRADIENT(2, v), WEIGHT_GRADIENT(3, v),                                                \
   WEIGHT_GRADIENT(4, v), WEIGHT_GRADIENT(5, v), WEIGHT_GRADIENT(6, v)}
#elif GEMM_ROWS == 4
#define DEFINE_WEIGHT_GRADIENTS(v)                                                                                     \
  DEFINE_WEIGHT_GRADIENT(1, v)                                                                                         \
  DEFINE_WEIGHT_GRADIENT(2, v)                                                                                         \
  DEFINE_WEIGHT_GRADIENT(3, v)                                                                                         \
  DEFINE_WEIGHT_GRADIENT(4, v)
#define WEIGHT_GRADIENTS(v) {WEIGHT_GRADIENT(1, v), WEIGHT_GRADIENT(2, v), WEIGHT_GRADIENT(3, v), WEIGHT_GRADIENT(4, v)}
#endif

#if PANEL_VECTORS == 3
DEFINE_WEIGHT_GRADIENTS(1)
DEFINE_WEIGHT_GRADIENTS(2)
DEFINE_WEIGHT_GRADIENTS(3)
static const weight_gradient_function NAME(weight_gradients)[PANEL_VECTORS + 1][GEMM_ROWS] = {
    [1] = WEIGHT_GRADIENTS(1), [2] = WEIGHT_GRADIENTS(2), [3] = WEIGHT_GRADIENTS(3)};
#elif PANEL_VECTORS == 2
DEFINE_WEIGHT_GRADIENTS(2)
static const weight_gradient_function NAME(weight_gradients)[PANEL_VECTORS + 1][GEMM_ROWS] = {[2] =
                                                                                                  WEIGHT_GRADIENTS(2)};
#elif PANEL_VECTORS == 4
DEFINE_WEIGHT_GRADIENTS(4)
static const weight_gradient_function NAME(weight_gradients)[PANEL_VECTORS + 1][GEMM_ROWS] = {[4] =
                                                                                                  WEIGHT_GRADIENTS(4)};
#elif PANEL_VECTORS == 16
DEFINE_WEIGHT_GRADIENTS(16)
static const weight_gradient_function NAME(weight_gradients)[PANEL_VECTORS + 1][GEMM_ROWS] = {[16] =
                                                                                                  WEIGHT_GRADIENTS(16)};
#endif

/// d[k, n] += Σ_m x[m, k] · dy[m, n] for `depth` inputs and `columns` outputs, over `count` rows of
/// words.
static void NAME(add_weight_gradient)(word_matrix x, size_t depth, word_matrix dy, size_t columns, size_t count,
                                      float *d, size_t d_stride, prefetch_cursor *next) {
  for (size_t column = 0; column < columns; column += PANEL_VECTORS * VECTOR_FLOATS) {
    const weight_gradient_function *functions = NAME(weight_gradients)[panel_vectors(columns, column)];
    for (size_t k = 0; k < depth; k += GEMM_ROWS) {
      size_t left = depth - k, height = left < GEMM_ROWS ? left : GEMM_ROWS;
      const char *upcoming = take(next, 64 * count);
      functions[height - 1](count, x.data + k, x.stride, dy.data + column, dy.stride, d + k * d_stride + column,
                            d_stride, upcoming ? upcoming : (const char *)dy.data);
    }
  }
}

/// Adds the sums of `rows` rows of elements to the gradient of a bias.
static void NAME(add_bias_gradient)(const element *dy, size_t rows, size_t stride, size_t count, float *dbias) {
  for (size_t c = 0; c < count; c += VECTOR_FLOATS) {
    vf sum = broadcast(0.0f);
    for (size_t r = 0; r < rows; r++) sum += LOAD_ELEMENTS(dy + r * stride + c);
    STORE(dbias + c, LOAD(dbias + c) + sum);
  }
}

/// Backward of a product with a stored input. The gradient of its output, columns `column_begin ..<
/// column_end`, is computed a block of pixels at a time and used for both gradients.
static void NAME(product_backward)(const effnet_product_backward *b) {
  const effnet_training_product *p = &b->forward;
  const effnet_gradient *d = &b->gradient;
  size_t pixels = pixels_of(p), depth = depth_of(p), columns = p->columns, slab = d->view.y.slab;
  size_t width = slab < columns ? slab : columns, words = WORDS(width);
  bool gathers = p->window.kernel > 1 || p->window.stride > 1;
  if (b->dx.data && gathers && !b->accumulates)
    memset(b->dx.data, 0, p->window.input_height * p->window.input_width * b->dx.slab * sizeof(element));
  for (size_t begin = 0; begin < pixels; begin += TRAINING_ROWS) {
    size_t end = begin + TRAINING_ROWS < pixels ? begin + TRAINING_ROWS : pixels, rows = end - begin;
    word_matrix x = {0}, dy = {b->dy_scratch, words, words, TRAINING_ROWS * words};
    if (b->dy.data) dy = (word_matrix){element_of(b->dy, PRECISION, begin, 0), words, words, WORDS(b->dy.slab_stride)};
    if (b->dw) {
      x = NAME(input_rows)(p, begin, end);
      x = NAME(stacked_rows)(x.data, x.stride, depth, rows, b->x_stack);
    }
    for (size_t channel = b->column_begin; channel < b->column_end; channel += width) {
      size_t left = b->column_end - channel, count = left < width ? left : width;
      float *part = (float *)dy.data + channel / width * dy.run_stride;
      if (!b->has_dy) NAME(gradient_elements)(d, channel, count, begin, end, (element *)part, width);
      if (b->dbias) NAME(add_bias_gradient)((const element *)part, rows, width, count, b->dbias + channel);
      if (!b->dw) continue;
      effnet_prefetch list = {0}; // the next block's reads of this slab
      if (end < pixels) NAME(fetch_rows)(&list, 0, d->view.y, channel, end, pixels);
      if (end < pixels && d->g.data && d->g.slab == slab) NAME(fetch_rows)(&list, 1, d->g, channel, end, pixels);
      prefetch_cursor next = {.list = &list};
      word_matrix stacked = NAME(stacked_rows)(part, words, count, rows, b->dy_stack);
      NAME(add_weight_gradient)(x, depth, stacked, count, WORDS(rows), b->dw + channel, columns, &next);
    }
    if (!b->dx.data) continue;
    next_reads reads = {{&d->view.y, d->g.data && d->g.slab == slab ? &d->g : NULL}, columns, end, pixels};
    if (b->has_dy) reads = (next_reads){{&b->dy}, columns, end, pixels};
    if (b->dw) reads.pixels = 0; // already prefetched
    if (gathers) {
      size_t padded = (depth + EFFNET_CHANNEL_BLOCK - 1) / EFFNET_CHANNEL_BLOCK * EFFNET_CHANNEL_BLOCK;
      effnet_map rows_map = {b->dx_scratch, padded, 0};
      NAME(multiply_rows)(dy, rows, b->transposed, b->zeros, columns, padded, rows_map, EFFNET_FLOAT32, 0, rows, NULL,
                          &reads);
      NAME(scatter_rows)(p, begin, end, b->dx_scratch, padded, b->dx);
    } else {
      NAME(multiply_rows)(dy, rows, b->transposed, b->zeros, columns, b->dx.slab, b->dx, PRECISION, begin, pixels,
                          b->accumulates ? b->dx.data : NULL, &reads);
    }
  }
}

#undef DEFINE_WEIGHT_GRADIENT
#undef WEIGHT_GRADIENT
#undef DEFINE_WEIGHT_GRADIENTS
#undef WEIGHT_GRADIENTS
