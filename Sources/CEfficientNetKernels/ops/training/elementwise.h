// Passes over feature maps that belong to no convolution. All of them take one image.

AI void store_group(const effnet_activation act, const int vectors, const effnet_store_view *s, size_t channel) {
  const effnet_view *v = &s->view;
  const float *y = element_of(v->y, EFFNET_FLOAT32, 0, channel);
  const float *residual = residual_of(s->residual, s->out, EFFNET_FLOAT32, 0, channel);
  float *out = element_of(s->out, EFFNET_FLOAT32, 0, channel);
  view_channels k[GROUP_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
  for (size_t p = 0; p < s->pixels; p++, y += v->y.slab, out += s->out.slab) {
    fetch_ahead(y, vectors);
    UNROLL for (int j = 0; j < vectors; j++) {
      vf value = value_at(act, &k[j], LOAD(y + j * VECTOR_FLOATS));
      if (residual) value += LOAD(residual + p * s->out.slab + j * VECTOR_FLOATS);
      STORE(out + j * VECTOR_FLOATS, value);
    }
  }
}

/// out = view · 1, plus a residual: the output of a block.
static void store_view(const effnet_store_view *s) {
  FOR_ACTIVATION(s->view.activation, { FOR_GROUPS(s->channels, { store_group(act, vectors, s, c); }) })
}

AI void pool_group(const effnet_activation act, const int vectors, const effnet_pool_view *s, size_t channel) {
  const effnet_view *v = &s->view;
  const float *y = element_of(v->y, EFFNET_FLOAT32, 0, channel);
  view_channels k[GROUP_VECTORS];
  vf total[GROUP_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) {
    k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
    total[j] = broadcast(0.0f);
  }
  for (size_t begin = 0; begin < s->pixels; begin += TRAINING_ROWS) {
    size_t end = begin + TRAINING_ROWS < s->pixels ? begin + TRAINING_ROWS : s->pixels;
    vf sum[GROUP_VECTORS];
    UNROLL for (int j = 0; j < vectors; j++) sum[j] = broadcast(0.0f);
    for (size_t p = begin; p < end; p++, y += v->y.slab) {
      fetch_ahead(y, vectors);
      UNROLL for (int j = 0; j < vectors; j++) sum[j] += value_at(act, &k[j], LOAD(y + j * VECTOR_FLOATS));
    }
    UNROLL for (int j = 0; j < vectors; j++) total[j] += sum[j];
  }
  UNROLL for (int j = 0; j < vectors; j++)
    STORE(s->mean + channel + j * VECTOR_FLOATS, total[j] / broadcast((float)s->pixels));
}

/// mean[c] = (Σ_p view) / pixels
static void pool_view(const effnet_pool_view *s) {
  FOR_ACTIVATION(s->view.activation, { FOR_GROUPS(s->channels, { pool_group(act, vectors, s, c); }) })
}

AI void reduce_group(const effnet_activation act, const int vectors, const bool has_g, const effnet_reduce_gradient *s,
                     size_t channel) {
  const effnet_gradient *d = &s->gradient;
  const float *y = element_of(d->view.y, EFFNET_FLOAT32, 0, channel);
  const float *g = has_g ? element_of(d->g, EFFNET_FLOAT32, 0, channel) : NULL;
  gradient_channels k[GROUP_VECTORS];
  vf mean[GROUP_VECTORS], sum[GROUP_VECTORS], product[GROUP_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) {
    k[j] = gradient_channels_of(d, channel + j * VECTOR_FLOATS);
    mean[j] = LOAD(s->mean + channel + j * VECTOR_FLOATS);
    sum[j] = product[j] = broadcast(0.0f);
  }
  for (size_t begin = 0; begin < s->pixels; begin += TRAINING_ROWS) {
    size_t end = begin + TRAINING_ROWS < s->pixels ? begin + TRAINING_ROWS : s->pixels;
    vf a[GROUP_VECTORS], b[GROUP_VECTORS];
    UNROLL for (int j = 0; j < vectors; j++) a[j] = b[j] = broadcast(0.0f);
    for (size_t p = begin; p < end; p++, y += d->view.y.slab) {
      fetch_ahead(y, vectors);
      if (has_g) fetch_ahead(g, vectors);
      UNROLL for (int j = 0; j < vectors; j++) {
        vf in = LOAD(y + j * VECTOR_FLOATS);
        vf before = gradient_at(act, &k[j], has_g ? g + j * VECTOR_FLOATS : NULL, in);
        a[j] += before;
        b[j] = FMA(before, in - mean[j], b[j]);
      }
      if (has_g) g += d->g.slab;
    }
    UNROLL for (int j = 0; j < vectors; j++) {
      sum[j] += a[j];
      product[j] += b[j];
    }
  }
  UNROLL for (int j = 0; j < vectors; j++) {
    STORE(s->sum + channel + j * VECTOR_FLOATS, sum[j]);
    STORE(s->product + channel + j * VECTOR_FLOATS, product[j]);
  }
}

/// The sums that the gradient of a batch norm needs: Σ g and Σ g · (y − mean) over the pixels of an image.
static void reduce_gradient(const effnet_reduce_gradient *s) {
  FOR_ACTIVATION(s->gradient.view.activation, {
    FOR_GROUPS(s->channels, {
      if (s->gradient.g.data) reduce_group(act, vectors, true, s, c);
      else reduce_group(act, vectors, false, s, c);
    })
  })
}

/// The same sums from those with and without g.
static void join_sums(const effnet_join_sums *s) {
  for (size_t c = 0; c < s->channels; c += VECTOR_FLOATS) {
    vf gate = s->gate ? LOAD(s->gate + c) : broadcast(1.0f);
    vf pooled = s->pooled ? LOAD(s->pooled + c) * broadcast(s->pooled_share) : broadcast(0.0f);
    STORE(s->sum + c, FMA(gate, LOAD(s->sum + c), pooled * LOAD(s->slope_sum + c)));
    STORE(s->product + c, FMA(gate, LOAD(s->product + c), pooled * LOAD(s->slope_product + c)));
  }
}

/// The gradient of what a convolution wrote, stored: see gradient_rows.
static void store_gradient(const effnet_store_gradient *s) {
  const effnet_gradient *d = &s->gradient;
  for (size_t channel = 0; channel < s->channels; channel += s->out.slab) {
    size_t left = s->channels - channel, width = left < s->out.slab ? left : s->out.slab;
    for (size_t begin = 0; begin < width;) {
      // What is one slab of the output may be several of the gradient, and the other way round.
      size_t at = channel + begin, slab = d->view.y.slab, room = slab - at % slab;
      size_t count = width - begin < room ? width - begin : room;
      gradient_rows(d, at, count, 0, s->pixels, element_of(s->out, EFFNET_FLOAT32, 0, at), s->out.slab);
      begin += count;
    }
  }
}

AI void gate_group(const effnet_activation act, const int vectors, const effnet_gate_gradient *s, size_t channel) {
  const effnet_view *v = &s->view;
  const float *y = element_of(v->y, EFFNET_FLOAT32, 0, channel);
  const float *g = element_of(s->g, EFFNET_FLOAT32, 0, channel);
  view_channels k[GROUP_VECTORS];
  vf total[GROUP_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) {
    k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
    total[j] = broadcast(0.0f);
  }
  for (size_t begin = 0; begin < s->pixels; begin += TRAINING_ROWS) {
    size_t end = begin + TRAINING_ROWS < s->pixels ? begin + TRAINING_ROWS : s->pixels;
    vf sum[GROUP_VECTORS];
    UNROLL for (int j = 0; j < vectors; j++) sum[j] = broadcast(0.0f);
    for (size_t p = begin; p < end; p++, y += v->y.slab, g += s->g.slab) {
      fetch_ahead(y, vectors);
      fetch_ahead(g, vectors);
      UNROLL for (int j = 0; j < vectors; j++) {
        vf open = activate(act, FMA(LOAD(y + j * VECTOR_FLOATS), k[j].scale, k[j].shift));
        sum[j] = FMA(LOAD(g + j * VECTOR_FLOATS), open, sum[j]);
      }
    }
    UNROLL for (int j = 0; j < vectors; j++) total[j] += sum[j];
  }
  UNROLL for (int j = 0; j < vectors; j++) STORE(s->dgate + channel + j * VECTOR_FLOATS, total[j]);
}

/// dgate[c] = Σ_p g · act(scale · y + shift)
static void gate_gradient(const effnet_gate_gradient *s) {
  FOR_ACTIVATION(s->view.activation, { FOR_GROUPS(s->channels, { gate_group(act, vectors, s, c); }) })
}

/// y += x · factor for a map of one image: dropout, the gate of a stored map, sums of gradients.
static void add_product(const effnet_add_product *s) {
  for (size_t i = 0; i < s->count; i += VECTOR_FLOATS) {
    vf x = LOAD(s->x + i);
    if (s->factor) x *= LOAD(s->factor + i);
    STORE(s->y + i, s->accumulates ? LOAD(s->y + i) + x : x);
  }
}
