// Vectors of one float: the reference that all other tables equal bit for bit.
#pragma once

typedef float vf;
typedef uint32_t vu;
#define VECTOR_FLOATS 1
#define PANEL_VECTORS 16
#define GEMM_ROWS 4
#define DEPTHWISE_COLUMNS 7
#define CODES_PER_WORD 4

// Memory is written as halves or bytes and read as words, by types that may alias any other.
typedef float __attribute__((may_alias)) aliasing_float;
typedef uint16_t __attribute__((may_alias)) aliasing_half;
#define LOAD(p) (*(const aliasing_float *)(p))
#define STORE(p, v) (*(aliasing_float *)(p) = (v))
#define FMA(a, b, c) __builtin_fmaf((a), (b), (c))
#define SQRT(x) __builtin_sqrtf(x)
AI vf broadcast(float x) { return x; }
/// x limited to numbers from `limit` on, or up to it. NaN stays NaN.
AI vf at_least(vf limit, vf x) { return limit > x ? limit : x; }
AI vf at_most(vf limit, vf x) { return limit < x ? limit : x; }
/// 1 where x is above 0, otherwise 0.
AI vf positive(vf x) { return x > 0.0f ? 1.0f : 0.0f; }

AI uint32_t bits_of(vf x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return bits;
}
AI vf float_of(uint32_t bits) {
  vf x;
  memcpy(&x, &bits, 4);
  return x;
}
/// The float whose bits are those of x plus those of y shifted to the left.
AI vf add_shifted_bits(vf x, vf y, int shift) { return float_of(bits_of(x) + (bits_of(y) << shift)); }
/// The entry of a table that the lowest four bits of a number tell.
AI vf lookup(const uint32_t table[16], vf index) { return float_of(table[bits_of(index) & 15u]); }

/// bfloat16 is the upper half of a float.
AI vf load_half(const uint16_t *p) { return float_of((uint32_t)*(const aliasing_half *)p << 16); }
/// The lower and the upper of two bfloat16 in a word.
AI vf lower_half(vf pair) { return float_of(bits_of(pair) << 16); }
AI vf upper_half(vf pair) { return float_of(bits_of(pair) & 0xffff0000u); }
/// The word whose lower half is at `lower` and whose upper one is at `upper`.
AI vf pair_halves(const uint16_t *lower, const uint16_t *upper) {
  return float_of(*(const aliasing_half *)lower | (uint32_t)*(const aliasing_half *)upper << 16);
}
/// Rounded to nearest, ties to even; NaN becomes the NaN that rounding leaves alone.
AI vf rounded_to_half(vf v) {
  uint32_t bits = v != v ? 0x7fc00000u : bits_of(v);
  return float_of((bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u);
}
/// Both as bfloat16, in the lower and the upper half of a word.
AI vf join_halves(vf lower, vf upper) {
  return float_of(bits_of(rounded_to_half(lower)) >> 16 | bits_of(rounded_to_half(upper)));
}
AI void store_half(uint16_t *p, vf v) { *(aliasing_half *)p = (uint16_t)(bits_of(rounded_to_half(v)) >> 16); }
/// sum + a₀·b₀ + a₁·b₁, two bfloat16 in each word.
AI vf dot_pairs(vf a, vf b, vf sum) {
  sum = FMA(lower_half(a), lower_half(b), sum);
  return FMA(upper_half(a), upper_half(b), sum);
}

/// fp16 has a sign, 5 bits of exponent and 10 of fraction. Subnormal ones are normal floats.
static __attribute__((noinline)) float float_of_fp16(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000u) << 16, rest = half & 0x7fffu;
  if (rest >= 0x7c00u) return float_of(sign | 0x7f800000u | (rest & 0x3ffu) << 13 | (uint32_t)(rest > 0x7c00u) << 22);
  float x = rest < 0x400u ? (float)rest * 0x1p-24f : float_of((rest << 13) + 0x38000000u);
  return float_of(bits_of(x) | sign);
}
/// Rounded to nearest, ties to even; infinite from 65520.
static __attribute__((noinline)) uint16_t fp16_of_float(float x) {
  uint32_t bits = bits_of(x) & 0x7fffffffu, half;
  if (bits > 0x7f800000u)
    half = 0x7e00u | (bits >> 13 & 0x3ffu);
  else if (bits >= 0x477ff000u) // 65520
    half = 0x7c00u;
  else if (bits < 0x38800000u) // subnormal: 0.5 has fractions of 2⁻²⁴
    half = bits_of(float_of(bits) + 0.5f) - 0x3f000000u;
  else
    half = (bits + 0xfffu + (bits >> 13 & 1u) - 0x38000000u) >> 13;
  return (uint16_t)(half | (bits_of(x) >> 16 & 0x8000u));
}
AI vf load_fp16(const uint16_t *p) { return float_of_fp16(*(const aliasing_half *)p); }
AI void store_fp16(uint16_t *p, vf v) { *(aliasing_half *)p = fp16_of_float(v); }
/// The first and the second fp16 of a word. A vector of words has two vectors of fp16.
AI vf first_floats(vf word) { return float_of_fp16((uint16_t)bits_of(word)); }
AI vf last_floats(vf word) { return float_of_fp16((uint16_t)(bits_of(word) >> 16)); }
AI vf divide_fp16(vf a, vf b) { return a / b; }
/// sum + a₀·b₀ + a₁·b₁, two fp16 in each word.
AI vf multiply_add_fp16(vf a, vf b, vf sum) {
  sum = FMA(first_floats(a), first_floats(b), sum);
  return FMA(last_floats(a), last_floats(b), sum);
}
/// A word of fp16: the first times gate[0], the second times gate[1].
AI vf scale_pairs_fp16(vf word, const float *gate) {
  return float_of(fp16_of_float(first_floats(word) * gate[0]) | (uint32_t)fp16_of_float(last_floats(word) * gate[1])
                                                                    << 16);
}

/// Whole numbers as integers of 32 bits.
AI vu integers_of(vf v) { return (vu)(int32_t)v; }

/// Two floats as integers of 16 bits, `words`. For what the functions do, see simd_vector.h.
typedef int16_t vw __attribute__((vector_size(4)));
typedef uint16_t vuw __attribute__((vector_size(4)));
AI vw broadcast_word(int16_t x) { return (vw){x, x}; }
AI vw larger_words(vw a, vw b) { return __builtin_elementwise_max(a, b); }
AI vw smaller_words(vw a, vw b) { return __builtin_elementwise_min(a, b); }
AI vw subtract_words(vw a, vw b) { return __builtin_elementwise_sub_sat(a, b); }
AI vuw magnitude_of_words(vw x, vw limit) {
  return __builtin_elementwise_min((vuw)__builtin_elementwise_abs(x), (vuw)limit);
}
AI int16_t word_of(vf x) { return (int16_t)(at_most(32767.0f, at_least(-32768.0f, x)) + 0x1.8p23f - 0x1.8p23f); }
AI vw words_of(vf a, vf b) { return (vw){word_of(a), word_of(b)}; }
AI vw ordered(vw x) { return x; }
AI vw multiply_words(vw a, vw b) {
  return (vw){(int16_t)((a[0] * b[0] + 0x4000) >> 15), (int16_t)((a[1] * b[1] + 0x4000) >> 15)};
}
AI vw places_of(vuw index) { return (vw)index; }
/// The words of a table, which hold more than two.
typedef int16_t word_table __attribute__((vector_size(16)));
AI word_table table_of_words(const int16_t entries[8]) {
  word_table table;
  memcpy(&table, entries, sizeof table);
  return table;
}
AI vw select_words(word_table table, vw places) { return (vw){table[places[0]], table[places[1]]}; }
AI void split_words(vw x, vf halves[2]) { halves[0] = x[0], halves[1] = x[1]; }

/// An integer of 8 bits.
typedef uint8_t code_element;
AI vf load_code(const code_element *p) { return *p; }
AI vu load_code_bits(const code_element *p) { return *p; }
AI vw load_words(const code_element *p, const code_element *q) { return (vw){*p, *q}; }
AI void store_words(code_element *p, code_element *q, vw x) { *p = (uint8_t)x[0], *q = (uint8_t)x[1]; }
AI void store_cell(float *p, vw first_pixels, vw last_pixels) {
  uint32_t low = (uint8_t)first_pixels[0] | (uint32_t)(uint8_t)first_pixels[1] << 8;
  uint32_t high = (uint8_t)last_pixels[0] | (uint32_t)(uint8_t)last_pixels[1] << 8;
  STORE(p, float_of(low | high << 16));
}
/// Integers of 32 bits as floats.
AI vf float_of_integer(vf v) { return (float)(int32_t)bits_of(v); }
/// The integer in byte `i` of a word, times 2²⁴: its place is the top of the word, which has the sign.
AI vf raised_byte(vf word, int i) { return float_of_integer(float_of((bits_of(word) << (24 - 8 * i)) & 0xff000000u)); }
/// sum + a₀·b₀ + a₁·b₁ + a₂·b₂ + a₃·b₃, four integers of 8 bits in each word, those of b with a sign.
/// The sum is an integer.
AI vf dot_integers(vf a, vf b, vf sum) {
  uint32_t total = bits_of(sum);
  UNROLL_FOR (int i = 0; i < 32; i += 8) {
    total += (uint32_t)((uint8_t)(bits_of(a) >> i) * (int8_t)(bits_of(b) >> i));
  }
  return float_of(total);
}
