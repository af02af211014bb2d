// The gate of squeeze-and-excitation on codes.

/// The codes of a gated map. `gate` has the gates of the channels as words or, for the form
/// EFFNET_IN_FLOATS, as floats.
AI vw gated_codes(const effnet_scale *s, vw code, vw gate_words, const vf gate[2], const code_vectors *codes) {
  if (s->codes->form == EFFNET_IN_FLOATS) {
    vf halves[2];
    split_words(code, halves);
    UNROLL_FOR (int i = 0; i < 2; i++)
      halves[i] = raw_of_value(activate_any(s->activation, halves[i] * gate[i]), s->codes);
    return limited_codes(ordered(words_of(halves[0], halves[1])), codes);
  }
  vw product = multiply_words((vw)((vuw)code << 7), gate_words);
  return limited_codes(multiply_words(product, codes->factor), codes);
}

/// Two vectors of channels of a gated map, at a and b, with their gates: see gated_codes.
typedef struct gate_pair {
  size_t a, b; // elements from the first one of two pixels
  vw words;
  vf floats[2];
} gate_pair;

AI void apply_gate(const effnet_scale *s, code_element *y, const gate_pair *pair, vw input_zero,
                   const code_vectors *codes) {
  vw code = load_words(y + pair->a, y + pair->b) - input_zero;
  code = gated_codes(s, code, pair->words, pair->floats, codes);
  store_words(y + pair->a, y + pair->b, elements_of_codes(code, codes));
}

/// The gate on a map of codes. The channels of two pixels, one after the other, are whole pairs of
/// vectors.
static void scale_codes(const effnet_scale *s) {
  enum { most = EFFNET_SLAB_CHANNELS / VECTOR_FLOATS };
  code_vectors codes = vectors_of(s->codes);
  codes.factor = broadcast_word(s->codes->gate_factor);
  vw input_zero = broadcast_word(CODES_PER_WORD == 2 ? 0 : s->codes->input_zero);
  vf scale = broadcast(s->codes->gate_scale), input_scale = broadcast(s->codes->input_scale);
  // A map that is not in slabs may have more channels.
  for (size_t begin = 0; begin < s->width; begin += EFFNET_SLAB_CHANNELS) {
    size_t left = s->width - begin, width = left < EFFNET_SLAB_CHANNELS ? left : EFFNET_SLAB_CHANNELS;
    size_t vectors = width / VECTOR_FLOATS;
    code_element *y = (code_element *)s->y + begin;
    gate_pair pairs[2 * most];
    // First those of two pixels, then those of the last one, if it is alone: each vector twice.
    for (size_t n = 0; n < 2 * vectors; n++) {
      size_t a = n < vectors ? 2 * n : n - vectors, b = n < vectors ? 2 * n + 1 : a;
      vf gate_a = LOAD(s->gate + begin + a % vectors * VECTOR_FLOATS);
      vf gate_b = LOAD(s->gate + begin + b % vectors * VECTOR_FLOATS);
      pairs[n] = (gate_pair){.a = a / vectors * s->stride + a % vectors * VECTOR_FLOATS,
                             .b = b / vectors * s->stride + b % vectors * VECTOR_FLOATS,
                             .words = ordered(words_of(gate_a * scale, gate_b * scale)),
                             .floats = {gate_a * input_scale, gate_b * input_scale}};
    }
    for (size_t i = 0; i + 1 < s->pixels; i += 2, y += 2 * s->stride)
      for (size_t n = 0; n < vectors; n++) apply_gate(s, y, &pairs[n], input_zero, &codes);
    for (size_t n = vectors; s->pixels % 2 && n < 2 * vectors; n++) apply_gate(s, y, &pairs[n], input_zero, &codes);
  }
}
