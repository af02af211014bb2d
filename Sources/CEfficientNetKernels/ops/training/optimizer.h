// One step of an optimizer over a range of parameters. Source: the formulas of PyTorch's SGD and
// AdamW, and of TensorFlow's RMSProp.

/// m = momentum · m + g + decay · w; w −= rate · (nesterov ? g + decay · w + momentum · m : m)
static void sgd(const effnet_optimizer_step *s) {
  vf rate = broadcast(s->rate), decay = broadcast(s->decay), momentum = broadcast(s->momentum);
  for (size_t i = 0; i < s->count; i += VECTOR_FLOATS) {
    vf w = LOAD(s->w + i), g = FMA(decay, w, LOAD(s->g + i) * broadcast(s->scale));
    vf m = FMA(momentum, LOAD(s->m + i), g);
    STORE(s->m + i, m);
    vf step = s->nesterov ? FMA(momentum, m, g) : m;
    STORE(s->w + i, w - rate * step);
    STORE(s->g + i, broadcast(0.0f));
  }
}

/// v = ρ · v + (1 − ρ) · g²; m = momentum · m + rate · g / √(v + ε); w −= m
static void rmsprop(const effnet_optimizer_step *s) {
  vf rate = broadcast(s->rate), decay = broadcast(s->decay), momentum = broadcast(s->momentum);
  vf kept = broadcast(s->beta2), fresh = broadcast(1.0f - s->beta2), epsilon = broadcast(s->epsilon);
  for (size_t i = 0; i < s->count; i += VECTOR_FLOATS) {
    vf w = LOAD(s->w + i), g = FMA(decay, w, LOAD(s->g + i) * broadcast(s->scale));
    vf v = FMA(kept, LOAD(s->v + i), fresh * g * g);
    vf m = FMA(momentum, LOAD(s->m + i), rate * g / SQRT(v + epsilon));
    STORE(s->v + i, v);
    STORE(s->m + i, m);
    STORE(s->w + i, w - m);
    STORE(s->g + i, broadcast(0.0f));
  }
}

/// w −= rate · decay · w; m = β₁ · m + (1 − β₁) · g; v = β₂ · v + (1 − β₂) · g²;
/// w −= rate · (m / correction₁) / (√(v / correction₂) + ε)
static void adamw(const effnet_optimizer_step *s) {
  vf beta1 = broadcast(s->momentum), fresh1 = broadcast(1.0f - s->momentum);
  vf beta2 = broadcast(s->beta2), fresh2 = broadcast(1.0f - s->beta2), epsilon = broadcast(s->epsilon);
  vf shrink = broadcast(1.0f - s->rate * s->decay), step = broadcast(s->rate / s->correction1);
  vf root = broadcast(s->root_correction2);
  for (size_t i = 0; i < s->count; i += VECTOR_FLOATS) {
    vf w = LOAD(s->w + i), g = LOAD(s->g + i) * broadcast(s->scale);
    vf m = FMA(beta1, LOAD(s->m + i), fresh1 * g);
    vf v = FMA(beta2, LOAD(s->v + i), fresh2 * g * g);
    STORE(s->m + i, m);
    STORE(s->v + i, v);
    STORE(s->w + i, w * shrink - step * m / (SQRT(v) / root + epsilon));
    STORE(s->g + i, broadcast(0.0f));
  }
}

/// average = kept · average + (1 − kept) · w
static void moving_average(const effnet_moving_average *s) {
  vf kept = broadcast(s->kept), fresh = broadcast(1.0f - s->kept);
  for (size_t i = 0; i < s->count; i += VECTOR_FLOATS)
    STORE(s->average + i, FMA(kept, LOAD(s->average + i), fresh * LOAD(s->w + i)));
}
