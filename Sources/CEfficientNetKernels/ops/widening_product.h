// Products of floats and codes in bytes: the classifier of a quantized network. For one image, reading
// the weights takes most of the time, and codes are a quarter of it.

#define WIDENING_PREFETCH 64 // how far ahead, in words of depth

/// `rows` × one vector of outputs. Each byte of a word has its own chain of sums, so that no
/// multiply-add waits for the one before it.
AI void widening_tile(const int rows, const effnet_product *p, size_t row, size_t column) {
  enum { BLOCK = EFFNET_CHANNEL_BLOCK };
  size_t depth = (p->depth + 3) / 4;
  const float *x = (const float *)p->x.data + row * p->x.slab;
  const float *w = (const float *)p->w + column / BLOCK * BLOCK * depth + column % BLOCK;
  vf sum[4][2];
  UNROLL_FOR (int b = 0; b < 4; b++)
    UNROLL_FOR (int i = 0; i < rows; i++) sum[b][i] = broadcast(0.0f);
  for (size_t k = 0; k < depth; k++, w += BLOCK) {
    __builtin_prefetch(w + WIDENING_PREFETCH * BLOCK, 0, 2);
    UNROLL_FOR (int b = 0; b < 4; b++) {
      vf code = raised_byte(LOAD(w), b);
      UNROLL_FOR (int i = 0; i < rows; i++) sum[b][i] = FMA(broadcast(x[i * p->x.slab + 4 * k + b]), code, sum[b][i]);
    }
  }
  UNROLL_FOR (int i = 0; i < rows; i++) {
    vf total = ((sum[0][i] + sum[1][i]) + (sum[2][i] + sum[3][i])) * broadcast(0x1p-24f);
    STORE((float *)p->y.data + (row + i) * p->y.slab + column,
          FMA(total, LOAD(p->bias + p->columns + column), LOAD(p->bias + column)));
  }
}

static void widening_product(const effnet_product *p) {
  const size_t panel = PANEL_VECTORS * VECTOR_FLOATS;
  size_t end = p->panel_end * panel < p->columns ? p->panel_end * panel : p->columns;
  for (size_t column = p->panel_begin * panel; column < end; column += VECTOR_FLOATS) {
    size_t row = p->row_begin;
    for (; row + 2 <= p->row_end; row += 2) widening_tile(2, p, row, column);
    if (row < p->row_end) widening_tile(1, p, row, column);
  }
}

#undef WIDENING_PREFETCH
