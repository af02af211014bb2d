// Activation functions of one vector.

/// exp(−x) for any x, clamped to [−87, 87] so that the result stays finite: 2^(n + f) with a degree 5 polynomial for
/// 2^f, |f| ≤ 1/2. Relative error at most 3.3e-7 for |x| ≤ 10 and 2e-6 for |x| ≤ 87.
AI vf exp_negative(vf x) {
  x = MIN(MAX(x, broadcast(-87.0f)), broadcast(87.0f));
  const vf minus_log2e = broadcast(-1.44269504f), round = broadcast(12582912.0f); // 1.5 · 2^23
  vf t = FMA(x, minus_log2e, round);
  vf n = t - round;
  vf f = FMA(x, minus_log2e, -n);
  vf p = broadcast(1.326472720e-03f);
  p = FMA(p, f, broadcast(9.671512640e-03f));
  p = FMA(p, f, broadcast(5.550733743e-02f));
  p = FMA(p, f, broadcast(2.402224209e-01f));
  p = FMA(p, f, broadcast(6.931469776e-01f));
  p = FMA(p, f, broadcast(1.0f));
  return scale_by_power(p, t);
}

AI vf activate(effnet_activation activation, vf x) {
  switch (activation) {
  case EFFNET_IDENTITY: return x;
  case EFFNET_RELU: return MAX(x, broadcast(0.0f));
  case EFFNET_RELU6: return MIN(MAX(x, broadcast(0.0f)), broadcast(6.0f));
  case EFFNET_SILU: return x / (broadcast(1.0f) + exp_negative(x));
  case EFFNET_SIGMOID: return broadcast(1.0f) / (broadcast(1.0f) + exp_negative(x));
  }
}

/// The same where the activation is not known when the code is compiled.
static vf activate_any(effnet_activation activation, vf x) {
  switch (activation) {
  case EFFNET_IDENTITY: return x;
  case EFFNET_RELU: return activate(EFFNET_RELU, x);
  case EFFNET_RELU6: return activate(EFFNET_RELU6, x);
  case EFFNET_SILU: return activate(EFFNET_SILU, x);
  case EFFNET_SIGMOID: return activate(EFFNET_SIGMOID, x);
  }
}
