// Passes over feature maps that belong to no convolution. Each call processes one image.

AI void NAME(store_group)(const effnet_activation act, const int vectors, const effnet_store_view *s, size_t channel) {
  const effnet_view *v = &s->view;
  const element *y = element_of(v->y, PRECISION, 0, channel);
  const element *residual = residual_of(s->residual, s->out, PRECISION, 0, channel);
  element *out = element_of(s->out, PRECISION, 0, channel);
  view_channels k[GROUP_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
  for (size_t p = 0; p < s->pixels; p++, y += v->y.slab, out += s->out.slab) {
    NAME(fetch_pixel)(y, v->y.slab, vectors);
    UNROLL_FOR (int j = 0; j < vectors; j++) {
      vf value = value_at(act, &k[j], LOAD_ELEMENTS(y + j * VECTOR_FLOATS));
      if (residual) value += LOAD_ELEMENTS(residual + p * s->out.slab + j * VECTOR_FLOATS);
      STORE_ELEMENTS(out + j * VECTOR_FLOATS, value);
    }
  }
}

/// out = view + residual: the output of a block.
static void NAME(store_view)(const effnet_store_view *s){
    FOR_ACTIVATION(s->view.activation, {FOR_GROUPS(s->channels, { NAME(store_group)(act, vectors, s, c); })})}

AI void NAME(pool_group)(const effnet_activation act, const int vectors, const effnet_pool_view *s, size_t channel) {
  const effnet_view *v = &s->view;
  const element *y = element_of(v->y, PRECISION, 0, channel);
  view_channels k[GROUP_VECTORS];
  vf total[GROUP_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
    total[j] = broadcast(0.0f);
  }
  for (size_t begin = 0; begin < s->pixels; begin += TRAINING_ROWS) {
    size_t end = begin + TRAINING_ROWS < s->pixels ? begin + TRAINING_ROWS : s->pixels;
    vf sum[GROUP_VECTORS];
    UNROLL_FOR (int j = 0; j < vectors; j++) sum[j] = broadcast(0.0f);
    for (size_t p = begin; p < end; p++, y += v->y.slab) {
      NAME(fetch_pixel)(y, v->y.slab, vectors);
      UNROLL_FOR (int j = 0; j < vectors; j++) sum[j] += value_at(act, &k[j], LOAD_ELEMENTS(y + j * VECTOR_FLOATS));
    }
    UNROLL_FOR (int j = 0; j < vectors; j++) total[j] += sum[j];
  }
  UNROLL_FOR (int j = 0; j < vectors; j++)
    STORE(s->mean + channel + j * VECTOR_FLOATS, total[j] / broadcast((float)s->pixels));
}

/// mean[c] = (Σ_p view) / pixels
static void NAME(pool_view)(const effnet_pool_view *s){
    FOR_ACTIVATION(s->view.activation, {FOR_GROUPS(s->channels, { NAME(pool_group)(act, vectors, s, c); })})}

AI void NAME(reduce_group)(const effnet_activation act, const int vectors, const bool has_g,
                           const effnet_reduce_gradient *s, size_t channel) {
  const effnet_gradient *d = &s->gradient;
  const element *y = element_of(d->view.y, PRECISION, 0, channel);
  const element *g = has_g ? element_of(d->g, PRECISION, 0, channel) : y;
  gradient_channels k[GROUP_VECTORS];
  vf mean[GROUP_VECTORS], sum[GROUP_VECTORS], product[GROUP_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    k[j] = gradient_channels_of(d, channel + j * VECTOR_FLOATS);
    mean[j] = LOAD(s->mean + channel + j * VECTOR_FLOATS);
    sum[j] = product[j] = broadcast(0.0f);
  }
  for (size_t begin = 0; begin < s->pixels; begin += TRAINING_ROWS) {
    size_t end = begin + TRAINING_ROWS < s->pixels ? begin + TRAINING_ROWS : s->pixels;
    vf a[GROUP_VECTORS], b[GROUP_VECTORS];
    UNROLL_FOR (int j = 0; j < vectors; j++) a[j] = b[j] = broadcast(0.0f);
    for (size_t p = begin; p < end; p++, y += d->view.y.slab) {
      NAME(fetch_pixel)(y, d->view.y.slab, vectors);
      if (has_g) NAME(fetch_pixel)(g, d->g.slab, vectors);
      UNROLL_FOR (int j = 0; j < vectors; j++) {
        vf in = LOAD_ELEMENTS(y + j * VECTOR_FLOATS);
        vf before = gradient_at(act, &k[j], has_g, LOAD_ELEMENTS(g + j * VECTOR_FLOATS), in);
        a[j] += before;
        b[j] = FMA(before, in - mean[j], b[j]);
      }
      if (has_g) g += d->g.slab;
    }
    UNROLL_FOR (int j = 0; j < vectors; j++) {
      sum[j] += a[j];
      product[j] += b[j];
    }
  }
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    STORE(s->sum + channel + j * VECTOR_FLOATS, sum[j]);
    STORE(s->product + channel + j * VECTOR_FLOATS, product[j]);
  }
}

/// The sums for the gradient of a batch norm: Σ g and Σ g · (y − mean) over the pixels of an image.
static void NAME(reduce_gradient)(const effnet_reduce_gradient *s) {
  FOR_ACTIVATION(s->gradient.view.activation, {FOR_GROUPS(s->channels, {
                   if (s->gradient.g.data)
                     NAME(reduce_group)(act, vectors, true, s, c);
                   else
                     NAME(reduce_group)(act, vectors, false, s, c);
                 })})
}

/// Stores the gradient of a convolution's output: see gradient_rows.
static void NAME(store_gradient)(const effnet_store_gradient *s) {
  const effnet_gradient *d = &s->gradient;
  for (size_t channel = 0; channel < s->channels; channel += s->out.slab) {
    size_t left = s->channels - channel, width = left < s->out.slab ? left : s->out.slab;
    for (size_t begin = 0; begin < width;) {
      // The slabs of the output and of the gradient may have different widths.
      size_t at = channel + begin, slab = d->view.y.slab, room = slab - at % slab;
      size_t count = width - begin < room ? width - begin : room;
      NAME(gradient_elements)(d, at, count, 0, s->pixels, element_of(s->out, PRECISION, 0, at), s->out.slab);
      begin += count;
    }
  }
}

AI void NAME(gate_group)(const effnet_activation act, const int vectors, const effnet_gate_gradient *s,
                         size_t channel) {
  const effnet_view *v = &s->view;
  const element *y = element_of(v->y, PRECISION, 0, channel);
  const element *g = element_of(s->g, PRECISION, 0, channel);
  view_channels k[GROUP_VECTORS];
  vf total[GROUP_VECTORS];
  UNROLL_FOR (int j = 0; j < vectors; j++) {
    k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
    total[j] = broadcast(0.0f);
  }
  for (size_t begin = 0; begin < s->pixels; begin += TRAINING_ROWS) {
    size_t end = begin + TRAINING_ROWS < s->pixels ? begin + TRAINING_ROWS : s->pixels;
    vf sum[GROUP_VECTORS];
    UNROLL_FOR (int j = 0; j < vectors; j++) sum[j] = broadcast(0.0f);
    for (size_t p = begin; p < end; p++, y += v->y.slab, g += s->g.slab) {
      NAME(fetch_pixel)(y, v->y.slab, vectors);
      NAME(fetch_pixel)(g, s->g.slab, vectors);
      UNROLL_FOR (int j = 0; j < vectors; j++) {
        vf open = activate(act, FMA(LOAD_ELEMENTS(y + j * VECTOR_FLOATS), k[j].scale, k[j].shift));
        sum[j] = FMA(LOAD_ELEMENTS(g + j * VECTOR_FLOATS), open, sum[j]);
      }
    }
    UNROLL_FOR (int j = 0; j < vectors; j++) total[j] += sum[j];
  }
  UNROLL_FOR (int j = 0; j < vectors; j++) STORE(s->dgate + channel + j * VECTOR_FLOATS, total[j]);
}

/// dgate[c] = Σ_p g · act(scale · y + shift)
static void NAME(gate_gradient)(const effnet_gate_gradient *s) {
  FOR_ACTIVATION(s->view.activation, {FOR_GROUPS(s->channels, { NAME(gate_group)(act, vectors, s, c); })})
}

/// y = x · factor, or y += x · factor: dropout, and sums of gradients.
static void NAME(add_product)(const effnet_add_product *s) {
  const element *x = s->x, *factor = s->factor;
  element *y = s->y;
  for (size_t i = 0; i < s->count; i += VECTOR_FLOATS) {
    vf product = LOAD_ELEMENTS(x + i);
    if (factor) product *= LOAD_ELEMENTS(factor + i);
    STORE_ELEMENTS(y + i, s->accumulates ? LOAD_ELEMENTS(y + i) + product : product);
  }
}
