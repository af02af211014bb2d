// The end of a product or convolution whose outputs are codes.

/// Elements of a map that are codes, with a zero point if words have four of them.
AI vf without_zero(vf element, int16_t zero) {
  return CODES_PER_WORD == 2 ? element : element - broadcast((float)zero);
}

/// A vector of the residual that is added to the outputs, from element `at` on. A residual of codes has
/// a scale.
AI vf load_residual(effnet_precision precision, const gemm_tile *t, size_t at) {
  vf residual = load_as(precision, t->residual, at);
  if (precision != EFFNET_INT8) return residual;
  return without_zero(residual, t->codes->residual_zero) * broadcast(t->codes->residual_scale);
}

/// Outputs in floats, `count` vectors in rows of `vectors`, as raw ones.
static __attribute__((noinline)) void finish_in_floats(vf *value, int count, int vectors, effnet_precision precision,
                                                       const gemm_tile *t) {
  for (int n = 0; n < count; n++) {
    vf v = value[n], residual = broadcast(0.0f);
    size_t at = (size_t)(n / vectors) * t->y_stride + n % vectors * VECTOR_FLOATS;
    if (t->residual) residual = load_residual(precision, t, at);
    if (t->activates_sum) v += residual;
    v = activate_any(t->activation, v);
    if (t->residual && !t->activates_sum) v += residual;
    value[n] = raw_of_value(v, t->codes);
  }
}

/// Stores the codes of raw outputs. `rows`, `vectors` and `has_curve` are constants.
AI void store_raw(const int rows, const int vectors, const bool has_curve, const gemm_tile *t,
                  vf (*raw)[PANEL_VECTORS]) {
  const code_vectors codes = vectors_of(t->codes);
#if CODES_PER_WORD == 4
  if (t->is_ring) {
    // Rows behind the last one are stored, too, and overwritten later.
    const int last = rows - 1;
    UNROLL_FOR (int j = 0; j < vectors; j++)
      UNROLL_FOR (int i = 0; i < rows; i += 4) {
        const int second = i + 1 < last ? i + 1 : last, third = i + 2 < last ? i + 2 : last;
        const int fourth = i + 3 < last ? i + 3 : last;
        code_block block = block_of_raw(raw[i][j], raw[second][j], raw[third][j], raw[fourth][j], has_curve, &codes);
        store_block_cell((float *)t->y + i / 4 * EFFNET_SLAB_CHANNELS + j * VECTOR_FLOATS, block, &codes);
      }
    return;
  }
#else
  if (t->is_ring) {
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j += 2) {
        const int next = j + 1 < vectors ? j + 1 : j;
        vw word = words_of(raw[i][j], raw[i][next]);
        if (has_curve) word = curve_of_words(word, &codes);
        vf halves[2];
        split_words(ordered(limited_codes(word, &codes)), halves);
        STORE((float *)t->y + i * t->y_stride + j * VECTOR_FLOATS, halves[0]);
        STORE((float *)t->y + i * t->y_stride + next * VECTOR_FLOATS, halves[1]);
      }
    return;
  }
#endif
  const int last = rows * vectors - 1;
  code_element *const y = (code_element *)t->y;
  UNROLL_FOR (int n = 0; n <= last; n += 4) {
    vf of[4];
    code_element *at[4];
    UNROLL_FOR (int m = 0; m < 4; m++) {
      const int k = n + m < last ? n + m : last;
      of[m] = raw[k / vectors][k % vectors];
      at[m] = y + k / vectors * t->y_stride + k % vectors * VECTOR_FLOATS;
    }
    store_block(at[0], at[1], at[2], at[3], block_of_raw(of[0], of[1], of[2], of[3], has_curve, &codes), &codes);
  }
}

/// Stores the sums of a table of `precision` as codes. In int8, the constants have turned them into raw
/// outputs, or into values for the form EFFNET_IN_FLOATS; otherwise they are values.
AI void store_codes(const int rows, const int vectors, const effnet_precision precision, const gemm_tile *t,
                    vf (*value)[PANEL_VECTORS]) {
  const effnet_codes *codes = t->codes;
  if (codes->form == EFFNET_IN_FLOATS) {
    // A copy, so that `value` stays in registers elsewhere.
    vf copy[2 * GEMM_ROWS * PANEL_VECTORS];
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) copy[i * vectors + j] = value[i][j];
    finish_in_floats(copy, rows * vectors, vectors, precision, t);
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) value[i][j] = copy[i * vectors + j];
    store_raw(rows, vectors, false, t, value);
    return;
  }
  if (t->residual) {
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++)
        value[i][j] += load_residual(precision, t, i * t->y_stride + j * VECTOR_FLOATS);
  }
  if (precision != EFFNET_INT8) {
    UNROLL_FOR (int i = 0; i < rows; i++)
      UNROLL_FOR (int j = 0; j < vectors; j++) value[i][j] = raw_of_value(value[i][j], codes);
  }
  if (codes->form == EFFNET_BY_CURVE)
    store_raw(rows, vectors, true, t, value);
  else
    store_raw(rows, vectors, false, t, value);
}
