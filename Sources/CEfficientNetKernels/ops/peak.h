// The peak speed of the arithmetic units in one precision: multiply-adds that wait only for free
// units.

#define PEAK_SUMS 12 // independent chains: enough for a latency of four cycles and two units

/// Runs `rounds` times PEAK_SUMS multiply-adds of a vector of words. Returns the number of
/// floating-point operations.
static double NAME(peak)(size_t rounds, float *result) {
  vf sum[PEAK_SUMS];
  UNROLL_FOR (int i = 0; i < PEAK_SUMS; i++) sum[i] = broadcast((float)i);
  // Not constants, so that the compiler cannot compute the result in advance.
  vf a = broadcast(result[0]), b = broadcast(result[1]);
  for (size_t n = 0; n < rounds; n++) {
    UNROLL_FOR (int i = 0; i < PEAK_SUMS; i++) sum[i] = MULTIPLY_ADD(a, b, sum[i]);
  }
  UNROLL_FOR (int i = 1; i < PEAK_SUMS; i++) sum[0] += sum[i];
  STORE(result, sum[0]);
  return 2.0 * ELEMENTS_PER_WORD * PEAK_SUMS * VECTOR_FLOATS * (double)rounds;
}

#undef PEAK_SUMS
