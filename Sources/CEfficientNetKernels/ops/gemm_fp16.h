// Activations of a product's sums on processors that compute in fp16: a vector has twice as many
// numbers as one of floats, and SiLU needs no division.

/// Stores `activation`, a constant, of sums in fp16, two vectors of sums at a time. Sums that were not
/// folded stay in fp16; others are floats with the bias, which SiLU takes to 0 from −65504 down.
AI void NAME(store_activated)(const effnet_activation activation, const int rows, const int vectors, bool is_folded,
                              const gemm_tile *t, vf sum[GEMM_ROWS][PANEL_VECTORS]) {
  const int count = rows * vectors;
  uint16_t *const y = t->y;
  const size_t stride = t->y_stride;
  vf bias[PANEL_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) bias[j] = LOAD(t->bias + j * VECTOR_FLOATS);
  vector_fp16 x[(GEMM_ROWS * PANEL_VECTORS + 1) / 2];
  UNROLL_FOR (int n = 0; n < count; n += 2) {
    const int m = n + 1 < count ? n + 1 : n;
    // Two rows, if there are two, share a vector of biases.
    const int i = n % rows, j = n / rows, k = m % rows, l = m / rows;
    x[n / 2] = is_folded ? join_fp16(at_least_lowest_fp16(sum[i][j]), at_least_lowest_fp16(sum[k][l]))
                         : add_fp16(join_pair_sums(sum[i][j], sum[k][l]), join_fp16(bias[j], bias[l]));
  }
  UNROLL_FOR (int n = 0; n < count; n += 2) x[n / 2] = activate_vector_fp16(activation, x[n / 2]);
  UNROLL_FOR (int n = 0; n < count; n++) {
    vector_pair pair = fp16_of_words((vf)x[n / 2]);
    *(vh_unaligned *)(y + n % rows * stride + n / rows * VECTOR_FLOATS) = n % 2 ? pair.last : pair.first;
  }
}

/// Stores the outputs, if they are fp16 with an activation that is often followed by a depthwise
/// convolution. Returns whether it did. The limits of ReLU and ReLU6 apply to folded sums as floats:
/// rounded to fp16 first, a sum above 65504 would be infinite.
AI bool NAME(stores_activated)(const int rows, const int vectors, bool is_folded, const gemm_tile *t,
                               vf sum[GEMM_ROWS][PANEL_VECTORS]) {
  if (t->y_precision != EFFNET_FLOAT16 || t->residual) return false;
  switch (t->activation) {
  case EFFNET_RELU:
    if (is_folded) return false;
    NAME(store_activated)(EFFNET_RELU, rows, vectors, false, t, sum);
    return true;
  case EFFNET_RELU6:
    if (is_folded) return false;
    NAME(store_activated)(EFFNET_RELU6, rows, vectors, false, t, sum);
    return true;
  case EFFNET_SILU: NAME(store_activated)(EFFNET_SILU, rows, vectors, is_folded, t, sum); return true;
  case EFFNET_IDENTITY:
  case EFFNET_SIGMOID: return false;
  }
}
