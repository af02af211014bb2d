// The operations on fp16, for inference only: gradients need more than its range. Included after
// float32.h, whose stem it shares.

/// Activations in which an infinite sum, the result of an overflow, stays visible: limits of it
/// become NaN.
AI vf activate_fp16(effnet_activation activation, vf x) {
  switch (activation) {
  case EFFNET_IDENTITY: return x;
  case EFFNET_RELU: return activate(EFFNET_RELU, x + (x - x));
  case EFFNET_RELU6: return activate(EFFNET_RELU6, x + (x - x));
  case EFFNET_SILU: return divide_fp16(x, one_plus_exp_negative(x));
  case EFFNET_SIGMOID: return divide_fp16(broadcast(1.0f), one_plus_exp_negative(x + (x - x)));
  }
}

#ifdef SHARED_FLOAT16
extern const effnet_operations SHARED_FLOAT16;
#define FLOAT16 SHARED_FLOAT16
#else

static vf activate_any_fp16(effnet_activation activation, vf x) {
  switch (activation) {
  case EFFNET_IDENTITY: return x;
  case EFFNET_RELU: return activate_fp16(EFFNET_RELU, x);
  case EFFNET_RELU6: return activate_fp16(EFFNET_RELU6, x);
  case EFFNET_SILU: return activate_fp16(EFFNET_SILU, x);
  case EFFNET_SIGMOID: return activate_fp16(EFFNET_SIGMOID, x);
  }
}

#define NAME(f) f##_f16
#define PRECISION EFFNET_FLOAT16
#define ELEMENTS_PER_WORD 2
#define TILE_ROWS GEMM_ROWS
#define LOAD_ELEMENTS(p) load_fp16(p)
#define STORE_ELEMENTS(p, v) store_fp16(p, v)
#define MULTIPLY_ADD(a, b, sum) multiply_add_fp16(a, b, sum)
#ifdef NATIVE_FLOAT16
#define SUMS_IN_FLOAT16
#define FOLD_WORDS 64
#define FOLD(pair) fold_fp16(pair)
#define ring_element uint16_t
#define RING_PRECISION EFFNET_FLOAT16
#define LOAD_RING(p) load_fp16(p)
#define STORE_RING(p, v) store_fp16(p, v)
#else
#define FOLD_WORDS 0
#define FOLD(pair) (void)(pair)
#define ring_element float
#define RING_PRECISION EFFNET_FLOAT32
#define LOAD_RING(p) LOAD(p)
#define STORE_RING(p, v) STORE(p, v)
#endif
#define ACTIVATE(activation, x) activate_fp16(activation, x)
#define ACTIVATE_ANY(activation, x) activate_any_fp16(activation, x)
#define SCALE_WORD(word, gate) scale_pairs_fp16(word, gate)
#define element uint16_t

#include "network.h"

const effnet_operations FLOAT16 = OPERATIONS;
#undef OPERATIONS

#undef NAME
#undef PRECISION
#undef ELEMENTS_PER_WORD
#undef TILE_ROWS
#undef LOAD_ELEMENTS
#undef STORE_ELEMENTS
#undef MULTIPLY_ADD
#undef FOLD_WORDS
#undef FOLD
#undef ACTIVATE
#undef ACTIVATE_ANY
#undef SUMS_IN_FLOAT16
#undef ring_element
#undef RING_PRECISION
#undef LOAD_RING
#undef STORE_RING
#undef SCALE_WORD
#undef element
#endif
