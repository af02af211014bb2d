// Vectors of fp16, by the instructions that convert them to floats. Included by simd_vector.h.

#if VECTOR_FLOATS == 16
AI vf floats_of_fp16(vh v) { return (vf)_mm512_cvtph_ps((__m256i)v); }
AI vh fp16_of_floats(vf v) { return (vh)_mm512_cvtps_ph((__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD_LANES 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif VECTOR_FLOATS == 8
AI vf floats_of_fp16(vh v) { return (vf)_mm256_cvtph_ps((__m128i)v); }
AI vh fp16_of_floats(vf v) { return (vh)_mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT); }
#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14
#define ODD_LANES 1, 3, 5, 7, 9, 11, 13, 15
#elif VECTOR_FLOATS == 4
AI vf floats_of_fp16(vh v) { return (vf)vcvt_f32_f16((float16x4_t)v); }
AI vh fp16_of_floats(vf v) { return (vh)vcvt_f16_f32((float32x4_t)v); }
#define EVEN_LANES 0, 2, 4, 6
#define ODD_LANES 1, 3, 5, 7
#endif

AI vf load_fp16(const uint16_t *p) { return floats_of_fp16(*(const vh_unaligned *)p); }
AI void store_fp16(uint16_t *p, vf v) { *(vh_unaligned *)p = fp16_of_floats(v); }

/// A vector of words has two vectors of fp16, in the order of memory.
typedef struct vector_pair {
  vh first, last;
} vector_pair;
AI vector_pair fp16_of_words(vf words) {
  vector_pair pair;
  memcpy(&pair, &words, sizeof pair);
  return pair;
}
AI vf first_floats(vf words) { return floats_of_fp16(fp16_of_words(words).first); }
AI vf last_floats(vf words) { return floats_of_fp16(fp16_of_words(words).last); }
/// Words of fp16: the lower halves times gate[0], the upper halves times gate[1].
AI vf scale_pairs_fp16(vf words, const float *gate) {
  vf gates;
  UNROLL_FOR (int i = 0; i < VECTOR_FLOATS; i++) gates[i] = gate[i & 1];
  vector_pair scaled = {fp16_of_floats(first_floats(words) * gates), fp16_of_floats(last_floats(words) * gates)};
  vf result;
  memcpy(&result, &scaled, sizeof result);
  return result;
}

#ifdef NATIVE_FLOAT16
#include "isa/vector_fp16.h"

/// Pairs of sums of fp16: a · b + sum in each half of each word.
AI vf multiply_add_fp16(vf a, vf b, vf sum) { return (vf)FMA((vector_fp16)a, (vector_fp16)b, (vector_fp16)sum); }
/// The sums of the two fp16 of each word of two vectors as floats, in place.
AI void fold_fp16(vf pair[2]) {
  vf sums = (vf)join_pair_sums(pair[0], pair[1]);
  pair[0] = first_floats(sums), pair[1] = last_floats(sums);
}
#else
/// sum + a₀·b₀ + a₁·b₁, two fp16 in each word.
AI vf multiply_add_fp16(vf a, vf b, vf sum) {
  vf a0 = first_floats(a), a1 = last_floats(a), b0 = first_floats(b), b1 = last_floats(b);
  sum = FMA(__builtin_shufflevector(a0, a1, EVEN_LANES), __builtin_shufflevector(b0, b1, EVEN_LANES), sum);
  return FMA(__builtin_shufflevector(a0, a1, ODD_LANES), __builtin_shufflevector(b0, b1, ODD_LANES), sum);
}
AI vf divide_fp16(vf a, vf b) { return a / b; }
#endif

#undef EVEN_LANES
#undef ODD_LANES
