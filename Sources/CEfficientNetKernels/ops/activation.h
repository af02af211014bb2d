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

/// SiLU for outputs with 8 bits: 1.8e-3 off at most. Three quarters of the time of the exact one, and
/// no division, which takes half of its time in vectors of 512 bits.
///
/// sigmoid(t) = 1/2 + t · P(t²) / Q(t²); P and Q have the least error of t · sigmoid(t) for
/// |t| ≤ 8.5 with sigmoid(8.5) = 1. The first guess of 1/Q, of its bits, is 5 % off; adding
/// y · (e + e²), e = 1 − Q · y, leaves e³.
AI vf coarse_silu(vf x) {
  vf above = at_least(broadcast(-8.5f), x), t = at_most(broadcast(8.5f), above), u = t * t;
  vf p = FMA(u, broadcast(4.444451150e-03f), broadcast(2.477351458e-01f));
  vf q = FMA(FMA(u, broadcast(3.067055701e-04f), broadcast(9.784598421e-02f)), u, broadcast(1.0f));
  vf y = subtract_bits(0x7ef311c7u, q), e = FMA(-q, y, broadcast(1.0f));
  y = FMA(y, FMA(e, e, e), y);
  return above * FMA(t * p, y, broadcast(0.5f));
}
