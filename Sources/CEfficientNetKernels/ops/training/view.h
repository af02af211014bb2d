// How training reads what a convolution wrote: batch norm, activation and gate on the way in, and their gradient. Only
// raw outputs are stored; everything else is computed again where it is read.

/// The derivative of an activation at u.
AI vf derivative(effnet_activation activation, vf u) {
  const vf one = broadcast(1.0f);
  switch (activation) {
  case EFFNET_IDENTITY: return one;
  case EFFNET_RELU: return positive(u);
  case EFFNET_RELU6: return positive(u) * positive(broadcast(6.0f) - u);
  case EFFNET_SILU: {
    vf s = one / one_plus_exp_negative(u);
    return FMA(u * s, one - s, s);
  }
  case EFFNET_SIGMOID: {
    vf s = one / one_plus_exp_negative(u);
    return s * (one - s);
  }
  }
}

/// An activation at u and its derivative, with a single division.
AI void activate_with_slope(effnet_activation activation, vf u, vf *value, vf *slope) {
  const vf one = broadcast(1.0f);
  if (activation == EFFNET_SILU) {
    vf s = one / one_plus_exp_negative(u);
    *value = u * s;
    *slope = FMA(*value, one - s, s);
  } else {
    *value = activate(activation, u);
    *slope = derivative(activation, u);
  }
}

/// A vector of channels of a view.
typedef struct view_channels {
  vf scale, shift, gate;
} view_channels;

AI view_channels channels_of(const effnet_view *v, size_t channel) {
  return (view_channels){
      .scale = v->scale ? LOAD(v->scale + channel) : broadcast(1.0f),
      .shift = v->shift ? LOAD(v->shift + channel) : broadcast(0.0f),
      .gate = v->gate ? LOAD(v->gate + channel) : broadcast(1.0f),
  };
}

/// A vector of channels of a gradient.
typedef struct gradient_channels {
  view_channels view;
  vf pooled, c1, c2, c3;
} gradient_channels;

AI gradient_channels gradient_channels_of(const effnet_gradient *d, size_t channel) {
  return (gradient_channels){
      .view = channels_of(&d->view, channel),
      .pooled = d->pooled ? LOAD(d->pooled + channel) * broadcast(d->pooled_share) : broadcast(0.0f),
      .c1 = d->c1 ? LOAD(d->c1 + channel) : broadcast(1.0f),
      .c2 = d->c2 ? LOAD(d->c2 + channel) : broadcast(0.0f),
      .c3 = d->c3 ? LOAD(d->c3 + channel) : broadcast(0.0f),
  };
}

/// The value of a view: gate · act(scale · y + shift).
AI vf value_at(effnet_activation activation, const view_channels *c, vf y) {
  return c->gate * activate(activation, FMA(y, c->scale, c->shift));
}

/// The gradient before the activation: (G · gate + pooled) · act'(scale · y + shift); `g` is NULL where there is no G.
AI vf gradient_at(effnet_activation activation, const gradient_channels *c, const float *g, vf y) {
  vf upstream = g ? FMA(LOAD(g), c->view.gate, c->pooled) : c->pooled;
  return activation == EFFNET_IDENTITY ? upstream
                                       : upstream * derivative(activation, FMA(y, c->view.scale, c->view.shift));
}

// The code once for each activation, which is a constant called `act` in it: loops then have no branches.
#define FOR_ACTIVATION(activation_, ...)                                                                               \
  switch (activation_) {                                                                                               \
  case EFFNET_IDENTITY: { const effnet_activation act = EFFNET_IDENTITY; __VA_ARGS__ } break;                          \
  case EFFNET_RELU: { const effnet_activation act = EFFNET_RELU; __VA_ARGS__ } break;                                  \
  case EFFNET_RELU6: { const effnet_activation act = EFFNET_RELU6; __VA_ARGS__ } break;                                \
  case EFFNET_SILU: { const effnet_activation act = EFFNET_SILU; __VA_ARGS__ } break;                                  \
  case EFFNET_SIGMOID: { const effnet_activation act = EFFNET_SIGMOID; __VA_ARGS__ } break;                            \
  }

/// Vectors of channels that a loop over pixels takes along: with whole cache lines of a pixel, memory is read in its order.
#define GROUP_VECTORS 3
#define GROUP_CHANNELS (GROUP_VECTORS * VECTOR_FLOATS)
/// Floats that loops over pixels fetch ahead.
#define FETCH_AHEAD 512

/// Fetches what a loop over pixels reads in a while.
AI void fetch_ahead(const float *x, const int vectors) {
  for (int j = 0; j < vectors * VECTOR_FLOATS; j += 16) __builtin_prefetch(x + FETCH_AHEAD + j, 0, 3);
}

/// The code for the channels `c ..< width` in groups: `vectors`, a constant in it, is GROUP_VECTORS, and one for the rest.
#define FOR_GROUPS(width, ...)                                                                                         \
  for (size_t c = 0; c < (width);) {                                                                                   \
    if ((width) - c >= GROUP_CHANNELS) {                                                                               \
      enum { vectors = GROUP_VECTORS };                                                                                \
      __VA_ARGS__                                                                                                      \
      c += GROUP_CHANNELS;                                                                                             \
    } else {                                                                                                           \
      enum { vectors = 1 };                                                                                            \
      __VA_ARGS__                                                                                                      \
      c += VECTOR_FLOATS;                                                                                              \
    }                                                                                                                  \
  }

AI void view_group(const effnet_activation act, const int vectors, const effnet_view *v, size_t channel, size_t begin,
                   size_t count, float *out, size_t stride) {
  const float *y = element_of(v->y, EFFNET_FLOAT32, begin, channel);
  size_t step = v->y.slab;
  view_channels k[GROUP_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) k[j] = channels_of(v, channel + j * VECTOR_FLOATS);
  for (size_t p = 0; p < count; p++, y += step, out += stride) {
    fetch_ahead(y, vectors);
    UNROLL for (int j = 0; j < vectors; j++)
      STORE(out + j * VECTOR_FLOATS, value_at(act, &k[j], LOAD(y + j * VECTOR_FLOATS)));
  }
}

/// Values of pixels `begin ..< end` for `width` channels from `channel` on, all of one slab: rows of `stride` floats.
static void view_rows(const effnet_view *v, size_t channel, size_t width, size_t begin, size_t end, float *out,
                      size_t stride) {
  FOR_ACTIVATION(v->activation, {
    FOR_GROUPS(width, { view_group(act, vectors, v, channel + c, begin, end - begin, out + c, stride); })
  })
}

AI void gradient_group(const effnet_activation act, const int vectors, const bool has_g, const effnet_gradient *d,
                       size_t channel, size_t begin, size_t count, float *out, size_t stride) {
  const float *y = element_of(d->view.y, EFFNET_FLOAT32, begin, channel);
  const float *g = has_g ? element_of(d->g, EFFNET_FLOAT32, begin, channel) : NULL;
  size_t step = d->view.y.slab, g_step = d->g.slab;
  gradient_channels k[GROUP_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) k[j] = gradient_channels_of(d, channel + j * VECTOR_FLOATS);
  for (size_t p = 0; p < count; p++, y += step, out += stride) {
    fetch_ahead(y, vectors);
    if (has_g) fetch_ahead(g, vectors);
    UNROLL for (int j = 0; j < vectors; j++) {
      vf in = LOAD(y + j * VECTOR_FLOATS);
      vf before = gradient_at(act, &k[j], has_g ? g + j * VECTOR_FLOATS : NULL, in);
      STORE(out + j * VECTOR_FLOATS, FMA(before, k[j].c1, FMA(in, k[j].c2, k[j].c3)));
    }
    if (has_g) g += g_step;
  }
}

/// The gradient of what was stored, dy = c1 · g + c2 · y + c3, in the same way.
static void gradient_rows(const effnet_gradient *d, size_t channel, size_t width, size_t begin, size_t end, float *out,
                          size_t stride) {
  size_t count = end - begin;
  FOR_ACTIVATION(d->view.activation, {
    FOR_GROUPS(width, {
      if (d->g.data) gradient_group(act, vectors, true, d, channel + c, begin, count, out + c, stride);
      else gradient_group(act, vectors, false, d, channel + c, begin, count, out + c, stride);
    })
  })
}

/// Adds the sum and the sum of squares of `rows` rows of `width` channels to those of an image.
static void add_moments(const float *y, size_t rows, size_t stride, size_t width, float *sum, float *square) {
  for (size_t c = 0; c < width; c += VECTOR_FLOATS) {
    vf s = broadcast(0.0f), q = s;
    for (size_t r = 0; r < rows; r++) {
      vf v = LOAD(y + r * stride + c);
      s += v;
      q = FMA(v, v, q);
    }
    STORE(sum + c, LOAD(sum + c) + s);
    STORE(square + c, LOAD(square + c) + q);
  }
}
