// Backward of a 1×1 convolution with a view as input, such as the projection at the end of a block.
// One pass computes the gradient of the view's value, the value, and all sums over the pixels.

/// One block of pixels of projection_backward, after the gradient of the view's value was stored in
/// `g`. The value goes into rows of a slab.
AI void NAME(projection_group)(const effnet_activation act, const int vectors, const bool has_norm,
                               const bool is_before, const effnet_projection_backward *b, size_t channel, size_t begin,
                               size_t count, element *value, projection_sums *total) {
  const element *y = element_of(b->x.y, PRECISION, begin, channel);
  element *g = element_of(b->g, PRECISION, begin, channel);
  view_channels k[GROUP_VECTORS];
  vf mean[GROUP_VECTORS];
  projection_sums s = {0};
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    k[j] = channels_of(&b->x, channel + j * VECTOR_FLOATS);
    mean[j] = has_norm ? LOAD(b->mean + channel + j * VECTOR_FLOATS) : broadcast(0.0f);
  }
  for (size_t p = 0; p < count; p++, y += b->x.y.slab, g += b->g.slab, value += SLAB) {
    NAME(fetch_pixel)(y, b->x.y.slab, vectors);
    UNROLL_FOR (int j = 0; j < vectors; j++) {
      vf in = LOAD_ELEMENTS(y + j * VECTOR_FLOATS), u = FMA(in, k[j].scale, k[j].shift), open, slope;
      if (has_norm)
        activate_with_slope(act, u, &open, &slope);
      else
        open = activate(act, u);
      vf upstream = LOAD_ELEMENTS(g + j * VECTOR_FLOATS);
      s.dgate[j] = FMA(upstream, open, s.dgate[j]);
      STORE_ELEMENTS(value + j * VECTOR_FLOATS, k[j].gate * open);
      if (!has_norm) continue;
      vf centered = in - mean[j];
      if (is_before) upstream *= k[j].gate;
      vf before = upstream * slope;
      s.sum[j] += before;
      s.product[j] = FMA(before, centered, s.product[j]);
      if (is_before) {
        STORE_ELEMENTS(g + j * VECTOR_FLOATS, before);
      } else {
        s.slope_sum[j] += slope;
        s.slope_product[j] = FMA(slope, centered, s.slope_product[j]);
      }
    }
  }
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    total->dgate[j] += s.dgate[j];
    total->sum[j] += s.sum[j];
    total->product[j] += s.product[j];
    total->slope_sum[j] += s.slope_sum[j];
    total->slope_product[j] += s.slope_product[j];
  }
}

static void NAME(projection_block)(const effnet_projection_backward *b, size_t begin, size_t count, element *value,
                                   projection_sums *totals) {
  FOR_ACTIVATION(
      b->x.activation, {FOR_GROUPS(b->width, {
        projection_sums *total = totals++;
        if (!b->sum)
          NAME(projection_group)(act, vectors, false, false, b, b->channel + c, begin, count, value + c, total);
        else if (b->slope_sum)
          NAME(projection_group)(act, vectors, true, false, b, b->channel + c, begin, count, value + c, total);
        else
          NAME(projection_group)(act, vectors, true, true, b, b->channel + c, begin, count, value + c, total);
      })})
}

/// Backward of a 1×1 convolution with a view as input, for the slab of inputs from `channel`. The
/// gradient of its output is already stored. Rows `channel ..<` of `dw` accumulate; all other
/// results are overwritten.
static void NAME(projection_backward)(const effnet_projection_backward *b) {
  size_t channel = b->channel, width = b->width, depth = b->depth - channel, words = WORDS(b->columns);
  projection_sums totals[SLAB / VECTOR_FLOATS];
  memset(totals, 0, sizeof totals);
  for (size_t begin = 0; begin < b->pixels; begin += TRAINING_ROWS) {
    size_t end = begin + TRAINING_ROWS < b->pixels ? begin + TRAINING_ROWS : b->pixels, rows = end - begin;
    const float *dy = element_of(b->dy, PRECISION, begin, 0);
    element *g = element_of(b->g, PRECISION, begin, channel);
    for (size_t column = 0; column < width; column += PANEL_VECTORS * VECTOR_FLOATS) {
      effnet_prefetch list = {0};
      if (end < b->pixels && column == 0) {
        NAME(fetch_rows)(&list, 0, b->x.y, channel, end, b->pixels);
        NAME(fetch_rows)(&list, 1, b->g, channel, end, b->pixels);
      }
      prefetch_cursor next = {.list = &list};
      gemm_tile tile = {
          .x = dy,
          .w = b->transposed + (channel + column) * words,
          .bias = b->zeros,
          .y = g + column,
          .x_stride = WORDS(b->dy.slab),
          .y_stride = b->g.slab,
          .outer = 1,
          .inner = 1,
          .depth = words,
          .last_depth = words,
          .activation = EFFNET_IDENTITY,
          .y_precision = PRECISION,
      };
      NAME(gemm_rows)(tile, rows, shape_of_panel(b->inputs, b->inputs, channel + column), &next);
    }
    NAME(projection_block)(b, begin, rows, (element *)b->scratch, totals);
    if (!b->dw) continue;
    const effnet_prefetch nothing = {0};
    prefetch_cursor next = {.list = &nothing};
    size_t inputs = width < depth ? width : depth;
    word_matrix value = NAME(stacked_rows)(b->scratch, WORDS(SLAB), inputs, rows, b->value_stack);
    word_matrix stacked = NAME(stacked_rows)(dy, WORDS(b->dy.slab), b->columns, rows, b->dy_stack);
    NAME(add_weight_gradient)(value, inputs, stacked, b->columns, WORDS(rows), b->dw + channel * b->columns, b->columns,
                              &next);
  }
  const projection_sums *total = totals;
  FOR_GROUPS(width, {
    for (int j = 0; j < vectors; j++) {
      size_t at = channel + c + (size_t)j * VECTOR_FLOATS;
      if (b->dgate) STORE(b->dgate + at, total->dgate[j]);
      if (b->sum) {
        STORE(b->sum + at, total->sum[j]);
        STORE(b->product + at, total->product[j]);
      }
      if (b->slope_sum) {
        STORE(b->slope_sum + at, total->slope_sum[j]);
        STORE(b->slope_product + at, total->slope_product[j]);
      }
    }
    total++;
  })
}
