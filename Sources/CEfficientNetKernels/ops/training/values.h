// Training code that both precisions share: it reads a convolution's output through batch norm,
// activation and gate, and computes their gradient, one vector of floats at a time.

#define TRAINING_ROWS EFFNET_TRAINING_ROWS
#define SLAB EFFNET_SLAB_CHANNELS

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

/// An activation at u and its derivative. SiLU needs a single division; its value may then differ
/// in the last bit.
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

/// The gradient before the activation: (g · gate + pooled) · act'(scale · y + shift).
AI vf gradient_at(effnet_activation activation, const gradient_channels *c, const bool has_g, vf g, vf y) {
  vf upstream = has_g ? FMA(g, c->view.gate, c->pooled) : c->pooled;
  return activation == EFFNET_IDENTITY ? upstream
                                       : upstream * derivative(activation, FMA(y, c->view.scale, c->view.shift));
}

// Expands the code once for each activation, with the activation as the constant `act`, so that
// loops have no branches.
#define FOR_ACTIVATION(activation_, ...)                                                                               \
  switch (activation_) {                                                                                               \
  case EFFNET_IDENTITY: {                                                                                              \
    const effnet_activation act = EFFNET_IDENTITY;                                                                     \
    __VA_ARGS__                                                                                                        \
  } break;                                                                                                             \
  case EFFNET_RELU: {                                                                                                  \
    const effnet_activation act = EFFNET_RELU;                                                                         \
    __VA_ARGS__                                                                                                        \
  } break;                                                                                                             \
  case EFFNET_RELU6: {                                                                                                 \
    const effnet_activation act = EFFNET_RELU6;                                                                        \
    __VA_ARGS__                                                                                                        \
  } break;                                                                                                             \
  case EFFNET_SILU: {                                                                                                  \
    const effnet_activation act = EFFNET_SILU;                                                                         \
    __VA_ARGS__                                                                                                        \
  } break;                                                                                                             \
  case EFFNET_SIGMOID: {                                                                                               \
    const effnet_activation act = EFFNET_SIGMOID;                                                                      \
    __VA_ARGS__                                                                                                        \
  } break;                                                                                                             \
  }

/// The number of vectors of channels in a loop over pixels. Whole cache lines of a pixel are read
/// in memory order.
#if VECTOR_FLOATS == 8
#define GROUP_VECTORS 2
#elif VECTOR_FLOATS == 4
#define GROUP_VECTORS 4
#else
#define GROUP_VECTORS 3
#endif
#define GROUP_CHANNELS (GROUP_VECTORS * VECTOR_FLOATS)
/// The approximate number of bytes that loops over pixels prefetch ahead.
#define FETCH_AHEAD 2048

/// Prefetches `bytes` bytes of a later pixel in a loop over pixels of `stride` bytes.
AI void fetch_ahead(const void *x, size_t stride, const int bytes) {
  size_t distance = stride < FETCH_AHEAD ? FETCH_AHEAD / stride * stride : stride;
  for (int j = 0; j < bytes; j += 64) __builtin_prefetch((const char *)x + distance + j, 0, 3);
}

/// Expands the code for channels `c ..< width` in groups. The constant `vectors` is GROUP_VECTORS,
/// and 1 for the rest.
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

/// A matrix of words: each row has runs of up to `run` words.
typedef struct word_matrix {
  const float *data;
  size_t stride, run, run_stride;
} word_matrix;

/// The maps whose rows from `pixel` the next block of pixels reads, with `channels` channels each.
typedef struct next_reads {
  const effnet_map *maps[2]; // NULL for none
  size_t channels, pixel, pixels;
} next_reads;

typedef void (*weight_gradient_function)(size_t, const float *, size_t, const float *, size_t, float *, size_t,
                                         const char *);

/// The sums over pixels in projection_backward, for a group of vectors.
typedef struct projection_sums {
  vf dgate[GROUP_VECTORS], sum[GROUP_VECTORS], product[GROUP_VECTORS], slope_sum[GROUP_VECTORS],
      slope_product[GROUP_VECTORS];
} projection_sums;

/// The number of inputs of one output.
static size_t depth_of(const effnet_training_product *p) { return p->window.kernel * p->window.kernel * p->depth; }

static size_t pixels_of(const effnet_training_product *p) { return p->window.output_height * p->window.output_width; }
