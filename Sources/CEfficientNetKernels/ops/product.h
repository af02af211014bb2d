// 1×1 convolutions and fully connected layers.

static void NAME(product)(const effnet_product *p) {
  size_t full = p->x.slab / ELEMENTS_PER_WORD, depth = WORDS(p->depth);
  for (size_t panel = p->panel_begin; panel < p->panel_end; panel++) {
    size_t column = panel * PANEL_VECTORS * VECTOR_FLOATS;
    size_t runs = (depth + full - 1) / full;
    effnet_prefetch list = upcoming_weights(p->w, p->columns, depth, column, panel + 1 == p->panel_end, &p->next);
    prefetch_cursor next = {.list = &list};
    gemm_tile tile = {
        .x = element_of(p->x, PRECISION, p->row_begin, 0),
        .w = (const float *)p->w + column * depth,
        .bias = p->bias + column,
        .codes = codes_of(p->bias, p->columns),
        .residual = residual_of(p->residual, p->y, PRECISION, p->row_begin, column),
        .y = element_of(p->y, p->y_precision, p->row_begin, column),
        .x_stride = full,
        .y_stride = p->y.slab,
        .columns = p->columns,
        .outer = 1,
        .inner = runs,
        .x_inner = p->x.slab_stride / ELEMENTS_PER_WORD,
        .w_inner = full,
        .depth = full,
        .last_depth = depth - (runs - 1) * full,
        .activation = p->activation,
        .activates_sum = p->activates_sum && p->residual,
        .y_precision = p->y_precision,
    };
    NAME(gemm_rows)(tile, p->row_end - p->row_begin, shape_of_panel(p->columns, p->outputs, column), &next);
  }
}

static void NAME(pooled_product)(const effnet_pooled_product *p) {
  size_t depth = WORDS(p->depth);
  for (size_t panel = p->panel_begin; panel < p->panel_end; panel++) {
    size_t column = panel * PANEL_VECTORS * VECTOR_FLOATS, vectors = panel_vectors(p->columns, column);
    panel_shape shape = shape_of_panel(p->columns, p->outputs, column);
    effnet_prefetch list = upcoming_weights(p->w, p->columns, depth, column, panel + 1 == p->panel_end, &p->next);
    prefetch_cursor next = {.list = &list};
    vf sum[PANEL_VECTORS];
    for (size_t j = 0; j < vectors; j++) sum[j] = broadcast(0.0f);
    for (size_t row = 0; row < p->rows; row += TILE_ROWS) {
      size_t left = p->rows - row, rows = left < TILE_ROWS ? left : TILE_ROWS;
      gemm_tile tile = {
          .x = element_of(p->x, PRECISION, row, 0),
          .w = (const float *)p->w + column * depth,
          .bias = p->bias + column,
          .y = p->scratch,
          .x_stride = p->x.slab / ELEMENTS_PER_WORD,
          .y_stride = vectors * VECTOR_FLOATS,
          .columns = p->columns,
          .outer = 1,
          .inner = 1,
          .depth = depth,
          .last_depth = depth,
          .activation = p->activation,
          .y_precision = EFFNET_FLOAT32,
      };
      NAME(gemm_rows)(tile, rows, shape, &next);
      for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < vectors; j++) sum[j] += LOAD(p->scratch + (i * vectors + j) * VECTOR_FLOATS);
    }
    vf count = broadcast((float)p->rows);
    for (size_t j = 0; j < vectors; j++)
      store_as(PRECISION == EFFNET_INT8 ? EFFNET_FLOAT32 : PRECISION, p->mean, column + j * VECTOR_FLOATS,
               sum[j] / count);
  }
}
