internal import EfficientNetSystem

/// The learning rate over the steps of a run, as a factor of the base rate.
///
///     Schedule(form: .cosine(steps: 10_000), warmUp: 500)
public struct Schedule: Hashable, Codable, Sendable {
  /// The shape of the schedule after the warm-up.
  public enum Form: Hashable, Codable, Sendable {
    /// The base rate throughout.
    case constant
    /// Half a cosine from the base rate down to zero: `(1 + cos(π · step / steps)) / 2`.
    ///
    /// Source: Loshchilov & Hutter 2017, [SGDR](https://arxiv.org/abs/1608.03983), equation 5.
    case cosine(steps: Int)
    /// `factor` to the power of the completed intervals. An interval may contain a fraction of a
    /// step, as in the paper's × 0.97 every 2.4 epochs.
    case exponential(factor: Double, every: Double)
  }

  /// The form after the warm-up.
  public var form: Form
  /// The number of steps over which the factor rises linearly from 0 to 1.
  ///
  /// The form counts these steps too: after them it is where it would be without a warm-up. After
  /// five epochs of warm-up, a rate that falls by 0.97 every 2.4 epochs continues at 0.97² of the
  /// base rate, as in the official EfficientNet code.
  ///
  /// Source: `build_learning_rate` in `utils.py` of the [official EfficientNet code][code].
  ///
  /// [code]: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet
  public var warmUp: Int
  /// The number of steps before the schedule, which train a new classifier alone: at the base rate
  /// after the same warm-up.
  public var lead: Int

  /// Creates a schedule.
  ///
  /// - Precondition: `warmUp` and `lead` are at least 0.
  public init(form: Form, warmUp: Int = 0, lead: Int = 0) {
    require(warmUp >= 0, "warm-up is \(warmUp) steps; it must be at least 0")
    require(lead >= 0, "lead is \(lead) steps; it must be at least 0")
    (self.form, self.warmUp, self.lead) = (form, warmUp, lead)
  }

  /// Returns the factor of a step, counted from 0.
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
