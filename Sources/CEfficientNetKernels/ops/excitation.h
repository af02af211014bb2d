// Squeeze-and-excitation without its two small matrix products: the mean and the gate.

static void NAME(mean)(const effnet_mean *m) {
  vf count = broadcast((float)m->count);
  for (size_t c = 0; c < m->channels; c += VECTOR_FLOATS) {
    const element *x = element_of(m->x, PRECISION, 0, c);
    vf sum = broadcast(0.0f);
    for (size_t r = 0; r < m->rows; r++) sum += LOAD_ELEMENTS(x + r * m->x.slab) - broadcast(m->zero);
    STORE(m->y + c, sum / count * broadcast(m->scale));
  }
}

static void NAME(scale)(const effnet_scale *s) {
#ifdef STORE_ELEMENTS
  for (size_t i = 0; i < s->pixels; i++) {
    element *y = (element *)s->y + i * s->stride;
    for (size_t c = 0; c < s->width; c += VECTOR_FLOATS)
      STORE_ELEMENTS(y + c, ACTIVATE_ANY(s->activation, LOAD_ELEMENTS(y + c) * LOAD(s->gate + c)));
  }
#else
  scale_codes(s);
#endif
}

#undef SCALE_WEIGHTS
#ifdef SCALE_WORD
static void NAME(scale_weights)(const effnet_scale_weights *s) {
  size_t depth = WORDS(s->depth);
  for (size_t column = 0; column < s->columns; column += PANEL_VECTORS * VECTOR_FLOATS) {
    size_t floats = panel_vectors(s->columns, column) * VECTOR_FLOATS;
    for (size_t k = s->begin / ELEMENTS_PER_WORD; k < WORDS(s->end); k++) {
      size_t at = column * depth + k * floats;
      const float *x = (const float *)s->x + at, *gate = s->gate + k * ELEMENTS_PER_WORD;
      float *y = (float *)s->y + at;
      for (size_t n = 0; n < floats; n += VECTOR_FLOATS) STORE(y + n, SCALE_WORD(LOAD(x + n), gate));
    }
  }
}
#define SCALE_WEIGHTS NAME(scale_weights)
#else
#define SCALE_WEIGHTS NULL
#endif
