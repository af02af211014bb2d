// Vectors of one float: the reference that the other tables must equal bit for bit.
#pragma once

typedef float vf;
#define VECTOR_FLOATS 1
#define PANEL_VECTORS 16
#define GEMM_ROWS 4
#define DEPTHWISE_COLUMNS 7

#define LOAD(p) (*(const float *)(p))
#define STORE(p, v) (*(float *)(p) = (v))
#define FMA(a, b, c) __builtin_fmaf((a), (b), (c))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
AI vf broadcast(float x) { return x; }
/// p · 2^i, where bits holds i in its low bits (the mantissa of a float to which 1.5 · 2^23 was added).
AI vf scale_by_power(vf p, vf bits) {
  uint32_t a, b;
  memcpy(&a, &p, 4);
  memcpy(&b, &bits, 4);
  a += b << 23;
  memcpy(&p, &a, 4);
  return p;
}
