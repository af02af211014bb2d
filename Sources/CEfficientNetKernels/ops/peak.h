// The peak speed of the arithmetic units: fused multiply-adds that wait only for free units.

#define PEAK_SUMS 12 // independent chains: enough for a latency of four cycles and two units

/// Runs `rounds` times PEAK_SUMS fused multiply-adds of a vector. Returns the number of
/// floating-point operations.
static double peak(size_t rounds, float *result) {
  vf sum[PEAK_SUMS];
  UNROLL_FOR (int i = 0; i < PEAK_SUMS; i++) sum[i] = broadcast((float)i);
  // Not constants, so that the compiler cannot compute the result in advance.
  vf factor = broadcast(result[0]), term = broadcast(result[1]);
  for (size_t n = 0; n < rounds; n++) {
    UNROLL_FOR (int i = 0; i < PEAK_SUMS; i++) sum[i] = FMA(sum[i], factor, term);
  }
  UNROLL_FOR (int i = 1; i < PEAK_SUMS; i++) sum[0] += sum[i];
  STORE(result, sum[0]);
  return 2.0 * PEAK_SUMS * VECTOR_FLOATS * (double)rounds;
}
