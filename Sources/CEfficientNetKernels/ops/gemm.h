// The matrix product that 1×1 convolutions, fully connected layers and full convolutions share.
//
// The inputs of an output are in runs of consecutive words: one run for a 1×1 convolution on NHWC,
// one for each slab, or one for each tap of a filter. Inputs and weights are in words: a float or a
// pair of bfloat16.

#define ROW_PREFETCH 16 // how far ahead, in words of depth

/// A vector of the residual, `at` elements after its first.
AI vf NAME(residual_at)(const gemm_tile *t, size_t at) {
  return t->y_precision == EFFNET_FLOAT32 ? LOAD((const float *)t->residual + at)
                                          : load_half((const uint16_t *)t->residual + at);
}

/// `rows` × `vectors` vectors of outputs, held in registers over the whole depth.
AI void NAME(gemm_micro)(const int rows, const int vectors, const gemm_tile *t) {
  vf sum[GEMM_ROWS][PANEL_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    vf b = LOAD(t->bias + j * VECTOR_FLOATS);
    UNROLL_FOR (int i = 0; i < rows; i++) sum[i][j] = b;
  }
  const char *next = t->next;
  size_t runs = t->outer * t->inner, x_stride = t->x_stride;
  for (size_t o = 0; o < t->outer; o++) {
    for (size_t r = 0; r < t->inner; r++) {
      const float *x = t->x + o * t->x_outer + r * t->x_inner;
      const float *w = t->w + (o * t->w_outer + r * t->w_inner) * (vectors * VECTOR_FLOATS);
      size_t depth = --runs ? t->depth : t->last_depth;
      for (size_t k = 0; k < depth; k++, w += vectors * VECTOR_FLOATS) {
        vf b[PANEL_VECTORS];
        UNROLL_FOR (int j = 0; j < vectors; j++) b[j] = LOAD(w + j * VECTOR_FLOATS);
        if (rows == 1) {
          // Every weight is used once, so prefetching it in time matters most.
          UNROLL_FOR (int j = 0; j < vectors; j++)
            __builtin_prefetch(w + (ROW_PREFETCH * vectors + j) * VECTOR_FLOATS, 0, 2);
        } else {
          // Prefetches the next panel's weights, and the next tile's inputs: rows · depth words
          // from its first.
          __builtin_prefetch(next, 0, 2);
          next += 64;
          __builtin_prefetch(x + rows * x_stride + k * rows, 0, 3);
        }
        UNROLL_FOR (int i = 0; i < rows; i++) {
          vf a = broadcast(x[i * x_stride + k]);
          UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = MULTIPLY_ADD(a, b[j], sum[i][j]);
        }
      }
    }
  }
  if (t->activates_sum) {
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] += NAME(residual_at)(t, i * t->y_stride + j * VECTOR_FLOATS);
  }
  switch (t->activation) {
  case EFFNET_IDENTITY: break;
  case EFFNET_RELU:
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = activate(EFFNET_RELU, sum[i][j]);
    break;
  case EFFNET_RELU6:
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = activate(EFFNET_RELU6, sum[i][j]);
    break;
  case EFFNET_SILU:
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = activate(EFFNET_SILU, sum[i][j]);
    break;
  case EFFNET_SIGMOID:
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[i][j] = activate(EFFNET_SIGMOID, sum[i][j]);
    break;
  }
  if (t->y_precision == EFFNET_FLOAT32) {
    float *y = t->y;
    const float *residual = t->activates_sum ? NULL : t->residual;
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) {
        size_t at = i * t->y_stride + j * VECTOR_FLOATS;
        STORE(y + at, residual ? sum[i][j] + LOAD(residual + at) : sum[i][j]);
      }
  } else {
    uint16_t *y = t->y;
    const uint16_t *residual = t->activates_sum ? NULL : t->residual;
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) {
        size_t at = i * t->y_stride + j * VECTOR_FLOATS;
        store_half(y + at, residual ? sum[i][j] + load_half(residual + at) : sum[i][j]);
      }
  }
}

#define DEFINE_GEMM(rows, vectors)                                                                                     \
  static __attribute__((noinline)) void NAME(gemm_##rows##x##vectors)(const gemm_tile *t) {                            \
    NAME(gemm_micro)(rows, vectors, t);                                                                                \
  }
#define GEMM(rows, vectors) NAME(gemm_##rows##x##vectors)

// All numbers of rows up to GEMM_ROWS, for all numbers of vectors that a panel may have.
#if GEMM_ROWS == 6
#define DEFINE_GEMMS(v)                                                                                                \
  DEFINE_GEMM(1, v)                                                                                                    \
  DEFINE_GEMM(2, v)                                                                                                    \
  DEFINE_GEMM(3, v)                                                                                                    \
  DEFINE_GEMM(4, v)                                                                                                    \
  DEFINE_GEMM(5, v)                                                                                                    \
  DEFINE_GEMM(6, v)
#define GEMMS(v) {GEMM(1, v), GEMM(2, v), GEMM(3, v), GEMM(4, v), GEMM(5, v), GEMM(6, v)}
#elif GEMM_ROWS == 4
#define DEFINE_GEMMS(v)                                                                                                \
  DEFINE_GEMM(1, v)                                                                                                    \
  DEFINE_GEMM(2, v)                                                                                                    \
  DEFINE_GEMM(3, v)                                                                                                    \
  DEFINE_GEMM(4, v)
#define GEMMS(v) {GEMM(1, v), GEMM(2, v), GEMM(3, v), GEMM(4, v)}
#endif

#if PANEL_VECTORS == 3
DEFINE_GEMMS(1)
DEFINE_GEMMS(2)
DEFINE_GEMMS(3)
static const gemm_function NAME(gemms)[PANEL_VECTORS + 1][GEMM_ROWS] = {[1] = GEMMS(1), [2] = GEMMS(2), [3] = GEMMS(3)};
#elif PANEL_VECTORS == 2
DEFINE_GEMMS(2)
static const gemm_function NAME(gemms)[PANEL_VECTORS + 1][GEMM_ROWS] = {[2] = GEMMS(2)};
#elif PANEL_VECTORS == 4
DEFINE_GEMMS(4)
static const gemm_function NAME(gemms)[PANEL_VECTORS + 1][GEMM_ROWS] = {[4] = GEMMS(4)};
#elif PANEL_VECTORS == 16
DEFINE_GEMMS(16)
static const gemm_function NAME(gemms)[PANEL_VECTORS + 1][GEMM_ROWS] = {[16] = GEMMS(16)};
#endif

/// Any number of rows, in tiles of nearly equal size. Each tile prefetches a piece of `next`.
static void NAME(gemm_rows)(gemm_tile t, size_t rows, size_t vectors, prefetch_cursor *next) {
  const gemm_function *functions = NAME(gemms)[vectors];
  size_t y_bytes = t.y_precision == EFFNET_FLOAT32 ? 4 : 2;
  size_t lines = (t.outer * t.inner - 1) * t.depth + t.last_depth;
  for (size_t tiles = (rows + GEMM_ROWS - 1) / GEMM_ROWS; tiles > 0; tiles--) {
    size_t size = (rows + tiles - 1) / tiles;
    const char *upcoming = take(next, 64 * lines);
    t.next = upcoming ? upcoming : (const char *)t.w;
    functions[size - 1](&t);
    t.x += size * t.x_stride;
    t.y = (char *)t.y + size * t.y_stride * y_bytes;
    if (t.residual) t.residual = (const char *)t.residual + size * t.y_stride * y_bytes;
    rows -= size;
  }
}

#undef ROW_PREFETCH
#undef DEFINE_GEMM
#undef GEMM
#undef DEFINE_GEMMS
#undef GEMMS
