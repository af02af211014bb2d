// Vectors of VECTOR_FLOATS floats by the compiler's vector extensions, for every instruction set that has them.
#pragma once

typedef float vf __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef uint32_t vu __attribute__((vector_size(VECTOR_FLOATS * 4)));
typedef float vf_unaligned __attribute__((vector_size(VECTOR_FLOATS * 4), aligned(4)));

#define LOAD(p) ((vf) * (const vf_unaligned *)(p))
#define STORE(p, v) (*(vf_unaligned *)(p) = (v))
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define MIN(a, b) __builtin_elementwise_min((a), (b))
#define MAX(a, b) __builtin_elementwise_max((a), (b))
// x − 0 is x for every x, −0 and NaN included, so the compiler emits a broadcast and nothing else.
AI vf broadcast(float x) { return x - (vf){}; }
/// p · 2^i, where bits holds i in its low bits (the mantissa of a float to which 1.5 · 2^23 was added).
AI vf scale_by_power(vf p, vf bits) { return (vf)((vu)p + ((vu)bits << 23)); }
