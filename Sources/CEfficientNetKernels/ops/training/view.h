// Views and gradients of stored maps as rows of elements or of floats. Only the outputs of
// convolutions are stored; everything else is computed again at each read.

/// Prefetches `vectors` vectors of a later pixel in a loop over the pixels of a map with `slab`
/// channels in a slab.
AI void NAME(fetch_pixel)(const element *x, size_t slab, const int vectors) {
  fetch_ahead(x, slab * sizeof(element), vectors * VECTOR_FLOATS * (int)sizeof(element));
}

/// Stores a vector at element `at` of a row of floats or elements.
AI void NAME(store_in_row)(const bool are_floats, void *row, size_t at, vf v) {
  if (are_floats)
    STORE((float *)row + at, v);
  else
    STORE_ELEMENTS((element *)row + at, v);
}

AI void NAME(view_group)(const effnet_activation act, const int vectors, const bool are_floats, const effnet_view *v,
                         size_t channel, size_t begin, size_t count, void *rows, size_t at, size_t stride) {
  const element *y = element_of(v->y, PRECISION, begin, channel);
  size_t slab = v->y.slab;
  view_channels k[GROUP_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
  for (size_t p = 0; p < count; p++, y += slab, at += stride) {
    NAME(fetch_pixel)(y, slab, vectors);
    UNROLL_FOR (int j = 0; j < vectors; j++) {
      vf value = value_at(act, &k[j], LOAD_ELEMENTS(y + j * VECTOR_FLOATS));
      NAME(store_in_row)(are_floats, rows, at + j * VECTOR_FLOATS, value);
    }
  }
}

/// Writes the values of pixels `begin ..< end` and `width` channels from `channel` on into rows.
/// The channels lie in one slab. Rows are `stride` elements or floats apart.
AI void NAME(view_rows)(const bool are_floats, const effnet_view *v, size_t channel, size_t width, size_t begin,
                        size_t end, void *rows, size_t stride){FOR_ACTIVATION(
    v->activation,
    {FOR_GROUPS(width,
                { NAME(view_group)(act, vectors, are_floats, v, channel + c, begin, end - begin, rows, c, stride); })})}

AI void NAME(gradient_group)(const effnet_activation act, const int vectors, const bool are_floats, const bool has_g,
                             const effnet_gradient *d, size_t channel, size_t begin, size_t count, void *rows,
                             size_t at, size_t stride) {
  const element *y = element_of(d->view.y, PRECISION, begin, channel);
  const element *g = has_g ? element_of(d->g, PRECISION, begin, channel) : y;
  size_t slab = d->view.y.slab, g_slab = has_g ? d->g.slab : slab;
  gradient_channels k[GROUP_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) k[j] = gradient_channels_of(d, channel + j * VECTOR_FLOATS);
  for (size_t p = 0; p < count; p++, y += slab, g += g_slab, at += stride) {
    NAME(fetch_pixel)(y, slab, vectors);
    if (has_g) NAME(fetch_pixel)(g, g_slab, vectors);
    UNROLL_FOR (int j = 0; j < vectors; j++) {
      vf in = LOAD_ELEMENTS(y + j * VECTOR_FLOATS);
      vf before = gradient_at(act, &k[j], has_g, LOAD_ELEMENTS(g + j * VECTOR_FLOATS), in);
      vf dy = FMA(before, k[j].c1, FMA(in, k[j].c2, k[j].c3));
      NAME(store_in_row)(are_floats, rows, at + j * VECTOR_FLOATS, dy);
    }
  }
}

/// The gradient of the stored map, dy = c1 · before + c2 · y + c3, in the same layout.
AI void NAME(gradient_rows)(const bool are_floats, const effnet_gradient *d, size_t channel, size_t width, size_t begin,
                            size_t end, void *rows, size_t stride) {
  size_t count = end - begin;
  FOR_ACTIVATION(
      d->view.activation, {FOR_GROUPS(width, {
        if (d->g.data)
          NAME(gradient_group)(act, vectors, are_floats, true, d, channel + c, begin, count, rows, c, stride);
        else
          NAME(gradient_group)(act, vectors, are_floats, false, d, channel + c, begin, count, rows, c, stride);
      })})
}

// Products read rows of elements, depthwise convolutions rows of floats.
static void NAME(view_elements)(const effnet_view *v, size_t channel, size_t width, size_t begin, size_t end,
                                element *rows, size_t stride) {
  NAME(view_rows)(false, v, channel, width, begin, end, rows, stride);
}
static void NAME(view_floats)(const effnet_view *v, size_t channel, size_t width, size_t begin, size_t end, float *rows,
                              size_t stride) {
  NAME(view_rows)(true, v, channel, width, begin, end, rows, stride);
}
static void NAME(gradient_elements)(const effnet_gradient *d, size_t channel, size_t width, size_t begin, size_t end,
                                    element *rows, size_t stride) {
  NAME(gradient_rows)(false, d, channel, width, begin, end, rows, stride);
}
static void NAME(gradient_floats)(const effnet_gradient *d, size_t channel, size_t width, size_t begin, size_t end,
                                  float *rows, size_t stride) {
  NAME(gradient_rows)(true, d, channel, width, begin, end, rows, stride);
}

/// Adds the sum and the sum of squares of `rows` rows of `width` channels to those of an image.
static void NAME(add_moments)(const element *y, size_t rows, size_t stride, size_t width, float *sum, float *square) {
  for (size_t c = 0; c < width; c += VECTOR_FLOATS) {
    vf s = broadcast(0.0f), q = s;
    for (size_t r = 0; r < rows; r++) {
      vf v = LOAD_ELEMENTS(y + r * stride + c);
      s += v;
      q = FMA(v, v, q);
    }
    STORE(sum + c, LOAD(sum + c) + s);
    STORE(square + c, LOAD(square + c) + q);
  }
}
