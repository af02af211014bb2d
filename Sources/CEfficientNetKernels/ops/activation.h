// Activation functions of one vector.

/// The bits of 2^(i/16) as a float, minus i · 2^19: see one_plus_exp_negative.
static const uint32_t sixteenths[16] = {
    0x3f800000, 0x3f7daac3, 0x3f7b95c2, 0x3f79c3d3, 0x3f7837f0, 0x3f76f532, 0x3f75fed7, 0x3f75583f,
    0x3f7504f3, 0x3f7508a4, 0x3f75672a, 0x3f76248c, 0x3f7744fd, 0x3f78ccdf, 0x3f7ac0c7, 0x3f7d257d,
};

/// 1 + exp(−x) for any x, clamped to [−87, 87] so that it stays finite; NaN for NaN.
///
/// −x · log2(e) = n + i/16 + f, |f| ≤ 1/32, and 2^f = 1 + f · (c₁ + c₂ · f) up to 4.3e-7. Adding
/// 1.5 · 2^19 leaves 16 · n + i in the low bits of t. Shifted by 19, they are n in the exponent
/// plus i · 2^19, which the table's entries already subtract. The relative error is at most 7.0e-7
/// for |x| ≤ 10 and 1.8e-6 for |x| ≤ 87; for SiLU and sigmoid, 7.5e-7 and 1.8e-6.
AI vf one_plus_exp_negative(vf x) {
  x = at_most(broadcast(87.0f), at_least(broadcast(-87.0f), x));
  const vf minus_log2e = broadcast(-1.44269504f), round = broadcast(786432.0f); // 1.5 · 2^19
  vf t = FMA(x, minus_log2e, round);
  vf f = FMA(x, minus_log2e, round - t);
  vf power = add_shifted_bits(lookup(sixteenths, t), t, 19);
  vf slope = FMA(f, broadcast(2.402264299e-01f), broadcast(6.931877208e-01f));
  return FMA(power, FMA(slope, f, broadcast(1.0f)), broadcast(1.0f));
}

/// Any activation of NaN is NaN: a damaged network must not look confident.
AI vf activate(effnet_activation activation, vf x) {
  switch (activation) {
  case EFFNET_IDENTITY: return x;
  case EFFNET_RELU: return at_least(broadcast(0.0f), x);
  case EFFNET_RELU6: return at_most(broadcast(6.0f), at_least(broadcast(0.0f), x));
  case EFFNET_SILU: return x / one_plus_exp_negative(x);
  case EFFNET_SIGMOID: return broadcast(1.0f) / one_plus_exp_negative(x);
  }
}

/// An activation that is not known at compile time.
static vf activate_any(effnet_activation activation, vf x) {
  switch (activation) {
  case EFFNET_IDENTITY: return x;
  case EFFNET_RELU: return activate(EFFNET_RELU, x);
  case EFFNET_RELU6: return activate(EFFNET_RELU6, x);
  case EFFNET_SILU: return activate(EFFNET_SILU, x);
  case EFFNET_SIGMOID: return activate(EFFNET_SIGMOID, x);
  }
}
