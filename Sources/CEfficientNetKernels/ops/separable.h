// Expansion (or stem) and depthwise convolution in one: only a few rows of the expanded map exist
// at a time.

/// Row `r` of the depthwise convolution's input, for the channels of the slab: EFFNET_SLAB_CHANNELS
/// elements for each pixel.
static void NAME(make_row)(const effnet_separable *s, size_t r, ring_element *out, prefetch_cursor *next) {
  size_t pixels = s->window.input_width;
  if (s->source == EFFNET_STORED) {
    for (size_t q = 0; q < pixels; q++) {
      const element *x = element_of(s->x, PRECISION, r * pixels + q, s->channel);
      for (size_t c = 0; c < s->width; c += VECTOR_FLOATS) {
        vf in = LOAD_ELEMENTS(x + c);
        in = code_of_element(PRECISION, in, s->filter_bias, s->columns, EFFNET_INPUT_ZERO, s->channel + c);
        STORE_RING(out + q * EFFNET_SLAB_CHANNELS + c, in);
      }
    }
    return;
  }
  for (size_t column = s->channel; column < s->channel + s->width; column += PANEL_VECTORS * VECTOR_FLOATS) {
    panel_shape panel = shape_of_panel(s->columns, s->outputs, column);
    gemm_tile tile = {
        .bias = s->bias + column,
        .y = out + (column - s->channel),
        .y_stride = EFFNET_SLAB_CHANNELS,
        .outer = 1,
        .inner = 1,
        .activation = s->source_activation,
        .y_precision = RING_PRECISION,
        .columns = s->columns,
        .rounds = PRECISION == EFFNET_INT8,
    };
    if (s->source == EFFNET_EXPANDED) {
      size_t depth = WORDS(s->depth);
      tile.x = element_of(s->x, PRECISION, r * pixels, 0);
      tile.w = (const float *)s->w + column * depth;
      tile.x_stride = s->x.slab / ELEMENTS_PER_WORD;
      tile.depth = tile.last_depth = depth;
      NAME(gemm_rows)(tile, pixels, panel, next);
    } else {
      // The stem's images and weights are 32-bit floats in all precisions.
      const effnet_window *w = &s->stem_window;
      convolution_row_f32 row = {
          .image = s->x.data,
          .w = (const float *)s->w + column * w->kernel * w->kernel * s->depth,
          .channels = s->depth,
          .stride = s->x.slab,
          .window = *w,
          .tile = tile,
      };
      convolve_row_f32(&row, panel, r, next);
    }
  }
}

static void NAME(separable)(const effnet_separable *s) {
  const effnet_window *w = &s->window;
  prefetch_cursor next = {.list = &s->next};
  size_t row_elements = s->ring_width * EFFNET_SLAB_CHANNELS, mask = s->ring_rows - 1;
  ring_element *ring = (ring_element *)s->ring;
  size_t needed = (w->output_width - 1) * w->stride + w->kernel, right = w->left + w->input_width;
  for (size_t r = 0; r < s->ring_rows; r++) {
    ring_element *row = ring + r * row_elements;
    memset(row, 0, w->left * EFFNET_SLAB_CHANNELS * sizeof *row);
    if (needed > right)
      memset(row + right * EFFNET_SLAB_CHANNELS, 0, (needed - right) * EFFNET_SLAB_CHANNELS * sizeof *row);
  }
  const void *rows[EFFNET_MAXIMUM_KERNEL];
  depthwise_function row_kernel = NAME(choose_depthwise)(w->kernel, w->stride, w->output_width);
  depthwise_row d = {
      .rows = rows,
      .filters = s->filters,
      .bias = s->filter_bias + s->channel,
      .kernel = w->kernel,
      .stride = w->stride,
      .outputs = w->output_width,
      .width = s->width,
      .y_stride = s->y.slab,
      .columns = s->columns,
      .activation = s->activation,
  };
#ifdef SUMS_IN_FLOAT16
  half_filters converted;
  if (NAME(is_tiled)(w->kernel, w->stride)) d.half_filters = NAME(convert_filters)(s->filters, w->kernel, &converted);
#endif
  size_t made = 0; // all earlier rows are made or not needed
  for (size_t p = s->row_begin; p < s->row_end; p++) {
    size_t first = p * w->stride - w->top; // may be above the image
    taps_inside(first, w->kernel, w->input_height, &d.tap_begin, &d.tap_end);
    if (made < first + d.tap_begin) made = first + d.tap_begin;
    for (; made < first + d.tap_end; made++)
      NAME(make_row)(s, made, ring + (made & mask) * row_elements + w->left * EFFNET_SLAB_CHANNELS, &next);
    for (size_t i = d.tap_begin; i < d.tap_end; i++) rows[i] = ring + ((first + i) & mask) * row_elements;
    d.y = element_of(s->y, PRECISION, p * w->output_width, s->channel);
    d.sums = s->sums ? s->sums + p * s->columns + s->channel : NULL;
    row_kernel(&d);
  }
}
