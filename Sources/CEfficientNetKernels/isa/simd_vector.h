// Vectors of VECTOR_FLOATS floats by the compiler's vector extensions, for every instruction set that has them.
#pragma once

typedef float vf __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef uint32_t vu __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef uint16_t vh __attribute__((vector_size(VECTOR_FLOATS * 2)));
typedef float vf_unaligned __attribute__((vector_size(VECTOR_FLOATS * 4), aligned(4)));
typedef uint16_t vh_unaligned __attribute__((vector_size(VECTOR_FLOATS * 2), aligned(2)));

#define LOAD(p) ((vf) * (const vf_unaligned *)(p))
#define STORE(p, v) (*(vf_unaligned *)(p) = (v))
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define MIN(a, b) __builtin_elementwise_min((a), (b))
#define MAX(a, b) __builtin_elementwise_max((a), (b))
// x − 0 is x for every x, −0 and NaN included, so the compiler emits a broadcast and nothing else.
AI vf broadcast(float x) { return x - (vf){}; }
/// p · 2^i, where bits holds i in its low bits (the mantissa of a float to which 1.5 · 2^23 was added).
AI vf scale_by_power(vf p, vf bits) { return (vf)((vu)p + ((vu)bits << 23)); }

/// bfloat16 is the upper half of a float.
AI vf load_half(const uint16_t *p) {
  return (vf)(__builtin_convertvector(*(const vh_unaligned *)p, vu) << 16);
}
/// The lower and the upper of two bfloat16 in each word.
AI vf lower_half(vf pair) { return (vf)((vu)pair << 16); }
AI vf upper_half(vf pair) { return (vf)((vu)pair & 0xffff0000u); }

/// Rounded to nearest, ties to even.
AI vf rounded_to_half(vf v) {
  vu bits = (vu)v;
  return (vf)((bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u);
}
/// Both as bfloat16, in the lower and the upper half of each word.
AI vf join_halves(vf lower, vf upper) {
  return (vf)((vu)rounded_to_half(lower) >> 16 | (vu)rounded_to_half(upper));
}

#ifdef NATIVE_BFLOAT16
AI void store_half(uint16_t *p, vf v) { *(vh_unaligned *)p = (vh)_mm512_cvtneps_pbh((__m512)v); }
AI vf dot_pairs(vf a, vf b, vf sum) { return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b); }
#else
AI void store_half(uint16_t *p, vf v) {
  *(vh_unaligned *)p = __builtin_convertvector((vu)rounded_to_half(v) >> 16, vh);
}
/// sum + a₀·b₀ + a₁·b₁, two bfloat16 in each word.
AI vf dot_pairs(vf a, vf b, vf sum) {
  sum = FMA(lower_half(a), lower_half(b), sum);
  return FMA(upper_half(a), upper_half(b), sum);
}
#endif
