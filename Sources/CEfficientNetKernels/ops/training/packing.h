// Weights as kernels read them, from those that the optimizer changes, which lie in rows: w[k, n].

/// Panels of columns: for each panel, `rows` rows of its columns.
static void pack_rows(const effnet_packing *p) {
  for (size_t column = 0; column < p->columns; column += PANEL_VECTORS * VECTOR_FLOATS) {
    size_t width = panel_vectors(p->columns, column) * VECTOR_FLOATS;
    float *out = p->packed + column * p->rows;
    for (size_t k = 0; k < p->rows; k++, out += width) memcpy(out, p->w + k * p->columns + column, width * sizeof(float));
  }
}

/// Panels of the transposed matrix, whose columns, the rows of w, are padded with zeros to whole blocks.
static void pack_transposed(const effnet_packing *p) {
  size_t padded = (p->rows + EFFNET_CHANNEL_BLOCK - 1) / EFFNET_CHANNEL_BLOCK * EFFNET_CHANNEL_BLOCK;
  for (size_t row = 0; row < padded; row += PANEL_VECTORS * VECTOR_FLOATS) {
    size_t width = panel_vectors(padded, row) * VECTOR_FLOATS, left = p->rows - row, filled = left < width ? left : width;
    float *out = p->packed + row * p->columns;
    for (size_t begin = 0; begin < p->columns; begin += EFFNET_CHANNEL_BLOCK) {
      // A cache line of every row at a time.
      for (size_t j = 0; j < filled; j++)
        for (size_t n = begin; n < begin + EFFNET_CHANNEL_BLOCK; n++) out[n * width + j] = p->w[(row + j) * p->columns + n];
      for (size_t n = begin; n < begin + EFFNET_CHANNEL_BLOCK; n++)
        for (size_t j = filled; j < width; j++) out[n * width + j] = 0;
    }
  }
}
