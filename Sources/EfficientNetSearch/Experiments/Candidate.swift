public import EfficientNet

/// A network that an experiment trains and compares with others.
public struct Candidate: Hashable, Codable, Sendable {
  /// The network. Its name tells it from the other candidates; its classes are replaced with those of the photos.
  public let architecture: Architecture
  /// Its factors on depth, width and resolution over the baseline, before rounding; nil if it is no scaled baseline.
  public let factors: CompoundCoefficients?
  /// The α, β and γ that it stands for in a grid search, whose powers of ``phi`` its factors are; nil otherwise.
  public let coefficients: CompoundCoefficients?
  /// The φ of those powers, likewise.
  public let phi: Double?
  /// The curve that it is a point of, for instance "depth"; nil for none.
  public let series: String?

  /// A candidate.
  public init(
    _ architecture: Architecture, factors: CompoundCoefficients? = nil, series: String? = nil
  ) {
    (self.architecture, self.factors, self.series) = (architecture, factors, series)
    (coefficients, phi) = (nil, nil)
  }

  /// A candidate of a grid search.
  public init(_ architecture: Architecture, coefficients: CompoundCoefficients, phi: Double) {
    (self.architecture, self.coefficients, self.phi) = (architecture, coefficients, phi)
    (factors, series) = (coefficients.factors(phi: phi), nil)
  }

  /// Its name.
  public var name: String { architecture.name }

  /// What is trained, whatever it is called.
  var nameless: Architecture {
    var architecture = architecture
    architecture.name = "-"
    return architecture
  }
}

/// One training: a candidate with a seed.
public struct Trial: Hashable, Sendable {
  /// The candidate.
  public let candidate: Candidate
  /// What its weights, the order of the photos and their augmentation are drawn from.
  public let seed: UInt64
  /// How long it trains.
  public let epochs: Int

  /// A training.
  public init(_ candidate: Candidate, seed: UInt64, epochs: Int) {
    (self.candidate, self.seed, self.epochs) = (candidate, seed, epochs)
  }

  /// The same for all trainings of the same network: rounding gives several candidates one.
  var nameless: Trial { Trial(Candidate(candidate.nameless), seed: seed, epochs: epochs) }
}

/// What a training came to: a line of results.jsonl.
public struct TrialResult: Hashable, Codable, Sendable {
  /// The candidate's name.
  public let candidate: String
  /// See ``Trial/seed``.
  public let seed: UInt64
  /// See ``Trial/epochs``.
  public let epochs: Int
  /// Share of the validation photos that are recognised after the last epoch; nil if training diverged.
  public let top1: Double?
  /// The mean cross entropy of the validation photos, likewise.
  public let loss: Double?
  /// The mean loss of the last epoch, as it is trained with, likewise.
  public let trainingLoss: Double?
  /// How long it trained, in seconds of one of the trainings that ran side by side.
  public let seconds: Double

  private enum CodingKeys: String, CodingKey {
    case candidate, seed, epochs, top1, loss, seconds
    case trainingLoss = "training_loss"
  }

  /// A result.
  public init(
    _ trial: Trial, top1: Double?, loss: Double?, trainingLoss: Double?, seconds: Double
  ) {
    (candidate, seed, epochs) = (trial.candidate.name, trial.seed, trial.epochs)
    (self.top1, self.loss, self.trainingLoss) = (top1, loss, trainingLoss)
    self.seconds = seconds
  }

  /// The result of a training of the same network under another name, which takes no time.
  func renamed(_ trial: Trial) -> TrialResult {
    TrialResult(trial, top1: top1, loss: loss, trainingLoss: trainingLoss, seconds: 0)
  }

  func belongs(to trial: Trial) -> Bool {
    candidate == trial.candidate.name && seed == trial.seed && epochs == trial.epochs
  }
}
