// The operations on 32-bit floats.

#define NAME(f) f##_f32
#define PRECISION EFFNET_FLOAT32
#define ELEMENTS_PER_WORD 1
#define TILE_ROWS GEMM_ROWS
#define LOAD_ELEMENTS(p) LOAD(p)
#define STORE_ELEMENTS(p, v) STORE(p, v)
#define MULTIPLY_ADD(a, b, sum) FMA(a, b, sum)
#define MULTIPLY_ADD_LOW(a, b, sum) FMA(a, b, sum)
#define FOLD_WORDS 0
#define FOLD(pair) (void)(pair)
#define ACTIVATE(activation, x) activate(activation, x)
#define ACTIVATE_ANY(activation, x) activate_any(activation, x)
#define ring_element float
#define RING_PRECISION EFFNET_FLOAT32
#define LOAD_RING(p) LOAD(p)
#define STORE_RING(p, v) STORE(p, v)
#define SCALE_WORD(word, gate) ((word) * broadcast((gate)[0]))
#define JOIN_ROWS(row, below) LOAD(row)
#define ADD_TO_ELEMENT(p, x) (*(p) += (x))
#define element float

#include "network.h"

static const effnet_operations operations_f32 = OPERATIONS;
#undef OPERATIONS

// Instruction sets that differ only in bfloat16 share the training operations on floats.
#ifdef SHARED_TRAINING
extern const effnet_training SHARED_TRAINING;
#define TRAINING SHARED_TRAINING
#else
#include "training/training.h"
const effnet_training TRAINING = TRAINING_TABLE;
#undef TRAINING_TABLE
#endif

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
