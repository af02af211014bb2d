// The operations on int8, for inference only. Included after float32.h, whose stem it shares.

#ifdef SHARED_INT8
extern const effnet_operations SHARED_INT8;
#define INT8 SHARED_INT8
#else

#define NAME(f) f##_i8
#define PRECISION EFFNET_INT8
#define ELEMENTS_PER_WORD CODES_PER_WORD
#define LOAD_ELEMENTS(p) load_code(p)
#define STORE_ELEMENTS(p, v) store_code(p, v)
#define MULTIPLY_ADD(a, b, sum) dot_integers(a, b, sum)
#define FOLD_WORDS SIZE_MAX // sums of integers become floats once, at the end
#define FOLD(pair) (pair[0] = float_of_integer(pair[0]), pair[1] = float_of_integer(pair[1]))
#define ACTIVATE(activation, x) ((activation) == EFFNET_SILU ? coarse_silu(x) : activate(activation, x))
#define ring_element float
#define RING_PRECISION EFFNET_FLOAT32
#define LOAD_RING(p) LOAD(p)
#define STORE_RING(p, v) STORE(p, v)
#define element code_element

#include "network.h"

const effnet_operations INT8 = OPERATIONS;
#undef OPERATIONS

#undef NAME
#undef PRECISION
#undef ELEMENTS_PER_WORD
#undef LOAD_ELEMENTS
#undef STORE_ELEMENTS
#undef MULTIPLY_ADD
#undef FOLD_WORDS
#undef FOLD
#undef ACTIVATE
#undef ring_element
#undef RING_PRECISION
#undef LOAD_RING
#undef STORE_RING
#undef element
#endif
