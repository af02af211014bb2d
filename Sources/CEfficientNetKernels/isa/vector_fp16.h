// Vectors of fp16 and their activations, for processors that compute in fp16. The compiler would
// widen operators on fp16 to floats on x86, so there are functions for them.
#pragma once

// at_least_fp16 and at_most_fp16 limit x as at_least and at_most do. join_pair_sums returns the sums
// of the two fp16 of each word, of one vector after the other.
#if VECTOR_FLOATS == 16
typedef __m512h vector_fp16;
AI vector_fp16 broadcast_fp16(float x) { return _mm512_set1_ph((_Float16)x); }
AI vector_fp16 add_fp16(vector_fp16 a, vector_fp16 b) { return _mm512_add_ph(a, b); }
AI vector_fp16 subtract_fp16(vector_fp16 a, vector_fp16 b) { return _mm512_sub_ph(a, b); }
AI vector_fp16 multiply_fp16(vector_fp16 a, vector_fp16 b) { return _mm512_mul_ph(a, b); }
AI vector_fp16 at_least_fp16(vector_fp16 limit, vector_fp16 x) { return _mm512_max_ph(limit, x); }
AI vector_fp16 at_most_fp16(vector_fp16 limit, vector_fp16 x) { return _mm512_min_ph(limit, x); }
AI vector_fp16 reciprocal_fp16(vector_fp16 x) { return _mm512_rcp_ph(x); }
AI vector_fp16 times_power_of_two(vector_fp16 x, vector_fp16 n) { return _mm512_scalef_ph(x, n); }
/// The sum of the two fp16 of each word, in both.
AI __m512i add_pairs(vf words) {
  return (__m512i)_mm512_add_ph((__m512h)words, (__m512h)_mm512_rol_epi32((__m512i)words, 16));
}
AI vector_fp16 join_pair_sums(vf first, vf last) {
  typedef uint16_t words __attribute__((vector_size(64)));
  words both = (words)_mm512_mask_blend_epi16(0xaaaaaaaau, add_pairs(first), add_pairs(last));
  return (vector_fp16)__builtin_shufflevector(both, both, EVEN_LANES, ODD_LANES);
}
/// The reciprocal has an error of 2⁻¹⁴, an eighth of the rounding to fp16.
AI vf divide_fp16(vf a, vf b) { return a * (vf)_mm512_rcp14_ps((__m512)b); }
#elif VECTOR_FLOATS == 4
typedef float16x8_t vector_fp16;
AI vector_fp16 broadcast_fp16(float x) { return vdupq_n_f16((float16_t)x); }
AI vector_fp16 add_fp16(vector_fp16 a, vector_fp16 b) { return vaddq_f16(a, b); }
AI vector_fp16 subtract_fp16(vector_fp16 a, vector_fp16 b) { return vsubq_f16(a, b); }
AI vector_fp16 multiply_fp16(vector_fp16 a, vector_fp16 b) { return vmulq_f16(a, b); }
AI vector_fp16 at_least_fp16(vector_fp16 limit, vector_fp16 x) { return vmaxq_f16(limit, x); }
AI vector_fp16 at_most_fp16(vector_fp16 limit, vector_fp16 x) { return vminq_f16(limit, x); }
/// An estimate of 8 bits and one step of Newton's method.
AI vector_fp16 reciprocal_fp16(vector_fp16 x) {
  vector_fp16 estimate = vrecpeq_f16(x);
  return vmulq_f16(estimate, vrecpsq_f16(x, estimate));
}
/// n is between −13 and 16. 2^16 is infinite, so x is multiplied by 2^(n−1) and doubled.
/// 1.5 · 2^10 + 14 leaves n + 14, the exponent of 2^(n−1), in the low bits.
AI vector_fp16 times_power_of_two(vector_fp16 x, vector_fp16 n) {
  uint16x8_t exponent = (uint16x8_t)vaddq_f16(n, broadcast_fp16(1550.0f));
  vector_fp16 half = vmulq_f16(x, (vector_fp16)vshlq_n_u16(exponent, 10));
  return vaddq_f16(half, half);
}
AI vector_fp16 join_pair_sums(vf first, vf last) { return vpaddq_f16((vector_fp16)first, (vector_fp16)last); }
AI vf divide_fp16(vf a, vf b) { return a / b; }
#endif

typedef uint16_t vector_fp16_unaligned __attribute__((vector_size(VECTOR_FLOATS * 4), aligned(2)));
AI vector_fp16 load_vector_fp16(const uint16_t *p) { return (vector_fp16) * (const vector_fp16_unaligned *)p; }
AI void store_vector_fp16(uint16_t *p, vector_fp16 v) { *(vector_fp16_unaligned *)p = (vector_fp16_unaligned)v; }
/// Stores the lower half of the numbers.
AI void store_half_vector_fp16(uint16_t *p, vector_fp16 v) { *(vh_unaligned *)p = fp16_of_words((vf)v).first; }
/// Two vectors of floats, rounded.
AI vector_fp16 join_fp16(vf first, vf last) {
  vh halves[2] = {fp16_of_floats(first), fp16_of_floats(last)};
  vector_fp16 v;
  memcpy(&v, halves, sizeof v);
  return v;
}

/// A sum below the range of fp16 at its end; NaN for an infinite one.
AI vf at_least_lowest_fp16(vf x) { return at_least(broadcast(-65504.0f), x + (x - x)); }

/// 1 + exp(−x), clamped to [−11.4, 9], where it is infinite or 1; NaN for NaN.
///
/// −x · log2(e) = n + f, |f| ≤ 1/2. Two constants, log2(e) rounded to fp16 and the rest, keep f
/// exact up to 2⁻¹². 2^f = 1 + f · (c₁ + f · (c₂ + f · c₃)), up to 1.1e-4.
AI vector_fp16 one_plus_exp_negative_fp16(vector_fp16 x) {
  x = at_most_fp16(broadcast_fp16(9.0f), at_least_fp16(broadcast_fp16(-11.4f), x));
  const vector_fp16 high = broadcast_fp16(-1.4424f), low = broadcast_fp16(-0.00031223f);
  const vector_fp16 one = broadcast_fp16(1.0f), round = broadcast_fp16(1536.0f); // 1.5 · 2^10
  vector_fp16 n = subtract_fp16(FMA(x, high, round), round);
  vector_fp16 f = FMA(x, low, FMA(x, high, -n));
  vector_fp16 slope = FMA(f, broadcast_fp16(0.054656982f), broadcast_fp16(0.2421875f));
  slope = FMA(f, slope, broadcast_fp16(0.69335938f));
  return add_fp16(times_power_of_two(FMA(f, slope, one), n), one);
}

/// The same contract as activate_fp16: limits of an infinite number are NaN.
AI vector_fp16 activate_vector_fp16(effnet_activation activation, vector_fp16 x) {
  const vector_fp16 zero = broadcast_fp16(0.0f);
  vector_fp16 visible = add_fp16(x, subtract_fp16(x, x));
  switch (activation) {
  case EFFNET_IDENTITY: return x;
  case EFFNET_RELU: return at_least_fp16(zero, visible);
  case EFFNET_RELU6: return at_most_fp16(broadcast_fp16(6.0f), at_least_fp16(zero, visible));
  case EFFNET_SILU: return multiply_fp16(x, reciprocal_fp16(one_plus_exp_negative_fp16(x)));
  case EFFNET_SIGMOID: return reciprocal_fp16(one_plus_exp_negative_fp16(visible));
  }
}
