// 1×1 convolutions and fully connected layers.

/// Rows of one weight panel of `vectors` vectors.
static void gemm_panel(gemm_tile t, size_t rows, size_t vectors, effnet_activation activation) {
  switch (vectors) {
#if PANEL_VECTORS == 3
  case 1: gemm_rows_1(t, rows, activation); break;
  case 2: gemm_rows_2(t, rows, activation); break;
  case 3: gemm_rows_3(t, rows, activation); break;
#elif PANEL_VECTORS == 2
  case 2: gemm_rows_2(t, rows, activation); break;
#elif PANEL_VECTORS == 4
  case 4: gemm_rows_4(t, rows, activation); break;
#elif PANEL_VECTORS == 16
  case 16: gemm_rows_16(t, rows, activation); break;
#endif
  }
}

static size_t panel_vectors(size_t columns, size_t first_column) {
  size_t left = (columns - first_column) / VECTOR_FLOATS;
  return left < PANEL_VECTORS ? left : PANEL_VECTORS;
}

static void pointwise(const effnet_pointwise *p) {
  for (size_t panel = p->panel_begin; panel < p->panel_end; panel++) {
    size_t column = panel * PANEL_VECTORS * VECTOR_FLOATS;
    size_t at = p->row_begin * p->columns + column;
    gemm_tile tile = {
        .x = p->x + p->row_begin * p->x_stride,
        .w = p->w + column * p->depth,
        .bias = p->bias + column,
        .residual = p->residual ? p->residual + at : NULL,
        .y = p->y + at,
        .x_stride = p->x_stride,
        .y_stride = p->columns,
        .depth = p->depth,
    };
    gemm_panel(tile, p->row_end - p->row_begin, panel_vectors(p->columns, column), p->activation);
  }
}
