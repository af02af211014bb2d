// The operations on bfloat16. Comes after float32.h: the stem is the same in both.

/// A vector of pairs, the lower halves times gate[0], the upper ones times gate[1].
AI vf scale_pairs(vf pairs, const float *gate) {
  return join_halves(lower_half(pairs) * broadcast(gate[0]), upper_half(pairs) * broadcast(gate[1]));
}

#define NAME(f) f##_bf16
#define PRECISION EFFNET_BFLOAT16
#define ELEMENTS_PER_WORD 2
#define LOAD_ELEMENTS(p) load_half(p)
#define STORE_ELEMENTS(p, v) store_half(p, v)
#define MULTIPLY_ADD(a, b, sum) dot_pairs(a, b, sum)
#define SCALE_WORD(word, gate) scale_pairs(word, gate)
#define element uint16_t

#include "network.h"

#undef NAME
#undef PRECISION
#undef ELEMENTS_PER_WORD
#undef LOAD_ELEMENTS
#undef STORE_ELEMENTS
#undef MULTIPLY_ADD
#undef SCALE_WORD
#undef element
