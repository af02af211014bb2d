// The operations on bfloat16. Included after float32.h, whose stem inference shares.

/// A vector of pairs: the lower halves times gate[0], the upper halves times gate[1].
AI vf scale_pairs(vf pairs, const float *gate) {
  return join_halves(lower_half(pairs) * broadcast(gate[0]), upper_half(pairs) * broadcast(gate[1]));
}

/// A vector of words with the floats of one row and of the row below it, or zeros if there is none.
AI vf join_rows(const float *row, const float *below) {
  return join_halves(LOAD(row), below ? LOAD(below) : broadcast(0.0f));
}

/// Adds a float to one element.
AI void add_to_half(uint16_t *p, float x) {
  uint32_t bits = (uint32_t)*p << 16;
  float sum;
  memcpy(&sum, &bits, sizeof sum);
  sum += x;
  memcpy(&bits, &sum, sizeof bits);
  *p = sum != sum ? 0x7fc0u : (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

#define NAME(f) f##_bf16
#define PRECISION EFFNET_BFLOAT16
#define ELEMENTS_PER_WORD 2
#define TILE_ROWS GEMM_ROWS
#define LOAD_ELEMENTS(p) load_half(p)
#define STORE_ELEMENTS(p, v) store_half(p, v)
#define MULTIPLY_ADD(a, b, sum) dot_pairs(a, b, sum)
#define MULTIPLY_ADD_LOW(a, b, sum) dot_low_pairs(a, b, sum)
#define FOLD_WORDS 0
#define FOLD(pair) (void)(pair)
#define ACTIVATE(activation, x) activate(activation, x)
#define ACTIVATE_ANY(activation, x) activate_any(activation, x)
#define ring_element float
#define RING_PRECISION EFFNET_FLOAT32
#define LOAD_RING(p) LOAD(p)
#define STORE_RING(p, v) STORE(p, v)
#define SCALE_WORD(word, gate) scale_pairs(word, gate)
#define JOIN_ROWS(row, below) join_rows(row, below)
#define ADD_TO_ELEMENT(p, x) add_to_half(p, x)
#define element uint16_t

#include "network.h"

static const effnet_operations operations_bf16 = OPERATIONS;
#undef OPERATIONS

#include "training/training.h"

static const effnet_training training_bf16 = TRAINING_TABLE;
#undef TRAINING_TABLE

#undef NAME
#undef PRECISION
#undef ELEMENTS_PER_WORD
#undef TILE_ROWS
#undef LOAD_ELEMENTS
#undef STORE_ELEMENTS
#undef MULTIPLY_ADD
#undef MULTIPLY_ADD_LOW
#undef FOLD_WORDS
#undef FOLD
#undef ACTIVATE
#undef ACTIVATE_ANY
#undef ring_element
#undef RING_PRECISION
#undef LOAD_RING
#undef STORE_RING
#undef SCALE_WORD
#undef JOIN_ROWS
#undef ADD_TO_ELEMENT
#undef element
