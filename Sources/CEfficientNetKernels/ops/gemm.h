// The matrix product that 1×1 convolutions, fully connected layers and (after gathering) full convolutions share.

/// Where one call of the micro-kernel reads and writes. Strides are in floats.
typedef struct gemm_tile {
  const float *x;
  const float *w; // [depth][vectors · VECTOR_FLOATS]
  const float *bias;
  const float *residual; // like y, or NULL
  float *y;
  size_t x_stride, y_stride, depth;
} gemm_tile;

/// `rows` × `vectors` vectors of outputs, held in registers over the whole depth.
AI void gemm_micro(const int rows, const int vectors, const effnet_activation activation, const gemm_tile *t) {
  vf sum[GEMM_ROWS][PANEL_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) {
    vf b = LOAD(t->bias + j * VECTOR_FLOATS);
    UNROLL for (int i = 0; i < rows; i++) sum[i][j] = b;
  }
  const float *w = t->w;
  for (size_t k = 0; k < t->depth; k++, w += vectors * VECTOR_FLOATS) {
    vf b[PANEL_VECTORS];
    UNROLL for (int j = 0; j < vectors; j++) b[j] = LOAD(w + j * VECTOR_FLOATS);
    UNROLL for (int i = 0; i < rows; i++) {
      vf a = broadcast(t->x[i * t->x_stride + k]);
      UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = FMA(a, b[j], sum[i][j]);
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < vectors; j++) {
      size_t at = i * t->y_stride + j * VECTOR_FLOATS;
      vf v = activate(activation, sum[i][j]);
      if (t->residual) v += LOAD(t->residual + at);
      STORE(t->y + at, v);
    }
  }
}

/// Any number of rows: full tiles, then single rows.
#define GEMM_ROWS_LOOP(vectors, activation)                                                                            \
  for (; rows >= GEMM_ROWS; rows -= GEMM_ROWS) {                                                                       \
    gemm_micro(GEMM_ROWS, vectors, activation, &t);                                                                    \
    t.x += GEMM_ROWS * t.x_stride;                                                                                     \
    t.y += GEMM_ROWS * t.y_stride;                                                                                     \
    if (t.residual) t.residual += GEMM_ROWS * t.y_stride;                                                              \
  }                                                                                                                    \
  for (; rows > 0; rows--) {                                                                                           \
    gemm_micro(1, vectors, activation, &t);                                                                            \
    t.x += t.x_stride;                                                                                                 \
    t.y += t.y_stride;                                                                                                 \
    if (t.residual) t.residual += t.y_stride;                                                                          \
  }

#define DEFINE_GEMM_ROWS(vectors)                                                                                      \
  static void gemm_rows_##vectors(gemm_tile t, size_t rows, effnet_activation activation) {                            \
    switch (activation) {                                                                                              \
    case EFFNET_IDENTITY: GEMM_ROWS_LOOP(vectors, EFFNET_IDENTITY) break;                                              \
    case EFFNET_RELU: GEMM_ROWS_LOOP(vectors, EFFNET_RELU) break;                                                      \
    case EFFNET_RELU6: GEMM_ROWS_LOOP(vectors, EFFNET_RELU6) break;                                                    \
    case EFFNET_SILU: GEMM_ROWS_LOOP(vectors, EFFNET_SILU) break;                                                      \
    case EFFNET_SIGMOID: GEMM_ROWS_LOOP(vectors, EFFNET_SIGMOID) break;                                                \
    }                                                                                                                  \
  }
