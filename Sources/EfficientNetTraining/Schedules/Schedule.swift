internal import EfficientNetSystem

/// How the learning rate goes over the steps of a run: a factor of the base rate for each.
///
///     Schedule(form: .cosine(steps: 10_000), warmUp: 500)
public struct Schedule: Hashable, Codable, Sendable {
  /// The forms.
  public enum Form: Hashable, Codable, Sendable {
    /// The base rate, always.
    case constant
    /// Half a cosine from the base rate down to zero: `(1 + cos(π · step / steps)) / 2`.
    ///
    /// Source: Loshchilov & Hutter 2017, [SGDR](https://arxiv.org/abs/1608.03983), equation 5.
    case cosine(steps: Int)
    /// `factor` to the power of the whole intervals that have passed; an interval may have a
    /// fraction of a step: the paper's × 0.97 every 2.4 epochs.
    case exponential(factor: Double, every: Double)
  }

  /// The form behind the warm-up.
  public var form: Form
  /// Steps over which the factor rises in a straight line from zero to 1, whatever the form.
  ///
  /// The form counts them: behind them it is where it would be without warm-up, so that after five
  /// epochs of warm-up a rate that falls by 0.97 every 2.4 epochs continues at 0.97² of the base
  /// rate, as in the official EfficientNet code.
  ///
  /// Source:
  /// [utils.py](https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/utils.py),
  /// `build_learning_rate`.
  public var warmUp: Int
  /// Steps in front of all that, at the base rate once it has risen in the same way: those that train a new classifier alone.
  public var lead: Int

  /// A schedule.
  ///
  /// - Precondition: neither `warmUp` nor `lead` is negative.
  public init(form: Form, warmUp: Int = 0, lead: Int = 0) {
    precondition(warmUp >= 0, "a warm-up of \(warmUp) steps")
    precondition(lead >= 0, "a lead of \(lead) steps")
    (self.form, self.warmUp, self.lead) = (form, warmUp, lead)
  }

  /// The factor of a step, from 0 on.
  public func factor(_ step: Int) -> Double {
    let leads = step < lead
    let step = leads ? step : step - lead
    if step < warmUp { return Double(step + 1) / Double(warmUp) }
    if leads { return 1 }
    switch form {
    case .constant: return 1
    case .cosine(let steps):
      return (1 + cos(.pi * min(1, Double(step) / Double(max(1, steps))))) / 2
    case .exponential(let factor, let every):
      return pow(factor, (Double(step) / every).rounded(.down))
    }
  }
}
