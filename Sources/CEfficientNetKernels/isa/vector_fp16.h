// Vectors of 32 fp16 and their activations, for processors that compute in fp16.
#pragma once

typedef __m512h vector_fp16;

AI vector_fp16 load_vector_fp16(const uint16_t *p) { return _mm512_loadu_ph(p); }
AI void store_vector_fp16(uint16_t *p, vector_fp16 v) { _mm512_storeu_ph(p, v); }
/// Stores the lower 16 numbers.
AI void store_half_vector_fp16(uint16_t *p, vector_fp16 v) { _mm256_storeu_ph(p, _mm512_castph512_ph256(v)); }
/// Two vectors of floats, rounded.
AI vector_fp16 join_fp16(vf first, vf last) {
  vh halves[2] = {fp16_of_floats(first), fp16_of_floats(last)};
  vector_fp16 v;
  memcpy(&v, halves, sizeof v);
  return v;
}

/// A sum below the range of fp16 at its end; NaN for an infinite one.
AI vf at_least_lowest_fp16(vf x) { return at_least(broadcast(-65504.0f), x + (x - x)); }

/// 1 + exp(−x), clamped to [−32, 32], where it is infinite or 1; NaN for NaN.
///
/// −x · log2(e) = n + f, |f| ≤ 1/2. Two constants, log2(e) rounded to fp16 and the rest, keep f
/// exact up to 2⁻¹². 2^f = 1 + f · (c₁ + f · (c₂ + f · c₃)), up to 1.1e-4.
AI vector_fp16 one_plus_exp_negative_fp16(vector_fp16 x) {
  const vector_fp16 limit = _mm512_set1_ph((_Float16)32.0f), minus_limit = _mm512_set1_ph((_Float16)-32.0f);
  x = _mm512_min_ph(limit, _mm512_max_ph(minus_limit, x));
  const vector_fp16 high = _mm512_set1_ph((_Float16)-1.4424f), low = _mm512_set1_ph((_Float16)-0.00031223f);
  const vector_fp16 round = _mm512_set1_ph((_Float16)1536.0f); // 1.5 · 2^10
  vector_fp16 n = _mm512_sub_ph(_mm512_fmadd_ph(x, high, round), round);
  vector_fp16 f = _mm512_fmadd_ph(x, low, _mm512_fmsub_ph(x, high, n));
  vector_fp16 slope = _mm512_fmadd_ph(f, _mm512_set1_ph((_Float16)0.054656982f), _mm512_set1_ph((_Float16)0.2421875f));
  slope = _mm512_fmadd_ph(f, slope, _mm512_set1_ph((_Float16)0.69335938f));
  const vector_fp16 one = _mm512_set1_ph((_Float16)1.0f);
  return _mm512_add_ph(_mm512_scalef_ph(_mm512_fmadd_ph(f, slope, one), n), one);
}

/// The same contract as activate_fp16: limits of an infinite number are NaN.
AI vector_fp16 activate_vector_fp16(effnet_activation activation, vector_fp16 x) {
  const vector_fp16 zero = _mm512_setzero_ph();
  vector_fp16 visible = _mm512_add_ph(x, _mm512_sub_ph(x, x));
  switch (activation) {
  case EFFNET_IDENTITY: return x;
  case EFFNET_RELU: return _mm512_max_ph(zero, visible);
  case EFFNET_RELU6: return _mm512_min_ph(_mm512_set1_ph((_Float16)6.0f), _mm512_max_ph(zero, visible));
  case EFFNET_SILU: return _mm512_mul_ph(x, _mm512_rcp_ph(one_plus_exp_negative_fp16(x)));
  case EFFNET_SIGMOID: return _mm512_rcp_ph(one_plus_exp_negative_fp16(visible));
  }
}
