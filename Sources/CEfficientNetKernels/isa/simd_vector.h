// Vectors of VECTOR_FLOATS floats, by the compiler's vector extensions.
#pragma once

typedef float vf __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef uint32_t vu __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef uint16_t vh __attribute__((vector_size(VECTOR_FLOATS * 2)));
typedef float vf_unaligned __attribute__((vector_size(VECTOR_FLOATS * 4), aligned(4)));
typedef uint16_t vh_unaligned __attribute__((vector_size(VECTOR_FLOATS * 2), aligned(2)));

#define LOAD(p) ((vf) * (const vf_unaligned *)(p))
#define STORE(p, v) (*(vf_unaligned *)(p) = (v))
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define SQRT(x) __builtin_elementwise_sqrt(x)
// A sum of integers, which keeps words that are no numbers: a float's instruction would count some as
// subnormal. The compiler emits a broadcast and nothing else.
AI vf broadcast(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (vf)(bits + (vu){});
}
/// x limited to at least, or at most, `limit`. NaN stays NaN: the instructions return their second
/// operand if one is NaN or both are zeros.
#if VECTOR_FLOATS == 16
AI vf at_least(vf limit, vf x) { return (vf)_mm512_max_ps((__m512)limit, (__m512)x); }
AI vf at_most(vf limit, vf x) { return (vf)_mm512_min_ps((__m512)limit, (__m512)x); }
#elif VECTOR_FLOATS == 8
AI vf at_least(vf limit, vf x) { return (vf)_mm256_max_ps((__m256)limit, (__m256)x); }
AI vf at_most(vf limit, vf x) { return (vf)_mm256_min_ps((__m256)limit, (__m256)x); }
#elif VECTOR_FLOATS == 4
AI vf at_least(vf limit, vf x) {
  return (vf)vbslq_f32(vcgtq_f32((float32x4_t)limit, (float32x4_t)x), (float32x4_t)limit, (float32x4_t)x);
}
AI vf at_most(vf limit, vf x) {
  return (vf)vbslq_f32(vcltq_f32((float32x4_t)limit, (float32x4_t)x), (float32x4_t)limit, (float32x4_t)x);
}
#endif
/// 1 where x is above 0, otherwise 0.
AI vf positive(vf x) { return (vf)((vu)(x > (vf){}) & (vu)broadcast(1.0f)); }
/// The float whose bits are those of x plus those of y shifted to the left.
AI vf add_shifted_bits(vf x, vf y, int shift) { return (vf)((vu)x + ((vu)y << shift)); }

/// The entries of a table that the lowest four bits of each number tell.
#if VECTOR_FLOATS == 16
AI vf lookup(const uint32_t table[16], vf index) {
  return (vf)_mm512_permutexvar_epi32((__m512i)index, _mm512_loadu_si512(table));
}
#elif VECTOR_FLOATS == 8
AI vf lookup(const uint32_t table[16], vf index) {
  __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps((const float *)table), (__m256i)index);
  __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps((const float *)(table + 8)), (__m256i)index);
  return (vf)_mm256_blendv_ps(low, high, (__m256)((vu)index << 28));
}
#elif VECTOR_FLOATS == 4
AI vf lookup(const uint32_t table[16], vf index) {
  vu bytes = ((vu)index & 15u) * 0x04040404u + 0x03020100u;
  return (vf)vqtbl4q_u8(vld1q_u8_x4((const uint8_t *)table), (uint8x16_t)bytes);
}
#endif

/// The lower half of a vector's floats, for panels that need no more. Without HALF_VECTORS, a whole
/// vector.
#if VECTOR_FLOATS == 16
#define HALF_VECTORS
/// Whether half a vector takes half the time: AMD's Zen 4 computes 512 bits in two steps. Elsewhere
/// half a vector takes the time of a whole one, and its additional load.
#ifndef HALF_VECTORS_ARE_FASTER
#define HALF_VECTORS_ARE_FASTER __builtin_cpu_is("znver4")
#endif
typedef float vl __attribute__((vector_size(32)));
AI vl low_floats(vf v) { return (vl)_mm512_castps512_ps256((__m512)v); }
AI vf with_low_floats(vf v, vl low) { return (vf)_mm512_insertf32x8((__m512)v, (__m256)low, 0); }
#define LOAD_LOW(p) ((vl)_mm256_loadu_ps(p))
#endif

/// bfloat16 is the upper half of a float.
AI vf load_half(const uint16_t *p) { return (vf)(__builtin_convertvector(*(const vh_unaligned *)p, vu) << 16); }
/// The lower and the upper of two bfloat16 in each word.
AI vf lower_half(vf pair) { return (vf)((vu)pair << 16); }
AI vf upper_half(vf pair) { return (vf)((vu)pair & 0xffff0000u); }

/// Rounded to nearest, ties to even; NaN becomes the NaN that rounding leaves alone.
AI vf rounded_to_half(vf v) {
  vu is_nan = (vu)(v != v);
  vu bits = ((vu)v & ~is_nan) | (is_nan & 0x7fc00000u);
  return (vf)((bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u);
}
/// The words whose lower halves are at `lower` and whose upper ones are at `upper`.
AI vf pair_halves(const uint16_t *lower, const uint16_t *upper) {
  vu low = __builtin_convertvector(*(const vh_unaligned *)lower, vu);
  return (vf)(low | __builtin_convertvector(*(const vh_unaligned *)upper, vu) << 16);
}
/// Both as bfloat16, in the lower and the upper half of each word.
AI vf join_halves(vf lower, vf upper) { return (vf)((vu)rounded_to_half(lower) >> 16 | (vu)rounded_to_half(upper)); }

#ifdef NATIVE_BFLOAT16
AI void store_half(uint16_t *p, vf v) { *(vh_unaligned *)p = (vh)_mm512_cvtneps_pbh((__m512)v); }
AI vf dot_pairs(vf a, vf b, vf sum) { return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b); }
AI vl dot_low_pairs(vl a, vl b, vl sum) { return (vl)_mm256_dpbf16_ps((__m256)sum, (__m256bh)a, (__m256bh)b); }
#else
AI void store_half(uint16_t *p, vf v) {
  *(vh_unaligned *)p = __builtin_convertvector((vu)rounded_to_half(v) >> 16, vh);
}
/// sum + a₀·b₀ + a₁·b₁, two bfloat16 in each word.
AI vf dot_pairs(vf a, vf b, vf sum) {
  sum = FMA(lower_half(a), lower_half(b), sum);
  return FMA(upper_half(a), upper_half(b), sum);
}
#ifdef HALF_VECTORS
AI vl dot_low_pairs(vl a, vl b, vl sum) {
  typedef uint32_t bits __attribute__((vector_size(32)));
  sum = FMA((vl)((bits)a << 16), (vl)((bits)b << 16), sum);
  return FMA((vl)((bits)a & 0xffff0000u), (vl)((bits)b & 0xffff0000u), sum);
}
#endif
#endif

/// Integers of 32 bits as floats.
AI vf float_of_integer(vf v) {
  typedef int32_t integers __attribute__((vector_size(VECTOR_FLOATS * 4)));
  return __builtin_convertvector((integers)v, vf);
}
/// The integers in byte `i` of each word, times 2²⁴: their place is the top of the word, which has the
/// sign.
AI vf raised_byte(vf words, int i) {
  return float_of_integer((vf)(((vu)words << (uint32_t)(24 - 8 * i)) & 0xff000000u));
}

AI vu bits_of(vf v) { return (vu)v; }
AI vf float_of(vu bits) { return (vf)bits; }
/// Whole numbers as integers of 32 bits.
AI vu integers_of(vf v) {
  typedef int32_t integers __attribute__((vector_size(VECTOR_FLOATS * 4)));
  return (vu) __builtin_convertvector(v, integers);
}

/// Two vectors as integers of 16 bits, `words`.
typedef int16_t vw __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef uint16_t vuw __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef vw word_table;
AI vw broadcast_word(int16_t x) { return x + (vw){}; }
AI vw larger_words(vw a, vw b) { return __builtin_elementwise_max(a, b); }
AI vw smaller_words(vw a, vw b) { return __builtin_elementwise_min(a, b); }
/// a − b, limited to 16 bits.
AI vw subtract_words(vw a, vw b) { return __builtin_elementwise_sub_sat(a, b); }
/// |x| up to `limit`, also for −32768.
AI vuw magnitude_of_words(vw x, vw limit) {
  return __builtin_elementwise_min((vuw)__builtin_elementwise_abs(x), (vuw)limit);
}

// words_of: Both vectors, numbers below 2³¹ in magnitude, rounded to the nearest integers, ties to
// even, and limited to 16 bits. On x86, the lanes of the vectors alternate, four by four; `ordered` puts those of the first vector
// first.
// multiply_words: (a · b + 2^14) / 2^15, rounded down; not for −32768 · −32768.
// select_words: The entries of a table of eight that `places` of 0 ... 7 tell.
#if VECTOR_FLOATS == 16
AI vw words_of(vf a, vf b) {
  return (vw)_mm512_packs_epi32(_mm512_cvtps_epi32((__m512)a), _mm512_cvtps_epi32((__m512)b));
}
AI vw ordered(vw x) {
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  return (vw)_mm512_permutexvar_epi64(order, (__m512i)x);
}
AI vw multiply_words(vw a, vw b) { return (vw)_mm512_mulhrs_epi16((__m512i)a, (__m512i)b); }
AI vw places_of(vuw index) { return (vw)index; }
AI vw table_of_words(const int16_t entries[8]) {
  return (vw)_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i_u *)entries));
}
AI vw select_words(vw table, vw places) { return (vw)_mm512_permutexvar_epi16((__m512i)places, (__m512i)table); }
#elif VECTOR_FLOATS == 8
AI vw words_of(vf a, vf b) {
  return (vw)_mm256_packs_epi32(_mm256_cvtps_epi32((__m256)a), _mm256_cvtps_epi32((__m256)b));
}
AI vw ordered(vw x) { return (vw)_mm256_permute4x64_epi64((__m256i)x, 0xd8); }
AI vw multiply_words(vw a, vw b) { return (vw)_mm256_mulhrs_epi16((__m256i)a, (__m256i)b); }
/// The places of both bytes of an entry.
AI vw places_of(vuw index) { return (vw)(index * 0x0202 + 0x0100); }
AI vw table_of_words(const int16_t entries[8]) {
  return (vw)_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)entries));
}
AI vw select_words(vw table, vw places) { return (vw)_mm256_shuffle_epi8((__m256i)table, (__m256i)places); }
#elif VECTOR_FLOATS == 4
AI vw words_of(vf a, vf b) {
  int32x4_t low = vcvtnq_s32_f32((float32x4_t)a), high = vcvtnq_s32_f32((float32x4_t)b);
  return (vw)vcombine_s16(vqmovn_s32(low), vqmovn_s32(high));
}
AI vw ordered(vw x) { return x; }
AI vw multiply_words(vw a, vw b) { return (vw)vqrdmulhq_s16((int16x8_t)a, (int16x8_t)b); }
AI vw places_of(vuw index) { return (vw)(index * 0x0202 + 0x0100); }
AI vw table_of_words(const int16_t entries[8]) { return (vw)vld1q_s16(entries); }
AI vw select_words(vw table, vw places) { return (vw)vqtbl1q_u8((uint8x16_t)table, (uint8x16_t)places); }
#endif
/// Ordered words as floats, the first and the second vector.
AI void split_words(vw x, vf halves[2]) {
  typedef int16_t half_words __attribute__((vector_size(VECTOR_FLOATS * 2)));
  half_words half[2];
  memcpy(half, &x, sizeof half);
  halves[0] = __builtin_convertvector(half[0], vf);
  halves[1] = __builtin_convertvector(half[1], vf);
}

#ifndef CODES_PER_WORD
#define CODES_PER_WORD 2
#endif
// load_words: One vector of codes each from two places, the first one first. store_words is its
// inverse.
#if CODES_PER_WORD == 4
/// An integer of 8 bits.
typedef uint8_t code_element;
typedef uint8_t vc_unaligned __attribute__((vector_size(VECTOR_FLOATS), aligned(1)));
AI vf load_code(const code_element *p) { return __builtin_convertvector(*(const vc_unaligned *)p, vf); }
AI vu load_code_bits(const code_element *p) { return __builtin_convertvector(*(const vc_unaligned *)p, vu); }
AI vw load_words(const code_element *p, const code_element *q) {
  __m256i both = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i_u *)p));
  return (vw)_mm512_cvtepu8_epi16(_mm256_inserti128_si256(both, _mm_loadu_si128((const __m128i_u *)q), 1));
}
AI void store_words(code_element *p, code_element *q, vw x) {
  __m256i both = _mm512_cvtepi16_epi8((__m512i)x);
  _mm_storeu_si128((__m128i_u *)p, _mm256_castsi256_si128(both));
  _mm_storeu_si128((__m128i_u *)q, _mm256_extracti128_si256(both, 1));
}
/// sum + a₀·b₀ + a₁·b₁ + a₂·b₂ + a₃·b₃, four integers of 8 bits in each word, those of b with a sign.
/// The sum is an integer.
AI vf dot_integers(vf a, vf b, vf sum) { return (vf)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b); }
AI vl dot_low_integers(vl a, vl b, vl sum) { return (vl)_mm256_dpbusd_epi32((__m256i)sum, (__m256i)a, (__m256i)b); }
#define DOT_LOW_INTEGERS
#elif CODES_PER_WORD == 2
/// An integer of 16 bits.
typedef uint16_t code_element;
typedef int16_t vi_unaligned __attribute__((vector_size(VECTOR_FLOATS * 2), aligned(2)));
AI vf load_code(const code_element *p) { return __builtin_convertvector(*(const vi_unaligned *)p, vf); }
AI vw load_words(const code_element *p, const code_element *q) {
  vi_unaligned both[2] = {*(const vi_unaligned *)p, *(const vi_unaligned *)q};
  vw x;
  memcpy(&x, both, sizeof x);
  return x;
}
AI void store_words(code_element *p, code_element *q, vw x) {
  vi_unaligned both[2];
  memcpy(both, &x, sizeof x);
  *(vi_unaligned *)p = both[0];
  *(vi_unaligned *)q = both[1];
}
/// sum + a₀·b₀ + a₁·b₁, two integers of 16 bits in each word. The sum is an integer.
#if VECTOR_FLOATS == 16
AI vf dot_integers(vf a, vf b, vf sum) { return (vf)((vu)sum + (vu)_mm512_madd_epi16((__m512i)a, (__m512i)b)); }
#elif VECTOR_FLOATS == 8
AI vf dot_integers(vf a, vf b, vf sum) { return (vf)((vu)sum + (vu)_mm256_madd_epi16((__m256i)a, (__m256i)b)); }
#elif VECTOR_FLOATS == 4
AI vf dot_integers(vf a, vf b, vf sum) {
  int16x8_t x = (int16x8_t)a, y = (int16x8_t)b;
  return (vf)((vu)sum + (vu)vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y)));
}
#endif
#endif

#include "isa/simd_fp16.h"
