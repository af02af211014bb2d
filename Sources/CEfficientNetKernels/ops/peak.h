// What the arithmetic units can do at most: fused multiply-adds that wait for nothing but each other's units.

#define PEAK_SUMS 12 // independent chains: enough for a latency of four and two units

/// Runs `rounds` of PEAK_SUMS fused multiply-adds of a vector; returns the floating-point operations in them.
static double peak(size_t rounds, float *result) {
  vf sum[PEAK_SUMS];
  UNROLL_FOR (int i = 0; i < PEAK_SUMS; i++) sum[i] = broadcast((float)i);
  // Not constants, so that the compiler computes nothing ahead.
  vf factor = broadcast(result[0]), term = broadcast(result[1]);
  for (size_t n = 0; n < rounds; n++) {
    UNROLL_FOR (int i = 0; i < PEAK_SUMS; i++) sum[i] = FMA(sum[i], factor, term);
  }
  UNROLL_FOR (int i = 1; i < PEAK_SUMS; i++) sum[0] += sum[i];
  STORE(result, sum[0]);
  return 2.0 * PEAK_SUMS * VECTOR_FLOATS * (double)rounds;
}
