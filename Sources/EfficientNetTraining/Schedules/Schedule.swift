internal import EfficientNetSystem

/// How the learning rate goes over the steps of a run: a factor of the base rate for each.
///
///     Schedule.cosine(steps: 10_000).warmedUp(for: 500)
public struct Schedule: Hashable, Codable, Sendable {
  /// The forms.
  public enum Form: Hashable, Codable, Sendable {
    /// 1
    case constant
    /// `(1 + cos(π · step / steps)) / 2`, down to `end`.
    case cosine(steps: Int, end: Double)
    /// `factor` to the power of the whole intervals that have passed.
    case exponential(factor: Double, every: Double)
  }

  /// The form behind the warm-up.
  public var form: Form
  /// Steps over which the factor rises in a straight line from zero to 1, whatever the form.
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

  /// The base rate, always.
  public static let constant = Schedule(form: .constant)

  /// Half a cosine from the base rate down to `end` of it.
  ///
  /// Source: Loshchilov & Hutter 2017, [SGDR](https://arxiv.org/abs/1608.03983), equation 5.
  public static func cosine(steps: Int, end: Double = 0) -> Schedule {
    Schedule(form: .cosine(steps: steps, end: end))
  }

  /// Falls by `factor` every so many steps (a fraction is allowed): the paper's × 0.97 every 2.4 epochs.
  public static func exponential(factor: Double, every steps: Double) -> Schedule {
    Schedule(form: .exponential(factor: factor, every: steps))
  }

  /// The same, but rising from zero to the whole rate over the first `steps` steps. The form counts
  /// them: behind them it is where it would be without warm-up, so that after five epochs of
  /// warm-up a rate that falls by 0.97 every 2.4 epochs continues at 0.97² of the base rate, as in
  /// the official EfficientNet code.
  ///
  /// Source:
  /// [utils.py](https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/utils.py),
  /// `build_learning_rate`.
  public func warmedUp(for steps: Int) -> Schedule {
    Schedule(form: form, warmUp: steps, lead: lead)
  }

  /// The same behind `steps` steps at the base rate, and warmed up anew.
  public func led(by steps: Int) -> Schedule { Schedule(form: form, warmUp: warmUp, lead: steps) }

  /// The factor of a step, from 0 on.
  public func factor(_ step: Int) -> Double {
    guard step >= lead else { return rise(step) }
    let step = step - lead
    guard step >= warmUp else { return rise(step) }
    switch form {
    case .constant: return 1
    case .cosine(let steps, let end):
      let progress = min(1, Double(step) / Double(max(1, steps)))
      return end + (1 - end) * (1 + cos(.pi * progress)) / 2
    case .exponential(let factor, let every):
      return pow(factor, (Double(step) / every).rounded(.down))
    }
  }

  private func rise(_ step: Int) -> Double {
    step < warmUp ? Double(step + 1) / Double(warmUp) : 1
  }
}
