// Dot products of rows and queries, for similarity search. Rows come from files and may begin at
// any byte.

enum { DOT_VECTORS = EFFNET_DOT_LANES / VECTOR_FLOATS, DOT_TILE = VECTOR_FLOATS == 16 ? 4 : 2 };

#if VECTOR_FLOATS == 1
AI vf load_float(const char *p) {
  float x;
  memcpy(&x, p, sizeof x);
  return x;
}
AI vf load_bfloat16(const char *p) {
  uint16_t bits;
  memcpy(&bits, p, sizeof bits);
  return float_of((uint32_t)bits << 16);
}
#else
typedef float vf_anywhere __attribute__((vector_size(VECTOR_FLOATS * 4), aligned(1)));
typedef uint16_t vh_anywhere __attribute__((vector_size(VECTOR_FLOATS * 2), aligned(1)));
AI vf load_float(const char *p) { return (vf) * (const vf_anywhere *)p; }
AI vf load_bfloat16(const char *p) { return (vf)(__builtin_convertvector(*(const vh_anywhere *)p, vu) << 16); }
#endif

/// A vector of the elements from `k` of the row at `x`.
AI vf dot_load(const char *x, size_t k, effnet_precision precision) {
  return precision == EFFNET_FLOAT32 ? load_float(x + 4 * k) : load_bfloat16(x + 2 * k);
}

/// One element of the row at `x`.
AI float dot_element(const char *x, size_t k, effnet_precision precision) {
  float value;
  uint32_t bits;
  if (precision == EFFNET_FLOAT32) {
    memcpy(&value, x + 4 * k, sizeof value);
    return value;
  }
  uint16_t half;
  memcpy(&half, x + 2 * k, sizeof half);
  bits = (uint32_t)half << 16;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// Adds the last elements, from `k`, to the chains of one sum, and reduces these to one number. A
/// NULL query gives the row's sum of squares.
AI float dot_end(vf chains[DOT_VECTORS], const char *x, const float *q, size_t k, size_t depth,
                 effnet_precision precision) {
  float lanes[EFFNET_DOT_LANES];
  UNROLL_FOR (int v = 0; v < DOT_VECTORS; v++) STORE(lanes + v * VECTOR_FLOATS, chains[v]);
  for (int l = 0; k < depth; k++, l++) {
    float element = dot_element(x, k, precision);
    lanes[l] = __builtin_fmaf(element, q ? q[k] : element, lanes[l]);
  }
  UNROLL_FOR (int half = EFFNET_DOT_LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lanes[l] += lanes[l + half];
  return lanes[0];
}

/// The products of `rows` rows and `queries` queries, which are constants, so that all chains stay
/// in registers.
AI void dot_tile(const effnet_dots *d, size_t row, int rows, size_t query, int queries, effnet_precision precision) {
  const char *x = (const char *)d->x + row * d->x_stride;
  const float *q = d->q + query * d->q_stride;
  vf chains[DOT_TILE][DOT_TILE][DOT_VECTORS] = {};
  size_t k = 0;
  for (; k + EFFNET_DOT_LANES <= d->depth; k += EFFNET_DOT_LANES) {
    UNROLL_FOR (int v = 0; v < DOT_VECTORS; v++) {
      vf in[DOT_TILE];
      UNROLL_FOR (int r = 0; r < rows; r++) in[r] = dot_load(x + r * d->x_stride, k + v * VECTOR_FLOATS, precision);
      UNROLL_FOR (int j = 0; j < queries; j++) {
        vf factor = LOAD(q + j * d->q_stride + k + v * VECTOR_FLOATS);
        UNROLL_FOR (int r = 0; r < rows; r++) chains[j][r][v] = FMA(in[r], factor, chains[j][r][v]);
      }
    }
  }
  for (int j = 0; j < queries; j++)
    for (int r = 0; r < rows; r++)
      d->y[(query + j) * d->y_stride + row + r] =
          dot_end(chains[j][r], x + r * d->x_stride, q + j * d->q_stride, k, d->depth, precision);
}

/// The sum of squares of one row.
AI void dot_squares(const effnet_dots *d, size_t row, effnet_precision precision) {
  const char *x = (const char *)d->x + row * d->x_stride;
  vf chains[DOT_VECTORS] = {};
  size_t k = 0;
  for (; k + EFFNET_DOT_LANES <= d->depth; k += EFFNET_DOT_LANES)
    UNROLL_FOR (int v = 0; v < DOT_VECTORS; v++) {
      vf in = dot_load(x, k + v * VECTOR_FLOATS, precision);
      chains[v] = FMA(in, in, chains[v]);
    }
  d->squares[row] = dot_end(chains, x, NULL, k, d->depth, precision);
}

/// The products of `rows` rows and all queries.
AI void dot_rows(const effnet_dots *d, size_t row, int rows, effnet_precision precision) {
  size_t query = 0;
  for (; query + DOT_TILE <= d->queries; query += DOT_TILE) dot_tile(d, row, rows, query, DOT_TILE, precision);
  for (; query < d->queries; query++) dot_tile(d, row, rows, query, 1, precision);
  if (d->squares)
    for (int r = 0; r < rows; r++) dot_squares(d, row + r, precision);
}

AI void dots_of(const effnet_dots *d, effnet_precision precision) {
  size_t row = 0;
  for (; row + DOT_TILE <= d->rows; row += DOT_TILE) dot_rows(d, row, DOT_TILE, precision);
  for (; row < d->rows; row++) dot_rows(d, row, 1, precision);
}

static void dots(const effnet_dots *d) {
  if (d->precision == EFFNET_FLOAT32)
    dots_of(d, EFFNET_FLOAT32);
  else
    dots_of(d, EFFNET_BFLOAT16);
}
