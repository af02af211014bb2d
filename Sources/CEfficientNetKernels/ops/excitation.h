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

/// The scaled vector of channel c of a pixel, as elements to store.
AI vf NAME(scaled)(const effnet_scale *s, const element *pixel, size_t c) {
  vf gate = LOAD(s->gate + c);
  if (PRECISION == EFFNET_INT8) gate *= constant(s->constants, s->columns, EFFNET_MULTIPLIER, c);
  vf x = code_of_element(PRECISION, LOAD_ELEMENTS(pixel + c), s->constants, s->columns, EFFNET_INPUT_ZERO, c);
  vf value = NAME(activate_any)(s->activation, x * gate);
  if (PRECISION != EFFNET_INT8) return value;
  return element_of_code(code_of(value, s->constants, s->columns, c), s->constants, s->columns, c);
}

static void NAME(scale)(const effnet_scale *s) {
  for (size_t i = 0; i < s->pixels; i++) {
    element *y = (element *)s->y + i * s->stride;
    if (PRECISION == EFFNET_INT8 && EFFNET_CHANNEL_BLOCK % (2 * VECTOR_FLOATS) == 0) {
      for (size_t c = 0; c < s->width; c += 2 * VECTOR_FLOATS)
        store_two_codes((code_element *)y + c, NAME(scaled)(s, y, c), NAME(scaled)(s, y, c + VECTOR_FLOATS));
    } else {
      for (size_t c = 0; c < s->width; c += VECTOR_FLOATS) STORE_ELEMENTS(y + c, NAME(scaled)(s, y, c));
    }
  }
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
