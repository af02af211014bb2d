// Passes over feature maps that belong to no convolution. All of them take one image.

/// out = view · 1, plus a residual: the output of a block.
static void store_view(const effnet_store_view *s) {
  const effnet_view *v = &s->view;
  FOR_ACTIVATION(v->activation, {
    for (size_t channel = 0; channel < s->channels; channel += VECTOR_FLOATS) {
      view_channels k = channels_of(v, channel);
      const float *y = element_of(v->y, EFFNET_FLOAT32, 0, channel);
      const float *residual = residual_of(s->residual, s->out, EFFNET_FLOAT32, 0, channel);
      float *out = element_of(s->out, EFFNET_FLOAT32, 0, channel);
      for (size_t p = 0; p < s->pixels; p++) {
        vf value = value_at(act, &k, LOAD(y + p * v->y.slab));
        STORE(out + p * s->out.slab, residual ? value + LOAD(residual + p * s->out.slab) : value);
      }
    }
  })
}

/// mean[c] = (Σ_p view) / pixels
static void pool_view(const effnet_pool_view *s) {
  const effnet_view *v = &s->view;
  FOR_ACTIVATION(v->activation, {
    for (size_t channel = 0; channel < s->channels; channel += VECTOR_FLOATS) {
      view_channels k = channels_of(v, channel);
      const float *y = element_of(v->y, EFFNET_FLOAT32, 0, channel);
      vf total = broadcast(0.0f);
      for (size_t begin = 0; begin < s->pixels; begin += TRAINING_ROWS) {
        size_t end = begin + TRAINING_ROWS < s->pixels ? begin + TRAINING_ROWS : s->pixels;
        vf sum = broadcast(0.0f);
        for (size_t p = begin; p < end; p++) sum += value_at(act, &k, LOAD(y + p * v->y.slab));
        total += sum;
      }
      STORE(s->mean + channel, total / broadcast((float)s->pixels));
    }
  })
}

/// The sums that the gradient of a batch norm needs: Σ g and Σ g · (y − mean) over the pixels of an image.
static void reduce_gradient(const effnet_reduce_gradient *s) {
  const effnet_gradient *d = &s->gradient;
  FOR_ACTIVATION(d->view.activation, {
    for (size_t channel = 0; channel < s->channels; channel += VECTOR_FLOATS) {
      gradient_channels k = gradient_channels_of(d, channel);
      vf mean = LOAD(s->mean + channel), sum = broadcast(0.0f), product = sum;
      const float *y = element_of(d->view.y, EFFNET_FLOAT32, 0, channel);
      const float *g = d->g.data ? element_of(d->g, EFFNET_FLOAT32, 0, channel) : NULL;
      for (size_t begin = 0; begin < s->pixels; begin += TRAINING_ROWS) {
        size_t end = begin + TRAINING_ROWS < s->pixels ? begin + TRAINING_ROWS : s->pixels;
        vf a = broadcast(0.0f), b = a;
        for (size_t p = begin; p < end; p++) {
          vf in = LOAD(y + p * d->view.y.slab);
          vf before = gradient_at(act, &k, g ? g + p * d->g.slab : NULL, in);
          a += before;
          b = FMA(before, in - mean, b);
        }
        sum += a;
        product += b;
      }
      STORE(s->sum + channel, sum);
      STORE(s->product + channel, product);
    }
  })
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

/// dgate[c] = Σ_p g · act(scale · y + shift)
static void gate_gradient(const effnet_gate_gradient *s) {
  const effnet_view *v = &s->view;
  FOR_ACTIVATION(v->activation, {
    for (size_t channel = 0; channel < s->channels; channel += VECTOR_FLOATS) {
      view_channels k = channels_of(v, channel);
      const float *y = element_of(v->y, EFFNET_FLOAT32, 0, channel);
      const float *g = element_of(s->g, EFFNET_FLOAT32, 0, channel);
      vf total = broadcast(0.0f);
      for (size_t begin = 0; begin < s->pixels; begin += TRAINING_ROWS) {
        size_t end = begin + TRAINING_ROWS < s->pixels ? begin + TRAINING_ROWS : s->pixels;
        vf sum = broadcast(0.0f);
        for (size_t p = begin; p < end; p++)
          sum = FMA(LOAD(g + p * s->g.slab), activate(act, FMA(LOAD(y + p * v->y.slab), k.scale, k.shift)), sum);
        total += sum;
      }
      STORE(s->dgate + channel, total);
    }
  })
}

/// y += x · factor for a map of one image: dropout, the gate of a stored map, sums of gradients.
static void add_product(const effnet_add_product *s) {
  for (size_t i = 0; i < s->count; i += VECTOR_FLOATS) {
    vf x = LOAD(s->x + i);
    if (s->factor) x *= LOAD(s->factor + i);
    STORE(s->y + i, s->accumulates ? LOAD(s->y + i) + x : x);
  }
}
