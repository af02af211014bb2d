// The operations on 32-bit floats.

#define NAME(f) f##_f32
#define PRECISION EFFNET_FLOAT32
#define ELEMENTS_PER_WORD 1
#define LOAD_ELEMENTS(p) LOAD(p)
#define STORE_ELEMENTS(p, v) STORE(p, v)
#define MULTIPLY_ADD(a, b, sum) FMA(a, b, sum)
#define SCALE_WORD(word, gate) ((word) * broadcast((gate)[0]))
#define element float

#include "network.h"

#undef NAME
#undef PRECISION
#undef ELEMENTS_PER_WORD
#undef LOAD_ELEMENTS
#undef STORE_ELEMENTS
#undef MULTIPLY_ADD
#undef SCALE_WORD
#undef element
