// Types and functions that the kernels of all precisions share.

/// The inputs and outputs of one call of the micro-kernel in gemm.h.
typedef struct gemm_tile {
  const float *x;
  const float *w;            // [depth of all runs][vectors · VECTOR_FLOATS]
  const float *bias;         // or rows of constants, `columns` floats each
  const effnet_codes *codes; // if x or y are codes
  const float *start;        // what sums of four codes in a word start at; NULL: EFFNET_SUM_START
  const void *residual;      // like y, but of the table's precision; or NULL
  void *y;
  size_t x_stride;          // words from row to row
  size_t y_stride;          // elements from row to row
  size_t outer, inner;      // outer · inner runs
  size_t x_outer, x_inner;  // words from run to run
  size_t w_outer, w_inner;  // depth from run to run
  size_t depth, last_depth; // words of a run, and of the last run
  size_t columns;
  effnet_activation activation;
  bool activates_sum; // the residual is added before the activation
  bool is_ring;       // y is a ring of codes
  effnet_precision y_precision;
  const char *next; // prefetched, one cache line for each word of depth
} gemm_tile;

typedef void (*gemm_function)(const gemm_tile *);

/// A position in a list of places to prefetch.
typedef struct prefetch_cursor {
  const effnet_prefetch *list;
  size_t place, done; // places before this one are prefetched, and `done` bytes of it
} prefetch_cursor;

/// Returns the address of the next `bytes` bytes to prefetch; NULL if none are left.
static const char *take(prefetch_cursor *cursor, size_t bytes) {
  const size_t places = sizeof cursor->list->places / sizeof cursor->list->places[0];
  if (cursor->place == places || cursor->list->places[cursor->place].bytes == 0) return NULL;
  const char *data = (const char *)cursor->list->places[cursor->place].data + cursor->done;
  cursor->done += bytes;
  if (cursor->done >= cursor->list->places[cursor->place].bytes) {
    cursor->place++;
    cursor->done = 0;
  }
  return data;
}

/// One output row of a depthwise convolution, for the first `width` channels of a slab.
typedef struct depthwise_row {
  const void *const *rows; // the input rows under the taps, each from its first pixel with padding, or in cells from
                           // that of the image; a pixel has EFFNET_SLAB_CHANNELS elements of the ring
  const float *filters;    // [kernel²][EFFNET_SLAB_CHANNELS]
  const uint16_t *half_filters; // the same in fp16, for a tile that sums in it
  const float *taps;            // the same as words of taps, for a ring of cells
  const float *bias;            // or rows of constants, `columns` floats each
  const effnet_codes *codes;    // if y are codes
  void *y;                      // [outputs], y_stride elements each
  float *sums;                  // width, or NULL
  size_t kernel, stride, left, tap_begin, tap_end, outputs, width, y_stride, columns;
  effnet_activation activation;
} depthwise_row;

typedef void (*depthwise_function)(const depthwise_row *);

/// The number of vectors in the weight panel that starts at `column` of `columns`.
static size_t panel_vectors(size_t columns, size_t column) {
  size_t left = (columns - column) / VECTOR_FLOATS;
  return left < PANEL_VECTORS ? left : PANEL_VECTORS;
}

/// The weights to prefetch while a panel is computed: the next panel, or, with the last one, `later`.
static effnet_prefetch upcoming_weights(const void *w, size_t columns, size_t depth, size_t column, bool is_last,
                                        const effnet_prefetch *later) {
  size_t next = column + panel_vectors(columns, column) * VECTOR_FLOATS;
  if (is_last || next >= columns) return *later;
  size_t words = panel_vectors(columns, next) * VECTOR_FLOATS * depth;
  return (effnet_prefetch){{{.data = (const float *)w + next * depth, .bytes = 4 * words}}};
}

/// The vectors of a panel to compute.
typedef struct panel_shape {
  size_t vectors;
  // Only the lower half of the last vector has weights that are not zero, and computing only this
  // half is faster.
  bool ends_in_half;
} panel_shape;

/// The panel that starts at `column`, of a layer with `outputs` columns that are not padding.
static panel_shape shape_of_panel(size_t columns, size_t outputs, size_t column) {
  panel_shape shape = {.vectors = panel_vectors(columns, column)};
#ifdef HALF_VECTORS
  shape.ends_in_half = outputs + VECTOR_FLOATS / 2 <= column + shape.vectors * VECTOR_FLOATS && HALF_VECTORS_ARE_FASTER;
#else
  (void)outputs;
#endif
  return shape;
}

static size_t element_bytes(effnet_precision precision) {
  return precision == EFFNET_FLOAT32 ? 4 : precision == EFFNET_INT8 ? sizeof(code_element) : 2;
}

/// The vector of elements of `precision` that begins with element `at`, as floats.
AI vf load_as(effnet_precision precision, const void *p, size_t at) {
  switch (precision) {
  case EFFNET_FLOAT32: return LOAD((const float *)p + at);
  case EFFNET_BFLOAT16: return load_half((const uint16_t *)p + at);
  case EFFNET_FLOAT16: return load_fp16((const uint16_t *)p + at);
  case EFFNET_INT8: return load_code((const code_element *)p + at);
  }
}
AI void store_as(effnet_precision precision, void *p, size_t at, vf v) {
  switch (precision) {
  case EFFNET_FLOAT32: STORE((float *)p + at, v); break;
  case EFFNET_BFLOAT16: store_half((uint16_t *)p + at, v); break;
  case EFFNET_FLOAT16: store_fp16((uint16_t *)p + at, v); break;
  case EFFNET_INT8: break; // store_raw stores codes
  }
}

/// A vector of a row of constants.
AI vf constant(const float *constants, size_t columns, effnet_constant row, size_t column) {
  return LOAD(constants + row * columns + column);
}

_Static_assert(sizeof(effnet_codes) <= 4 * EFFNET_CODES_WORDS, "effnet_codes has its place behind the rows");

/// The numbers of a layer behind its rows of constants, if it has any.
AI const effnet_codes *codes_of(const float *constants, size_t columns) {
  return (const effnet_codes *)(constants + EFFNET_CONSTANT_ROWS * columns);
}

/// The address of a channel of a pixel.
static void *element_of(effnet_map map, effnet_precision precision, size_t pixel, size_t channel) {
  size_t at = channel / map.slab * map.slab_stride + pixel * map.slab + channel % map.slab;
  return (char *)map.data + at * element_bytes(precision);
}

/// The same in a residual with the layout of `map`, or NULL without a residual.
static const void *residual_of(const void *residual, effnet_map map, effnet_precision precision, size_t pixel,
                               size_t channel) {
  map.data = (void *)residual;
  return residual ? element_of(map, precision, pixel, channel) : NULL;
}

/// The taps `begin ..< end` of one axis that are inside an image of `size`. `first` is the place of
/// the first tap; it may be before the image, where unsigned numbers wrap around.
AI void taps_inside(size_t first, size_t kernel, size_t size, size_t *begin, size_t *end) {
  size_t before = (size_t)0 - first;
  *begin = (ptrdiff_t)first < 0 ? before : 0;
  size_t left = size - first;
  *end = left < kernel ? left : kernel;
}
