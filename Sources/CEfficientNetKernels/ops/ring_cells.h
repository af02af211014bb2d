// The ring of int8 with four codes in a word: rows of cells, each with the codes of four pixels of
// EFFNET_SLAB_CHANNELS channels, a word for each channel. Behind the rows are one of zero points, which
// stands for rows outside the image, and one of codes without cells, for what a stem or a map yields.

typedef struct NAME(ring) {
  float *first;       // the cell of the first pixel of row 0
  const float *zeros; // the same of the row of zero points
  size_t row_elements, mask;
} NAME(ring);

/// Four times a zero point.
AI vf zero_cell(const effnet_codes *codes) {
  uint32_t zeros = (uint8_t)codes->input_zero * 0x01010101u;
  float word;
  memcpy(&word, &zeros, sizeof word);
  return broadcast(word);
}

/// The ring with zero points left and right of the image.
static NAME(ring) NAME(make_ring)(const effnet_separable *s) {
  const effnet_window *w = &s->window;
  size_t lead = (w->left + 3) / 4, inside = (w->input_width + 3) / 4, cells = s->ring_width / 4 + 3;
  NAME(ring) ring = {.row_elements = cells * EFFNET_SLAB_CHANNELS, .mask = s->ring_rows - 1};
  ring.first = s->ring + lead * EFFNET_SLAB_CHANNELS;
  ring.zeros = ring.first + s->ring_rows * ring.row_elements;
  vf zeros = zero_cell(codes_of(s->filter_bias, s->columns));
  for (size_t r = 0; r <= s->ring_rows; r++)
    for (size_t n = 0; n < cells; n++) {
      if (r < s->ring_rows && n >= lead && n < lead + inside) continue;
      float *cell = s->ring + r * ring.row_elements + n * EFFNET_SLAB_CHANNELS;
      for (size_t c = 0; c < EFFNET_SLAB_CHANNELS; c += VECTOR_FLOATS) STORE(cell + c, zeros);
    }
  return ring;
}

/// Pixels behind the last one of a row become zero points.
static void NAME(end_row)(const effnet_separable *s, float *out) {
  size_t pixels = s->window.input_width, inside = pixels % 4;
  if (inside == 0) return;
  vu kept = bits_of(broadcast(0.0f)) + (0xffffffffu >> (8 * (4 - inside)));
  vu zeros = bits_of(zero_cell(codes_of(s->filter_bias, s->columns))) & ~kept;
  float *cell = out + pixels / 4 * EFFNET_SLAB_CHANNELS;
  for (size_t c = 0; c < s->width; c += VECTOR_FLOATS)
    STORE(cell + c, float_of((bits_of(LOAD(cell + c)) & kept) | zeros));
}

/// A row of cells from codes, `stride` for each pixel.
static void NAME(make_cells)(const effnet_separable *s, const code_element *x, size_t stride, float *out) {
  size_t pixels = s->window.input_width;
  for (size_t q = 0; q < pixels; q += 4)
    for (size_t c = 0; c < s->width; c += VECTOR_FLOATS) {
      vu cell = bits_of(broadcast(0.0f));
      for (size_t n = 0; n < 4; n++) {
        size_t pixel = q + n < pixels ? q + n : pixels - 1;
        cell |= load_code_bits(x + pixel * stride + c) << (uint32_t)(8 * n);
      }
      STORE(out + q / 4 * EFFNET_SLAB_CHANNELS + c, float_of(cell));
    }
}

/// Row `r` of the depthwise convolution's input, for the channels of the slab.
static void NAME(make_row)(const effnet_separable *s, size_t r, float *out, prefetch_cursor *next) {
  size_t pixels = s->window.input_width;
  code_element *codes = (code_element *)(s->ring + (s->ring_rows + 1) * (s->ring_width / 4 + 3) * EFFNET_SLAB_CHANNELS);
  for (size_t column = s->channel; s->source != EFFNET_STORED && column < s->channel + s->width;
       column += PANEL_VECTORS * VECTOR_FLOATS) {
    panel_shape panel = shape_of_panel(s->columns, s->outputs, column);
    gemm_tile tile = NAME(ring_tile)(s, column, out + (column - s->channel));
    tile.y_precision = EFFNET_INT8;
    if (s->source == EFFNET_EXPANDED) {
      NAME(make_expanded_row)(s, r, tile, column, panel, next);
    } else {
      tile.is_ring = false;
      tile.y = codes + (column - s->channel);
      NAME(make_stem_row)(s, r, tile, column, panel, next);
    }
  }
  if (s->source == EFFNET_CONVOLVED)
    NAME(make_cells)(s, codes, EFFNET_SLAB_CHANNELS, out);
  else if (s->source == EFFNET_STORED)
    NAME(make_cells)(s, element_of(s->x, PRECISION, r * pixels, s->channel), s->x.slab, out);
  NAME(end_row)(s, out);
}

/// The rows under the taps of the output row that begins with input row `first`, as depthwise_row has
/// them.
static void NAME(rows_under_taps)(const NAME(ring) *ring, const effnet_window *w, size_t first, size_t begin,
                                  size_t end, const void **rows) {
  for (size_t i = 0; i < w->kernel; i++)
    rows[i] = i >= begin && i < end ? ring->first + ((first + i) & ring->mask) * ring->row_elements : ring->zeros;
}
