// The operations on int8, for inference only. Included after float32.h, whose stem it shares.

#ifdef SHARED_INT8
extern const effnet_operations SHARED_INT8;
#define INT8 SHARED_INT8
#else

#include "gate_codes.h"

#define NAME(f) f##_i8
#define PRECISION EFFNET_INT8
#define ELEMENTS_PER_WORD CODES_PER_WORD
#define LOAD_ELEMENTS(p) load_code(p)
#define MULTIPLY_ADD(a, b, sum) dot_integers(a, b, sum)
#ifdef DOT_LOW_INTEGERS
#define MULTIPLY_ADD_LOW(a, b, sum) dot_low_integers(a, b, sum)
#endif
#define FOLD_WORDS SIZE_MAX // sums of integers become floats once, at the end
#define FOLD(pair) (pair[0] = float_of_integer(pair[0]), pair[1] = float_of_integer(pair[1]))
#define ACTIVATE(activation, x) activate(activation, x)
#define ACTIVATE_ANY(activation, x) activate_any(activation, x)
#if CODES_PER_WORD == 4
#define TILE_ROWS 8 // two cells of the ring
#define RING_OF_CELLS
#else
#define TILE_ROWS GEMM_ROWS
#define LOAD_RING(p) LOAD(p)
#define STORE_RING(p, v) STORE(p, v)
#endif
#define ring_element float
#define RING_PRECISION EFFNET_FLOAT32
#define element code_element

#include "network.h"

const effnet_operations INT8 = OPERATIONS;
#undef OPERATIONS

#undef NAME
#undef PRECISION
#undef ELEMENTS_PER_WORD
#undef TILE_ROWS
#undef RING_OF_CELLS
#undef LOAD_ELEMENTS
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
#undef element
#endif
