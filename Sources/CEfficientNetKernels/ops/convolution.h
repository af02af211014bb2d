// Convolutions with a square filter over all channels: a matrix product whose runs of inputs are
// the filter's taps inside the image.

/// The data of a convolution that one row of outputs needs.
typedef struct NAME(convolution_row) {
  const element *image;
  const float *w;          // the panel
  size_t channels, stride; // of a pixel: the number of channels, and the elements to the next pixel
  effnet_window window;
  gemm_tile tile; // of the first output of the row
} NAME(convolution_row);

/// The start of sums of codes, four in a word, that lack the taps outside the image.
static void NAME(start_sums)(const NAME(convolution_row) *row, size_t vectors, size_t i_begin, size_t i_end,
                             size_t j_begin, size_t j_end, float *start) {
  const gemm_tile *t = &row->tile;
  size_t kernel = row->window.kernel, depth = WORDS(row->channels), panel = vectors * VECTOR_FLOATS;
  uint32_t zeros = (uint8_t)t->codes->input_zero * 0x01010101u;
  float word;
  memcpy(&word, &zeros, sizeof word);
  for (size_t n = 0; n < panel; n += VECTOR_FLOATS) {
    vf sum = constant(t->bias, t->columns, EFFNET_SUM_START, n);
    for (size_t i = 0; i < kernel; i++)
      for (size_t j = 0; j < kernel; j++) {
        if (i >= i_begin && i < i_end && j >= j_begin && j < j_end) continue;
        const float *w = row->w + (i * kernel + j) * depth * panel + n;
        for (size_t k = 0; k < depth; k++) sum = MULTIPLY_ADD(broadcast(word), LOAD(w + k * panel), sum);
      }
    STORE(start + n, sum);
  }
}

/// Outputs `begin ..< end` of row p, which all have the same taps inside the image.
static void NAME(convolve_outputs)(const NAME(convolution_row) *row, panel_shape panel, size_t p, size_t begin,
                                   size_t end, prefetch_cursor *next) {
  const effnet_window *w = &row->window;
  size_t i_begin, i_end, j_begin, j_end;
  taps_inside(p * w->stride - w->top, w->kernel, w->input_height, &i_begin, &i_end);
  taps_inside(begin * w->stride - w->left, w->kernel, w->input_width, &j_begin, &j_end);
  size_t first_row = p * w->stride + i_begin - w->top, first_column = begin * w->stride + j_begin - w->left;
  size_t depth = WORDS(row->channels), stride = row->stride / ELEMENTS_PER_WORD;
  // Pixels without padding between them form one run.
  size_t joined = depth == stride ? j_end - j_begin : 1;
  gemm_tile tile = row->tile;
  tile.x = (const float *)(row->image + (first_row * w->input_width + first_column) * row->stride);
  tile.w = row->w + (i_begin * w->kernel + j_begin) * depth * panel.vectors * VECTOR_FLOATS;
  tile.x_stride = w->stride * stride;
  tile.outer = i_end - i_begin;
  tile.inner = (j_end - j_begin) / joined;
  tile.x_outer = w->input_width * stride;
  tile.x_inner = stride;
  tile.w_outer = w->kernel * depth;
  tile.w_inner = depth;
  tile.depth = tile.last_depth = joined * depth;
  size_t y_skip = begin * tile.y_stride;
  tile.y = (char *)tile.y + y_skip * element_bytes(tile.y_precision);
  if (tile.residual) tile.residual = (const char *)tile.residual + y_skip * element_bytes(PRECISION);
  float start[PANEL_VECTORS * VECTOR_FLOATS];
  if (ELEMENTS_PER_WORD == 4 && (i_end - i_begin < w->kernel || j_end - j_begin < w->kernel)) {
    NAME(start_sums)(row, panel.vectors, i_begin, i_end, j_begin, j_end, start);
    tile.start = start;
  }
  NAME(gemm_rows)(tile, end - begin, panel, next);
}

/// All outputs of row p: those at the edges one by one, those between them at once.
static void NAME(convolve_row)(const NAME(convolution_row) *row, panel_shape panel, size_t p, prefetch_cursor *next) {
  const effnet_window *w = &row->window;
  size_t outputs = w->output_width, begin = (w->left + w->stride - 1) / w->stride, end = 0;
  if (w->input_width + w->left >= w->kernel) end = (w->input_width + w->left - w->kernel) / w->stride + 1;
  if (end > outputs) end = outputs;
  if (begin > end) begin = end;
  for (size_t q = 0; q < begin; q++) NAME(convolve_outputs)(row, panel, p, q, q + 1, next);
  if (begin < end) NAME(convolve_outputs)(row, panel, p, begin, end, next);
  for (size_t q = end; q < outputs; q++) NAME(convolve_outputs)(row, panel, p, q, q + 1, next);
}

static void NAME(convolution)(const effnet_convolution *c) {
  const effnet_window *w = &c->window;
  size_t depth = w->kernel * w->kernel * WORDS(c->input_channels);
  for (size_t panel = c->panel_begin; panel < c->panel_end; panel++) {
    size_t column = panel * PANEL_VECTORS * VECTOR_FLOATS;
    panel_shape shape = shape_of_panel(c->columns, c->outputs, column);
    effnet_prefetch list = upcoming_weights(c->w, c->columns, depth, column, panel + 1 == c->panel_end, &c->next);
    prefetch_cursor next = {.list = &list};
    for (size_t p = c->row_begin; p < c->row_end; p++) {
      size_t pixel = p * w->output_width;
      NAME(convolution_row) row = {
          .image = c->x.data,
          .w = (const float *)c->w + column * depth,
          .channels = c->input_channels,
          .stride = c->x.slab,
          .window = *w,
          .tile =
              {
                  .bias = c->bias + column,
                  .codes = codes_of(c->bias, c->columns),
                  .residual = residual_of(c->residual, c->y, PRECISION, pixel, column),
                  .y = element_of(c->y, c->y_precision, pixel, column),
                  .y_stride = c->y.slab,
                  .columns = c->columns,
                  .activation = c->activation,
                  .activates_sum = c->activates_sum && c->residual,
                  .y_precision = c->y_precision,
              },
      };
      NAME(convolve_row)(&row, shape, p, &next);
    }
  }
}
