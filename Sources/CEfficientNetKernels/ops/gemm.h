// The matrix product that 1×1 convolutions, fully connected layers and full convolutions share.
//
// The inputs of an output are in runs of consecutive words: one run for a 1×1 convolution on NHWC,
// one for each slab, or one for each tap of a filter. Inputs and weights are in words: a float, or
// two or four shorter elements.

#define ROW_PREFETCH 16 // how far ahead, in words of depth

#if defined(HALF_VECTORS) && defined(MULTIPLY_ADD_LOW)
#define HAS_HALF_GEMMS
#endif

/// The sums of one call of the micro-kernel.
typedef struct NAME(gemm_sums) {
  vf sum[TILE_ROWS][PANEL_VECTORS];
#ifdef HAS_HALF_GEMMS
  vl low[TILE_ROWS]; // of the last vector, with `ends_in_half`
#endif
  vf folded[TILE_ROWS][PANEL_VECTORS];
} NAME(gemm_sums);

/// Adds the products of `depth` words of each row. `next` is prefetched, and `ahead`, the next tile's
/// inputs.
AI void NAME(gemm_words)(const int rows, const int vectors, const bool ends_in_half, const float *x, size_t x_stride,
                         const float *w, size_t depth, const char **next, const float *ahead, NAME(gemm_sums) *s) {
  const int full = ends_in_half ? vectors - 1 : vectors;
  for (size_t k = 0; k < depth; k++, w += vectors * VECTOR_FLOATS) {
    vf b[PANEL_VECTORS];
    UNROLL_FOR (int j = 0; j < full; j++) b[j] = LOAD(w + j * VECTOR_FLOATS);
    if (rows == 1) {
      // Every weight is used once, so prefetching it in time matters most.
      UNROLL_FOR (int j = 0; j < vectors; j++)
        __builtin_prefetch(w + (ROW_PREFETCH * vectors + j) * VECTOR_FLOATS, 0, 2);
    } else {
      __builtin_prefetch(*next, 0, 2);
      *next += 64;
      __builtin_prefetch(ahead + k * rows, 0, 3);
    }
    UNROLL_FOR (int i = 0; i < rows; i++) {
      vf a = broadcast(x[i * x_stride + k]);
      UNROLL_FOR (int j = 0; j < full; j++) s->sum[i][j] = MULTIPLY_ADD(a, b[j], s->sum[i][j]);
#ifdef HAS_HALF_GEMMS
      if (ends_in_half) s->low[i] = MULTIPLY_ADD_LOW(low_floats(a), LOAD_LOW(w + full * VECTOR_FLOATS), s->low[i]);
#endif
    }
  }
}

/// Adds sums of fp16 to sums of floats, and starts them anew. The first fold overwrites.
AI void NAME(fold)(const int rows, const int vectors, bool is_first, NAME(gemm_sums) *s) {
  const int count = rows * vectors;
  UNROLL_FOR (int n = 0; n < count; n += 2) {
    const int m = n + 1 < count ? n + 1 : n;
    const int i = n / vectors, j = n % vectors, k = m / vectors, l = m % vectors;
    vf pair[2] = {s->sum[i][j], s->sum[k][l]};
    FOLD(pair);
    s->folded[i][j] = is_first ? pair[0] : s->folded[i][j] + pair[0];
    if (m > n) s->folded[k][l] = is_first ? pair[1] : s->folded[k][l] + pair[1];
    s->sum[i][j] = s->sum[k][l] = broadcast(0.0f);
  }
}

/// Stores sums as elements of `precision`, a constant.
AI void NAME(store_sums)(const int rows, const int vectors, const effnet_precision precision, const gemm_tile *t,
                         vf (*sum)[PANEL_VECTORS]) {
  UNROLL_FOR (int i = 0; i < rows; i++)
    UNROLL_FOR (int j = 0; j < vectors; j++) store_as(precision, t->y, i * t->y_stride + j * VECTOR_FLOATS, sum[i][j]);
}

AI void NAME(add_residual)(const int rows, const int vectors, const gemm_tile *t, vf (*sum)[PANEL_VECTORS]) {
  UNROLL_FOR (int i = 0; i < rows; i++)
    UNROLL_FOR (int j = 0; j < vectors; j++)
      sum[i][j] += load_residual(PRECISION, t, i * t->y_stride + j * VECTOR_FLOATS);
}

#ifdef NATIVE_FLOAT16
#include "gemm_fp16.h"
#endif

/// `rows` × `vectors` vectors of outputs, held in registers over the whole depth. With
/// `ends_in_half`, the upper half of the last vector is padding, which becomes the activation of the
/// bias. On processors that compute 512 bits in two steps, this takes half the time of that vector.
AI void NAME(gemm_micro)(const int rows, const int vectors, const bool ends_in_half, const gemm_tile *t) {
  NAME(gemm_sums) sums;
  vf(*const sum)[PANEL_VECTORS] = sums.sum;
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    vf b = FOLD_WORDS ? broadcast(0.0f) : LOAD(t->bias + j * VECTOR_FLOATS);
    if (PRECISION == EFFNET_INT8 && CODES_PER_WORD == 4)
      b = LOAD((t->start ? t->start : t->bias + EFFNET_SUM_START * t->columns) + j * VECTOR_FLOATS);
    UNROLL_FOR (int i = 0; i < rows; i++) sum[i][j] = b;
  }
#ifdef HAS_HALF_GEMMS
  UNROLL_FOR (int i = 0; i < rows; i++) sums.low[i] = low_floats(sum[i][vectors - 1]);
#endif
  const char *next = t->next;
  size_t runs = t->outer * t->inner, unfolded = 0; // words since the last fold
  bool is_folded = false;
  for (size_t o = 0; o < t->outer; o++) {
    for (size_t r = 0; r < t->inner; r++) {
      const float *x = t->x + o * t->x_outer + r * t->x_inner;
      const float *w = t->w + (o * t->w_outer + r * t->w_inner) * (vectors * VECTOR_FLOATS);
      size_t depth = --runs ? t->depth : t->last_depth;
      for (size_t k = 0, words = depth; k < depth; k += words, words = depth - k) {
        if (FOLD_WORDS) {
          if (unfolded == FOLD_WORDS) {
            NAME(fold)(rows, vectors, !is_folded, &sums);
            is_folded = true;
            unfolded = 0;
          }
          if (words > FOLD_WORDS - unfolded) words = FOLD_WORDS - unfolded;
          unfolded += words;
        }
        // The next tile's rows · depth words follow each other, if the rows are not padded.
        const float *ahead = x + rows * t->x_stride + k * rows;
        NAME(gemm_words)
        (rows, vectors, ends_in_half, x + k, t->x_stride, w + k * vectors * VECTOR_FLOATS, words, &next, ahead, &sums);
      }
    }
  }
#ifdef HAS_HALF_GEMMS
  if (ends_in_half) {
    vf start = FOLD_WORDS ? sum[0][vectors - 1] : LOAD(t->bias + (vectors - 1) * VECTOR_FLOATS);
    UNROLL_FOR (int i = 0; i < rows; i++) sum[i][vectors - 1] = with_low_floats(start, sums.low[i]);
  }
#endif
#ifdef SUMS_IN_FLOAT16
  if (!is_folded && NAME(stores_activated)(rows, vectors, false, t, sum)) return;
#endif
  if (FOLD_WORDS) {
    NAME(fold)(rows, vectors, !is_folded, &sums);
    UNROLL_FOR (int j = 0; j < vectors; j++) {
      vf b = LOAD(t->bias + j * VECTOR_FLOATS);
      // Integers become numbers.
      vf multiplier = PRECISION == EFFNET_INT8 ? constant(t->bias, t->columns, EFFNET_MULTIPLIER, j * VECTOR_FLOATS)
                                               : broadcast(1.0f);
      UNROLL_FOR (int i = 0; i < rows; i++)
        sum[i][j] = PRECISION == EFFNET_INT8 ? FMA(sums.folded[i][j], multiplier, b) : b + sums.folded[i][j];
    }
  }
  // A layer stores what the next one reads: in a quantized network, the stem and blocks of floats
  // store codes, too.
  if ((PRECISION == EFFNET_FLOAT32 || PRECISION == EFFNET_INT8) && (t->y_precision == EFFNET_INT8 || t->is_ring)) {
    store_codes(rows, vectors, PRECISION, t, sum);
    return;
  }
  if (t->activates_sum) NAME(add_residual)(rows, vectors, t, sum);
#ifdef NATIVE_FLOAT16
  if (NAME(stores_activated)(rows, vectors, true, t, sum)) return;
#endif
  switch (t->activation) {
  case EFFNET_IDENTITY: break;
  case EFFNET_RELU:
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = ACTIVATE(EFFNET_RELU, sum[i][j]);
    break;
  case EFFNET_RELU6:
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = ACTIVATE(EFFNET_RELU6, sum[i][j]);
    break;
  case EFFNET_SILU:
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = ACTIVATE(EFFNET_SILU, sum[i][j]);
    break;
  case EFFNET_SIGMOID:
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = ACTIVATE(EFFNET_SIGMOID, sum[i][j]);
    break;
  }
  if (t->residual && !t->activates_sum) NAME(add_residual)(rows, vectors, t, sum);
  if (PRECISION == EFFNET_INT8 || t->y_precision == EFFNET_FLOAT32)
    NAME(store_sums)(rows, vectors, EFFNET_FLOAT32, t, sum);
  else if (PRECISION == EFFNET_FLOAT16 || (PRECISION == EFFNET_FLOAT32 && t->y_precision == EFFNET_FLOAT16))
    NAME(store_sums)(rows, vectors, EFFNET_FLOAT16, t, sum);
  else
    NAME(store_sums)(rows, vectors, EFFNET_BFLOAT16, t, sum);
}

#define DEFINE_GEMM(rows, vectors)                                                                                     \
  static __attribute__((noinline)) void NAME(gemm_##rows##x##vectors)(const gemm_tile *t) {                            \
    NAME(gemm_micro)(rows, vectors, false, t);                                                                         \
  }
#define DEFINE_HALF_GEMM(rows, vectors)                                                                                \
  static __attribute__((noinline)) void NAME(half_gemm_##rows##x##vectors)(const gemm_tile *t) {                       \
    NAME(gemm_micro)(rows, vectors, true, t);                                                                          \
  }
#define GEMM(rows, vectors) NAME(gemm_##rows##x##vectors)
#define HALF_GEMM(rows, vectors) NAME(half_gemm_##rows##x##vectors)

// All numbers of rows up to TILE_ROWS, for all numbers of vectors that a panel may have.
#if TILE_ROWS == 8
#define FOR_ROWS(define, v)                                                                                            \
  define(1, v) define(2, v) define(3, v) define(4, v) define(5, v) define(6, v) define(7, v) define(8, v)
#define ALL_ROWS(gemm, v)                                                                                              \
  {gemm(1, v), gemm(2, v), gemm(3, v), gemm(4, v), gemm(5, v), gemm(6, v), gemm(7, v), gemm(8, v)}
#elif TILE_ROWS == 6
#define FOR_ROWS(define, v) define(1, v) define(2, v) define(3, v) define(4, v) define(5, v) define(6, v)
#define ALL_ROWS(gemm, v) {gemm(1, v), gemm(2, v), gemm(3, v), gemm(4, v), gemm(5, v), gemm(6, v)}
#elif TILE_ROWS == 4
#define FOR_ROWS(define, v) define(1, v) define(2, v) define(3, v) define(4, v)
#define ALL_ROWS(gemm, v) {gemm(1, v), gemm(2, v), gemm(3, v), gemm(4, v)}
#endif

#if PANEL_VECTORS == 3
FOR_ROWS(DEFINE_GEMM, 1)
FOR_ROWS(DEFINE_GEMM, 2)
FOR_ROWS(DEFINE_GEMM, 3)
static const gemm_function NAME(gemms)[PANEL_VECTORS + 1][TILE_ROWS] = {
    [1] = ALL_ROWS(GEMM, 1), [2] = ALL_ROWS(GEMM, 2), [3] = ALL_ROWS(GEMM, 3)};
#else
FOR_ROWS(DEFINE_GEMM, PANEL_VECTORS)
static const gemm_function NAME(gemms)[PANEL_VECTORS + 1][TILE_ROWS] = {[PANEL_VECTORS] =
                                                                            ALL_ROWS(GEMM, PANEL_VECTORS)};
#endif

#ifdef HAS_HALF_GEMMS
#if PANEL_VECTORS != 3
#error "half vectors need panels of three vectors"
#endif
FOR_ROWS(DEFINE_HALF_GEMM, 1)
FOR_ROWS(DEFINE_HALF_GEMM, 2)
FOR_ROWS(DEFINE_HALF_GEMM, 3)
static const gemm_function NAME(half_gemms)[PANEL_VECTORS + 1][TILE_ROWS] = {
    [1] = ALL_ROWS(HALF_GEMM, 1), [2] = ALL_ROWS(HALF_GEMM, 2), [3] = ALL_ROWS(HALF_GEMM, 3)};
#endif

/// Any number of rows, in tiles of nearly equal size, or of whole cells of a ring. Each tile prefetches
/// a piece of `next`.
static void NAME(gemm_rows)(gemm_tile t, size_t rows, panel_shape panel, prefetch_cursor *next) {
  const gemm_function *functions = NAME(gemms)[panel.vectors];
#ifdef HAS_HALF_GEMMS
  if (panel.ends_in_half) functions = NAME(half_gemms)[panel.vectors];
#endif
  size_t y_bytes = element_bytes(t.y_precision);
  size_t lines = (t.outer * t.inner - 1) * t.depth + t.last_depth;
  for (size_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS; tiles > 0; tiles--) {
    size_t size = (rows + tiles - 1) / tiles;
    if (CODES_PER_WORD == 4 && t.is_ring) size = rows < TILE_ROWS ? rows : TILE_ROWS;
    const char *upcoming = take(next, 64 * lines);
    t.next = upcoming ? upcoming : (const char *)t.w;
    functions[size - 1](&t);
    t.x += size * t.x_stride;
    t.y = (char *)t.y + size * t.y_stride * y_bytes;
    if (t.residual) t.residual = (const char *)t.residual + size * t.y_stride * element_bytes(PRECISION);
    rows -= size;
  }
}

#undef ROW_PREFETCH
#undef HAS_HALF_GEMMS
#undef DEFINE_GEMM
#undef DEFINE_HALF_GEMM
#undef GEMM
#undef HALF_GEMM
#undef FOR_ROWS
#undef ALL_ROWS
