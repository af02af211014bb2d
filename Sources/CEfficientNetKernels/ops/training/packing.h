// Packs weights for the kernels. The optimizer's weights are in rows: w[k, n].

/// Panels of columns: each holds rows of its columns, in words.
static void NAME(pack_rows)(const effnet_packing *p) {
  for (size_t column = 0; column < p->columns; column += PANEL_VECTORS * VECTOR_FLOATS) {
    size_t vectors = panel_vectors(p->columns, column);
    float *out = p->packed + column * WORDS(p->rows);
    for (size_t k = 0; k < p->rows; k += ELEMENTS_PER_WORD) {
      for (size_t j = 0; j < vectors; j++, out += VECTOR_FLOATS) {
        const float *w = p->w + k * p->columns + column + j * VECTOR_FLOATS;
        STORE(out, JOIN_ROWS(w, k + 1 < p->rows ? w + p->columns : NULL));
      }
    }
  }
}

/// Panels of the transposed matrix. Its columns, the rows of w, are padded with zeros to whole
/// blocks.
static void NAME(pack_transposed)(const effnet_packing *p) {
  size_t padded = (p->rows + EFFNET_CHANNEL_BLOCK - 1) / EFFNET_CHANNEL_BLOCK * EFFNET_CHANNEL_BLOCK;
  const size_t words = WORDS(EFFNET_CHANNEL_BLOCK);
  for (size_t row = 0; row < padded; row += PANEL_VECTORS * VECTOR_FLOATS) {
    size_t width = panel_vectors(padded, row) * VECTOR_FLOATS, left = p->rows - row,
           filled = left < width ? left : width;
    float *out = p->packed + row * WORDS(p->columns);
    for (size_t begin = 0; begin < p->columns; begin += EFFNET_CHANNEL_BLOCK, out += words * width) {
      // Processes a cache line of every row at a time.
      for (size_t j = 0; j < filled; j++) {
        element block[EFFNET_CHANNEL_BLOCK];
        const float *w = p->w + (row + j) * p->columns + begin;
        for (size_t n = 0; n < EFFNET_CHANNEL_BLOCK; n += VECTOR_FLOATS) STORE_ELEMENTS(block + n, LOAD(w + n));
        for (size_t n = 0; n < words; n++) memcpy(out + n * width + j, block + n * ELEMENTS_PER_WORD, sizeof(float));
      }
      for (size_t n = 0; n < words; n++)
        for (size_t j = filled; j < width; j++) out[n * width + j] = 0;
    }
  }
}

/// Stores floats as elements.
static void NAME(store_elements)(const float *x, void *y, size_t count) {
  for (size_t i = 0; i < count; i += VECTOR_FLOATS) {
    if (count - i >= VECTOR_FLOATS) {
      STORE_ELEMENTS((element *)y + i, LOAD(x + i));
      continue;
    }
    float rest[VECTOR_FLOATS] = {0};
    element out[VECTOR_FLOATS];
    memcpy(rest, x + i, (count - i) * sizeof(float));
    STORE_ELEMENTS(out, LOAD(rest));
    memcpy((element *)y + i, out, (count - i) * sizeof(element));
  }
}
