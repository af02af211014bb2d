// Resizing of 8-bit RGB pictures in Pillow's fixed point, and normalization to floats. Everything
// is processed in tiles of 48 bytes: 16 pixels of a row, or one pixel of 16 interleaved rows.

enum { TILE_BYTES = 48, TILE_VECTORS = TILE_BYTES / VECTOR_FLOATS };

typedef uint32_t tile_sums __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef int32_t tile_integers __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef float tile_floats __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef float tile_floats_unaligned __attribute__((vector_size(VECTOR_FLOATS * 4), aligned(4)));
typedef uint8_t tile_bytes __attribute__((vector_size(VECTOR_FLOATS)));
typedef uint8_t tile_bytes_unaligned __attribute__((vector_size(VECTOR_FLOATS), aligned(1)));
typedef uint8_t line __attribute__((vector_size(EFFNET_RESIZE_ROWS)));
typedef uint8_t line_unaligned __attribute__((vector_size(EFFNET_RESIZE_ROWS), aligned(1)));

#define RESIZE_HALF (1u << (EFFNET_RESIZE_FRACTION_BITS - 1))

/// y[n] = clip((half + Σ_j w[j] · x[j · x_stride + n]) >> fraction bits) for the 48 bytes of a
/// tile.
AI void resize_tile(const uint8_t *x, size_t x_stride, const int32_t *w, size_t taps, uint8_t *y) {
  tile_sums sum[TILE_VECTORS];
  UNROLL_FOR (int n = 0; n < TILE_VECTORS; n++) sum[n] = (tile_sums){} + RESIZE_HALF;
  for (size_t j = 0; j < taps; j++) {
    tile_sums weight = (tile_sums){} + (uint32_t)w[j];
    UNROLL_FOR (int n = 0; n < TILE_VECTORS; n++) {
      tile_bytes in = *(const tile_bytes_unaligned *)(x + n * VECTOR_FLOATS);
      sum[n] += weight * __builtin_convertvector(in, tile_sums);
    }
    x += x_stride;
  }
  const tile_integers zero = {}, most = zero + 255;
  UNROLL_FOR (int n = 0; n < TILE_VECTORS; n++) {
    tile_integers value = (tile_integers)sum[n] >> EFFNET_RESIZE_FRACTION_BITS;
    value = __builtin_elementwise_min(__builtin_elementwise_max(value, zero), most);
    *(tile_bytes_unaligned *)(y + n * VECTOR_FLOATS) = __builtin_convertvector(value, tile_bytes);
  }
}

/// The same for one byte.
AI uint8_t resize_byte(const uint8_t *x, size_t x_stride, const int32_t *w, size_t taps) {
  uint32_t sum = RESIZE_HALF;
  for (size_t j = 0; j < taps; j++) sum += (uint32_t)w[j] * x[j * x_stride];
  int32_t value = (int32_t)sum >> EFFNET_RESIZE_FRACTION_BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void resize_down(const effnet_resize_down *d) {
  size_t n = 0;
  if (d->bytes >= TILE_BYTES) // the last tile is moved back to end at the row's end
    for (; n < d->bytes; n += TILE_BYTES) {
      size_t begin = n + TILE_BYTES <= d->bytes ? n : d->bytes - TILE_BYTES;
      resize_tile(d->x + begin, d->x_stride, d->w, d->taps, d->y + begin);
    }
  for (; n < d->bytes; n++) d->y[n] = resize_byte(d->x + n, d->x_stride, d->w, d->taps);
}

/// Transposes columns to rows.
AI void transpose(line rows[EFFNET_RESIZE_ROWS]) {
  UNROLL_FOR (int step = 1; step < EFFNET_RESIZE_ROWS; step *= 2) {
    line from[EFFNET_RESIZE_ROWS];
    UNROLL_FOR (int n = 0; n < EFFNET_RESIZE_ROWS; n++) from[n] = rows[n];
    UNROLL_FOR (int n = 0; n < EFFNET_RESIZE_ROWS / 2; n++) {
      line a = from[n], b = from[n + EFFNET_RESIZE_ROWS / 2];
      rows[2 * n] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      rows[2 * n + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
  }
}

/// lines[n][r] = x[r][n] for `bytes` columns; the last row is repeated below.
static void interleave_rows(const uint8_t *x, size_t x_stride, size_t rows, size_t bytes, uint8_t *lines) {
  const uint8_t *row[EFFNET_RESIZE_ROWS];
  for (size_t r = 0; r < EFFNET_RESIZE_ROWS; r++) row[r] = x + (r < rows ? r : rows - 1) * x_stride;
  size_t n = 0;
  if (bytes >= EFFNET_RESIZE_ROWS)
    for (; n < bytes; n += EFFNET_RESIZE_ROWS) {
      size_t begin = n + EFFNET_RESIZE_ROWS <= bytes ? n : bytes - EFFNET_RESIZE_ROWS;
      line block[EFFNET_RESIZE_ROWS];
      UNROLL_FOR (int r = 0; r < EFFNET_RESIZE_ROWS; r++) block[r] = *(const line_unaligned *)(row[r] + begin);
      transpose(block);
      UNROLL_FOR (int r = 0; r < EFFNET_RESIZE_ROWS; r++)
        *(line_unaligned *)(lines + (begin + r) * EFFNET_RESIZE_ROWS) = block[r];
    }
  for (; n < bytes; n++)
    for (size_t r = 0; r < EFFNET_RESIZE_ROWS; r++) lines[n * EFFNET_RESIZE_ROWS + r] = row[r][n];
}

/// y[r][n] = lines[n][r] for `bytes` columns of the existing rows.
static void separate_rows(const uint8_t *lines, size_t bytes, size_t rows, uint8_t *y, size_t y_stride) {
  size_t n = 0;
  if (bytes >= EFFNET_RESIZE_ROWS)
    for (; n < bytes; n += EFFNET_RESIZE_ROWS) {
      size_t begin = n + EFFNET_RESIZE_ROWS <= bytes ? n : bytes - EFFNET_RESIZE_ROWS;
      line block[EFFNET_RESIZE_ROWS];
      UNROLL_FOR (int r = 0; r < EFFNET_RESIZE_ROWS; r++)
        block[r] = *(const line_unaligned *)(lines + (begin + r) * EFFNET_RESIZE_ROWS);
      transpose(block);
      UNROLL_FOR (int r = 0; r < EFFNET_RESIZE_ROWS; r++)
        if ((size_t)r < rows) *(line_unaligned *)(y + r * y_stride + begin) = block[r];
    }
  for (; n < bytes; n++)
    for (size_t r = 0; r < rows; r++) y[r * y_stride + n] = lines[n * EFFNET_RESIZE_ROWS + r];
}

static void resize_along(const effnet_resize_along *a) {
  size_t columns = a->column_end - a->column_begin;
  uint8_t *lines = a->scratch, *resized = a->scratch + TILE_BYTES * columns;
  interleave_rows(a->x + 3 * a->column_begin, a->x_stride, a->rows, 3 * columns, lines);
  for (size_t i = 0; i < a->outputs; i++)
    resize_tile(lines + TILE_BYTES * (a->first[i] - a->column_begin), TILE_BYTES, a->w + i * a->w_stride, a->taps[i],
                resized + TILE_BYTES * i);
  separate_rows(resized, 3 * a->outputs, a->rows, a->y, a->y_stride);
}

static void normalize(const effnet_normalize *d) {
  size_t n = 0;
  if (d->bytes >= TILE_BYTES) {
    float mean[TILE_BYTES], std[TILE_BYTES];
    for (int i = 0; i < TILE_BYTES; i++) {
      mean[i] = d->mean[i % 3];
      std[i] = d->std[i % 3];
    }
    for (; n < d->bytes; n += TILE_BYTES) {
      size_t begin = n + TILE_BYTES <= d->bytes ? n : d->bytes - TILE_BYTES;
      UNROLL_FOR (int i = 0; i < TILE_BYTES; i += VECTOR_FLOATS) {
        tile_bytes in = *(const tile_bytes_unaligned *)(d->x + begin + i);
        tile_floats value = __builtin_convertvector(in, tile_floats);
        value = (value - *(const tile_floats_unaligned *)(mean + i)) / *(const tile_floats_unaligned *)(std + i);
        *(tile_floats_unaligned *)(d->y + begin + i) = value;
      }
    }
  }
  for (; n < d->bytes; n++) d->y[n] = ((float)d->x[n] - d->mean[n % 3]) / d->std[n % 3];
}
