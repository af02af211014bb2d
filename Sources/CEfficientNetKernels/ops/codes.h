// Sums as codes of int8: see effnet_codes.

/// Values in units of words, small enough to become integers. NaN becomes the lowest.
AI vf raw_of_value(vf value, const effnet_codes *codes) {
  return at_most(broadcast(32767.0f), at_least(value * broadcast(codes->inverse_scale), broadcast(-32768.0f)));
}

/// Numbers of effnet_codes in vectors: what is stored might change the struct, as far as the compiler
/// knows.
typedef struct code_vectors {
  vw lowest, highest, zero, limit, stretch, factor, last_factor;
  word_table curve[3];
} code_vectors;

AI code_vectors vectors_of(const effnet_codes *codes) {
  return (code_vectors){
      .lowest = broadcast_word(codes->lowest),
      .highest = broadcast_word(codes->highest),
      .zero = broadcast_word(CODES_PER_WORD == 2 ? 0 : codes->output_zero),
      .limit = broadcast_word(codes->limit),
      .stretch = broadcast_word(codes->stretch),
      .factor = broadcast_word(codes->factor),
      .last_factor = broadcast_word(codes->last_factor),
      .curve = {table_of_words(codes->curve[0]), table_of_words(codes->curve[1]), table_of_words(codes->curve[2])},
  };
}

/// The curve of words, the SiLU: see effnet_codes.
AI vw curve_of_words(vw x, const code_vectors *codes) {
  vuw t = magnitude_of_words(x, codes->limit) * (vuw)codes->stretch;
  vw places = places_of(t >> 12), f = (vw)(t << 4 ^ 0x8000);
  vw h = multiply_words(select_words(codes->curve[2], places), f) + select_words(codes->curve[1], places);
  h = multiply_words(h, f) + select_words(codes->curve[0], places);
  vw y = subtract_words(larger_words(x, (vw){}), h);
  return multiply_words(multiply_words(y, codes->factor), codes->last_factor);
}

AI vw limited_codes(vw word, const code_vectors *codes) {
  return smaller_words(larger_words(word, codes->lowest), codes->highest);
}

/// Words as elements of a map.
AI vw elements_of_codes(vw word, const code_vectors *codes) { return CODES_PER_WORD == 2 ? word : word + codes->zero; }

// Four vectors of outputs become codes together:
//
// block_of_raw      their codes. `has_curve` is a constant.
// store_block       stores them as elements of a map, each vector at its own address
// store_block_cell  the same as a cell: a word of 32 bits has the codes of all four for a channel
// add_block         adds the codes of the first `count` vectors to a sum, count > 0
// floats_of_sum     such a sum. It has room for the codes of a depthwise tile.
#if VECTOR_FLOATS == 16 && CODES_PER_WORD == 4
/// In each 128 bits, elements of four channels: the four of the first vector, then of the second ...
typedef __m512i code_block;
typedef vf block_sum;
AI code_block block_of_raw(vf a, vf b, vf c, vf d, const bool has_curve, const code_vectors *codes) {
  vw first = words_of(a, b), last = words_of(c, d);
  if (has_curve) {
    first = curve_of_words(first, codes), last = curve_of_words(last, codes);
    return _mm512_packus_epi16((__m512i)(first + codes->zero), (__m512i)(last + codes->zero));
  }
  first = __builtin_elementwise_add_sat(first, codes->zero), last = __builtin_elementwise_add_sat(last, codes->zero);
  __m512i elements = _mm512_packus_epi16((__m512i)first, (__m512i)last);
  vw lowest = elements_of_codes(codes->lowest, codes), highest = elements_of_codes(codes->highest, codes);
  elements = _mm512_max_epu8(elements, (__m512i)(lowest | lowest << 8));
  return _mm512_min_epu8(elements, (__m512i)(highest | highest << 8));
}
AI __m512i cell_of_block(code_block block) {
  const __m128i transposed = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_shuffle_epi8(block, _mm512_broadcast_i32x4(transposed));
}
AI void store_block(code_element *a, code_element *b, code_element *c, code_element *d, code_block block,
                    const code_vectors *codes) {
  (void)codes;
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  block = _mm512_permutexvar_epi32(order, block);
  _mm_storeu_si128((__m128i_u *)a, _mm512_castsi512_si128(block));
  _mm_storeu_si128((__m128i_u *)b, _mm512_extracti32x4_epi32(block, 1));
  _mm_storeu_si128((__m128i_u *)c, _mm512_extracti32x4_epi32(block, 2));
  _mm_storeu_si128((__m128i_u *)d, _mm512_extracti32x4_epi32(block, 3));
}
AI void store_block_cell(float *p, code_block block, const code_vectors *codes) {
  (void)codes;
  _mm512_storeu_si512(p, cell_of_block(block));
}
AI block_sum add_block(block_sum sum, code_block block, size_t count, const code_vectors *codes) {
  vu ones = bits_of(broadcast(0.0f)) + (0x01010101u >> (8 * (4 - count)));
  vu zeros = bits_of(broadcast(0.0f)) + (uint32_t)codes->zero[0] * (uint32_t)count;
  return float_of(bits_of(dot_integers((vf)cell_of_block(block), float_of(ones), sum)) - zeros);
}
AI vf floats_of_sum(block_sum sum) { return float_of_integer(sum); }
#else
typedef struct code_block {
  vw first, last;
} code_block;
typedef vw block_sum;
AI code_block block_of_raw(vf a, vf b, vf c, vf d, const bool has_curve, const code_vectors *codes) {
  vw first = words_of(a, b), last = words_of(c, d);
  if (has_curve) first = curve_of_words(first, codes), last = curve_of_words(last, codes);
  return (code_block){limited_codes(first, codes), limited_codes(last, codes)};
}
AI void store_block(code_element *a, code_element *b, code_element *c, code_element *d, code_block block,
                    const code_vectors *codes) {
  store_words(a, b, ordered(elements_of_codes(block.first, codes)));
  store_words(c, d, ordered(elements_of_codes(block.last, codes)));
}
#if CODES_PER_WORD == 4
AI void store_block_cell(float *p, code_block block, const code_vectors *codes) {
  store_cell(p, elements_of_codes(block.first, codes), elements_of_codes(block.last, codes));
}
#endif
AI block_sum add_block(block_sum sum, code_block block, size_t count, const code_vectors *codes) {
  (void)codes;
  vw one = words_of(broadcast(-1.0f), broadcast(0.0f));
  sum += count > 1 ? block.first : block.first & one;
  if (count > 2) sum += count > 3 ? block.last : block.last & one;
  return sum;
}
AI vf floats_of_sum(block_sum sum) {
  vf halves[2];
  split_words(ordered(sum), halves);
  return halves[0] + halves[1];
}
#endif
