// Depthwise convolutions on slabs of channels, row by row, as in inference. The last rows are kept
// in rings of rows of floats.

/// Computes the rows of one slab, y = Σ_ij value[p·s + i − top, q·s + j − left] · w[i, j], and the
/// moments of each channel of y.
static void NAME(depthwise_forward)(const effnet_training_depthwise *d) {
  static const float zeros[EFFNET_SLAB_CHANNELS];
  const effnet_window *w = &d->window;
  size_t row_floats = d->ring_width * EFFNET_SLAB_CHANNELS, mask = d->ring_rows - 1;
  clear_margins(d->scratch, d->ring_rows, d->ring_width, w->left, w->input_width);
  const void *rows[EFFNET_MAXIMUM_KERNEL];
  depthwise_function row_kernel = NAME(choose_depthwise)(w->kernel, w->stride, w->output_width);
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
      NAME(view_floats)(&d->x, d->channel, d->width, made * w->input_width, (made + 1) * w->input_width, out,
                        EFFNET_SLAB_CHANNELS);
    }
    for (size_t i = row.tap_begin; i < row.tap_end; i++) rows[i] = d->scratch + ((first + i) & mask) * row_floats;
    row.y = element_of(d->y, PRECISION, p * w->output_width, d->channel);
    row_kernel(&row);
    if (d->sum) NAME(add_moments)(row.y, w->output_width, d->y.slab, d->width, sum, square);
  }
}

AI void NAME(slope_group)(const effnet_activation act, const int vectors, const effnet_view *v, size_t channel,
                          size_t begin, size_t count, float *value, float *slope) {
  const element *y = element_of(v->y, PRECISION, begin, channel);
  view_channels k[GROUP_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
  for (size_t p = 0; p < count; p++, y += v->y.slab, value += SLAB, slope += SLAB) {
    NAME(fetch_pixel)(y, v->y.slab, vectors);
    UNROLL_FOR (int j = 0; j < vectors; j++) {
      vf u = FMA(LOAD_ELEMENTS(y + j * VECTOR_FLOATS), k[j].scale, k[j].shift);
      vf open, derived;
      activate_with_slope(act, u, &open, &derived);
      STORE(value + j * VECTOR_FLOATS, open);
      STORE(slope + j * VECTOR_FLOATS, derived);
    }
  }
}

/// One row of the input's values and of its activation's slopes.
static void NAME(value_row)(const effnet_depthwise_backward *b, size_t row, float *value, float *slope) {
  const effnet_training_depthwise *d = &b->forward;
  size_t columns = d->window.input_width, begin = row * columns;
  if (!b->sum) return NAME(view_floats)(&d->x, d->channel, d->width, begin, begin + columns, value, SLAB);
  FOR_ACTIVATION(d->x.activation, {FOR_GROUPS(d->width, {
                   NAME(slope_group)(act, vectors, &d->x, d->channel + c, begin, columns, value + c, slope + c);
                 })})
}

/// One row of the input's gradient before its activation, dx · slope, and its sums; see
/// reduce_gradient.
AI void NAME(finish_group)(const int vectors, const effnet_depthwise_backward *b, size_t channel, size_t begin,
                           const float *dx, const float *slope) {
  const effnet_training_depthwise *d = &b->forward;
  const element *y = element_of(d->x.y, PRECISION, begin, channel);
  element *g = element_of(b->g, PRECISION, begin, channel);
  vf mean[GROUP_VECTORS], sum[GROUP_VECTORS], product[GROUP_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    mean[j] = LOAD(b->mean + channel + j * VECTOR_FLOATS);
    sum[j] = product[j] = broadcast(0.0f);
  }
  for (size_t q = 0; q < d->window.input_width; q++, dx += SLAB, slope += SLAB, y += d->x.y.slab, g += b->g.slab) {
    NAME(fetch_pixel)(g, b->g.slab, vectors); // to be written
    UNROLL_FOR (int j = 0; j < vectors; j++) {
      vf v = LOAD(dx + j * VECTOR_FLOATS) * LOAD(slope + j * VECTOR_FLOATS);
      STORE_ELEMENTS(g + j * VECTOR_FLOATS, v);
      sum[j] += v;
      product[j] = FMA(v, LOAD_ELEMENTS(y + j * VECTOR_FLOATS) - mean[j], product[j]);
    }
  }
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    float *s = b->sum + channel + j * VECTOR_FLOATS, *t = b->product + channel + j * VECTOR_FLOATS;
    STORE(s, LOAD(s) + sum[j]);
    STORE(t, LOAD(t) + product[j]);
  }
}

/// One row of the input's gradient.
static void NAME(input_gradient_row)(const effnet_depthwise_backward *b, size_t row, const float *const *dy,
                                     const float *slope, float *line) {
  const effnet_training_depthwise *d = &b->forward;
  const effnet_window *w = &d->window;
  size_t width = w->input_width, lead = w->left % w->stride; // the first tile's columns before the image
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
    FOR_GROUPS(d->width, { NAME(finish_group)(vectors, b, d->channel + c, begin, dx + c, slope + c); })
    return;
  }
  for (size_t q = 0; q < width; q++, dx += SLAB) {
    element *g = element_of(b->g, PRECISION, begin + q, d->channel);
    for (size_t c = 0; c < d->width; c += VECTOR_FLOATS)
      STORE_ELEMENTS(g + c, b->accumulates ? LOAD_ELEMENTS(g + c) + LOAD(dx + c) : LOAD(dx + c));
  }
}

/// Backward of one slab. Adds the filters' gradients to `dw`. For a view, `g` gets the gradient
/// before its activation, and `sum` and `product` its sums (see reduce_gradient); for a stored map,
/// `g` gets its gradient.
static void NAME(depthwise_backward)(const effnet_depthwise_backward *b) {
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
  size_t made = 0, done = 0; // rows of the input with values, and rows with a gradient
  for (size_t begin = 0; begin < w->output_height; begin += ring.block) {
    size_t end = begin + ring.block < w->output_height ? begin + ring.block : w->output_height;
    const float *dy[BLOCK_ROWS], *x[BLOCK_ROWS * 2 + EFFNET_MAXIMUM_KERNEL];
    for (size_t p = begin; p < end; p++) {
      float *row = dys + (p & dy_mask) * dy_row;
      NAME(gradient_floats)(&b->gradient, d->channel, d->width, p * w->output_width, (p + 1) * w->output_width, row,
                            SLAB);
      dy[p - begin] = row;
    }
    size_t rows = (end - begin - 1) * w->stride + w->kernel;
    for (size_t i = 0; i < rows; i++) {
      size_t r = begin * w->stride + i - w->top; // wraps around above the image
      x[i] = r < w->input_height ? values + (r & x_mask) * x_row : NULL;
      for (; r < w->input_height && made <= r; made++)
        NAME(value_row)(b, made, values + (made & x_mask) * x_row + w->left * SLAB,
                        slopes + (made & x_mask) * slope_row);
    }
    add_filter_gradient(b, x, dy, end - begin);
    if (!b->g.data) continue;
    // Rows that no later row of the output needs.
    for (; done < w->input_height && (end == w->output_height || done + w->top < end * w->stride); done++) {
      for (; made <= done; made++)
        NAME(value_row)(b, made, values + (made & x_mask) * x_row + w->left * SLAB,
                        slopes + (made & x_mask) * slope_row);
      const float *under[EFFNET_MAXIMUM_KERNEL];
      for (size_t i = 0; i < w->kernel; i++) {
        size_t r = done + w->top - i;
        bool is_inside = (ptrdiff_t)r >= 0 && r % w->stride == 0 && r / w->stride < w->output_height;
        under[i] = is_inside ? dys + (r / w->stride & dy_mask) * dy_row : NULL;
      }
      NAME(input_gradient_row)(b, done, under, slopes + (done & x_mask) * slope_row, line);
    }
  }
}
