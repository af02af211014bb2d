// Expansion (or stem) and depthwise convolution in one: only a few rows of the expanded map exist
// at a time.

/// The tile of the product or stem whose outputs are pixels of a ring's row, from channel `column` on.
static gemm_tile NAME(ring_tile)(const effnet_separable *s, size_t column, void *y) {
  return (gemm_tile){
      .bias = s->bias + column,
      .codes = codes_of(s->bias, s->columns),
      .y = y,
      .y_stride = EFFNET_SLAB_CHANNELS,
      .outer = 1,
      .inner = 1,
      .activation = s->source_activation,
      .y_precision = RING_PRECISION,
      .columns = s->columns,
      .is_ring = PRECISION == EFFNET_INT8,
  };
}

/// Row `r` of the depthwise convolution's input by the stem. Its images and weights are 32-bit floats in
/// all precisions.
static void NAME(make_stem_row)(const effnet_separable *s, size_t r, gemm_tile tile, size_t column, panel_shape panel,
                                prefetch_cursor *next) {
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

/// Row `r` by the expansion.
static void NAME(make_expanded_row)(const effnet_separable *s, size_t r, gemm_tile tile, size_t column,
                                    panel_shape panel, prefetch_cursor *next) {
  size_t pixels = s->window.input_width, depth = WORDS(s->depth);
  tile.x = element_of(s->x, PRECISION, r * pixels, 0);
  tile.w = (const float *)s->w + column * depth;
  tile.x_stride = s->x.slab / ELEMENTS_PER_WORD;
  tile.depth = tile.last_depth = depth;
  NAME(gemm_rows)(tile, pixels, panel, next);
}

#ifdef RING_OF_CELLS
#include "ring_cells.h"
#else
/// Row `r` of the depthwise convolution's input, for the channels of the slab: EFFNET_SLAB_CHANNELS
/// elements for each pixel.
static void NAME(make_row)(const effnet_separable *s, size_t r, ring_element *out, prefetch_cursor *next) {
  size_t pixels = s->window.input_width;
  if (s->source == EFFNET_STORED) {
    for (size_t q = 0; q < pixels; q++) {
      const element *x = element_of(s->x, PRECISION, r * pixels + q, s->channel);
      for (size_t c = 0; c < s->width; c += VECTOR_FLOATS)
        STORE_RING(out + q * EFFNET_SLAB_CHANNELS + c, LOAD_ELEMENTS(x + c));
    }
    return;
  }
  for (size_t column = s->channel; column < s->channel + s->width; column += PANEL_VECTORS * VECTOR_FLOATS) {
    panel_shape panel = shape_of_panel(s->columns, s->outputs, column);
    gemm_tile tile = NAME(ring_tile)(s, column, out + (column - s->channel));
    if (s->source == EFFNET_EXPANDED)
      NAME(make_expanded_row)(s, r, tile, column, panel, next);
    else
      NAME(make_stem_row)(s, r, tile, column, panel, next);
  }
}

/// The ring of input rows.
typedef struct NAME(ring) {
  ring_element *first; // of row 0, without the padding
  size_t row_elements, mask;
} NAME(ring);

/// The ring with zeros left and right of the image.
static NAME(ring) NAME(make_ring)(const effnet_separable *s) {
  const effnet_window *w = &s->window;
  NAME(ring) ring = {(ring_element *)s->ring + w->left * EFFNET_SLAB_CHANNELS, s->ring_width * EFFNET_SLAB_CHANNELS,
                     s->ring_rows - 1};
  size_t needed = (w->output_width - 1) * w->stride + w->kernel, right = w->left + w->input_width;
  for (size_t r = 0; r < s->ring_rows; r++) {
    ring_element *row = (ring_element *)s->ring + r * ring.row_elements;
    memset(row, 0, w->left * EFFNET_SLAB_CHANNELS * sizeof *row);
    if (needed > right)
      memset(row + right * EFFNET_SLAB_CHANNELS, 0, (needed - right) * EFFNET_SLAB_CHANNELS * sizeof *row);
  }
  return ring;
}

/// The rows under the taps of output row that begins with input row `first`, as depthwise_row has them.
static void NAME(rows_under_taps)(const NAME(ring) *ring, const effnet_window *w, size_t first, size_t begin,
                                  size_t end, const void **rows) {
  for (size_t i = begin; i < end; i++)
    rows[i] = ring->first + ((first + i) & ring->mask) * ring->row_elements - w->left * EFFNET_SLAB_CHANNELS;
}
#endif

static void NAME(separable)(const effnet_separable *s) {
  const effnet_window *w = &s->window;
  prefetch_cursor next = {.list = &s->next};
  NAME(ring) ring = NAME(make_ring)(s);
  const void *rows[EFFNET_MAXIMUM_KERNEL];
  depthwise_row d = {
      .rows = rows,
      .filters = s->filters,
      .bias = s->filter_bias + s->channel,
      .codes = codes_of(s->filter_bias, s->columns),
      .kernel = w->kernel,
      .stride = w->stride,
      .left = w->left,
      .outputs = w->output_width,
      .width = s->width,
      .y_stride = s->y.slab,
      .columns = s->columns,
      .activation = s->activation,
  };
#ifdef RING_OF_CELLS
  tap_words packed;
  depthwise_function row_kernel = NAME(tiled_depthwise)(w->kernel, w->stride, w->left);
  if (row_kernel)
    d.taps = NAME(pack_taps)(s->filters, w->kernel, s->width, &packed);
  else
    row_kernel = NAME(depthwise_any);
#else
  depthwise_function row_kernel = NAME(choose_depthwise)(w->kernel, w->stride, w->output_width);
#endif
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
      NAME(make_row)(s, made, ring.first + (made & ring.mask) * ring.row_elements, &next);
    NAME(rows_under_taps)(&ring, w, first, d.tap_begin, d.tap_end, rows);
    d.y = element_of(s->y, PRECISION, p * w->output_width, s->channel);
    d.sums = s->sums ? s->sums + p * s->columns + s->channel : NULL;
    row_kernel(&d);
  }
}
