// Types and functions that the kernels of all precisions share.

/// The inputs and outputs of one call of the micro-kernel in gemm.h.
typedef struct gemm_tile {
  const float *x;
  const float *w;       // [depth of all runs][vectors · VECTOR_FLOATS]
  const float *bias;    // or rows of constants, `columns` floats each
  const float *start;   // what sums of four codes in a word start at; NULL: EFFNET_SUM_START
  const void *residual; // like y, or NULL
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
  bool rounds;        // y are codes, stored as floats
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
  const void *const *rows;      // the input rows under the taps, each from its first pixel with padding; a pixel has
                                // EFFNET_SLAB_CHANNELS elements of the ring
  const float *filters;         // [kernel²][EFFNET_SLAB_CHANNELS]
  const uint16_t *half_filters; // the same in fp16, for a tile that sums in it
  const float *bias;            // or rows of constants, `columns` floats each
  void *y;                      // [outputs], y_stride elements each
  float *sums;                  // width, or NULL
  size_t kernel, stride, tap_begin, tap_end, outputs, width, y_stride, columns;
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
  case EFFNET_INT8: store_code((code_element *)p + at, v); break;
  }
}

/// A vector of a row of constants.
AI vf constant(const float *constants, size_t columns, effnet_constant row, size_t column) {
  return LOAD(constants + row * columns + column);
}

/// Values as codes that are not rounded to integers yet, as store_code does. NaN, which no integer can
/// stand for, becomes the lowest code.
AI vf code_of(vf value, const float *constants, size_t columns, size_t column) {
  vf code = value * constant(constants, columns, EFFNET_INVERSE_SCALE, column);
  code = at_least(code, constant(constants, columns, EFFNET_LOWEST_CODE, column));
  return at_most(constant(constants, columns, EFFNET_HIGHEST_CODE, column), code);
}

/// Codes as elements of a map. Those of 16 bits are rounded later, by store_code.
AI vf element_of_code(vf code, const float *constants, size_t columns, size_t column) {
  return CODES_PER_WORD == 2 ? code : rounded(code) - constant(constants, columns, EFFNET_LOWEST_CODE, column);
}
/// Elements of a map with the zero points of a row of constants: in int8, as codes.
AI vf code_of_element(effnet_precision precision, vf element, const float *constants, size_t columns,
                      effnet_constant zero, size_t column) {
  if (precision != EFFNET_INT8 || CODES_PER_WORD == 2) return element;
  return element - constant(constants, columns, zero, column);
}

/// The vector of a residual that begins with element `at`, for the outputs from `column` on.
AI vf load_residual(effnet_precision precision, const gemm_tile *t, size_t at, size_t column) {
  vf residual = load_as(precision, t->residual, at);
  if (precision != EFFNET_INT8) return residual;
  residual = code_of_element(precision, residual, t->bias, t->columns, EFFNET_RESIDUAL_ZERO, column);
  return residual * constant(t->bias, t->columns, EFFNET_RESIDUAL_SCALE, column);
}

/// Stores values as codes of `precision`, a constant.
AI void store_codes(const int rows, const int vectors, const effnet_precision precision, const gemm_tile *t,
                    vf value[GEMM_ROWS][PANEL_VECTORS]) {
  bool adds = t->residual && !t->activates_sum;
  UNROLL_FOR (int i = 0; i < rows; i++) {
    vf code[PANEL_VECTORS];
    UNROLL_FOR (int j = 0; j < vectors; j++) {
      size_t column = j * VECTOR_FLOATS;
      vf v = value[i][j];
      if (adds) v += load_residual(precision, t, i * t->y_stride + column, column);
      v = code_of(v, t->bias, t->columns, column);
      code[j] = precision == EFFNET_INT8 ? element_of_code(v, t->bias, t->columns, column) : rounded(v);
    }
    UNROLL_FOR (int j = 0; j < vectors; j += 2) {
      size_t at = i * t->y_stride + j * VECTOR_FLOATS;
      if (precision == EFFNET_INT8 && j + 1 < vectors)
        store_two_codes((code_element *)t->y + at, code[j], code[j + 1]);
      else {
        store_as(precision, t->y, at, code[j]);
        if (j + 1 < vectors) store_as(precision, t->y, at + VECTOR_FLOATS, code[j + 1]);
      }
    }
  }
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
