public import EfficientNet

/// A network that an experiment trains and compares with others.
public struct Candidate: Hashable, Codable, Sendable {
  /// The network. Its name must differ from those of other candidates. Its number of classes is
  /// replaced by that of the photos.
  public let architecture: Architecture
  /// The factors on depth, width and resolution over the baseline, before rounding; nil if the
  /// network is not a scaled baseline.
  public let factors: CompoundCoefficients?
  /// The α, β and γ of a grid search; ``factors`` are their powers of ``phi``; nil for other
  /// candidates.
  public let coefficients: CompoundCoefficients?
  /// The φ of a grid search; nil for other candidates.
  public let phi: Double?
  /// The curve that the candidate is a point of, such as "depth"; nil for none.
  public let series: String?

  /// Creates a candidate from the properties of the same names.
  public init(
    _ architecture: Architecture, factors: CompoundCoefficients? = nil, series: String? = nil
  ) {
    (self.architecture, self.factors, self.series) = (architecture, factors, series)
    (coefficients, phi) = (nil, nil)
  }

  /// Creates a candidate of a grid search.
  public init(_ architecture: Architecture, coefficients: CompoundCoefficients, phi: Double) {
    (self.architecture, self.coefficients, self.phi) = (architecture, coefficients, phi)
    (factors, series) = (coefficients.factors(phi: phi), nil)
  }

  /// The name of the network.
  public var name: String { architecture.name }

  /// The network without its name, to find equal ones.
  var nameless: Architecture {
    var architecture = architecture
    architecture.name = "-"
    return architecture
  }
}

/// One training: a candidate, a seed and a number of epochs.
public struct Trial: Hashable, Sendable {
  /// The candidate.
  public let candidate: Candidate
  /// The seed of the weights, the order of the photos and their augmentation.
  public let seed: UInt64
  /// The number of epochs.
  public let epochs: Int

  /// Creates a training.
  public init(_ candidate: Candidate, seed: UInt64, epochs: Int) {
    (self.candidate, self.seed, self.epochs) = (candidate, seed, epochs)
  }

  /// The training without the candidate's name. Candidates that rounding makes equal share it.
  var nameless: Trial { Trial(Candidate(candidate.nameless), seed: seed, epochs: epochs) }
}

/// The result of a training: a line of results.jsonl.
public struct TrialResult: Hashable, Codable, Sendable {
  /// The name of the candidate.
  public let candidate: String
  /// The seed; see ``Trial/seed``.
  public let seed: UInt64
  /// The number of epochs.
  public let epochs: Int
  /// The accuracy on the validation photos after the last epoch, from 0 to 1; nil if training
  /// diverged.
  public let top1: Double?
  /// The mean cross entropy of the validation photos after the last epoch; nil if training
  /// diverged.
  public let loss: Double?
  /// The mean training loss of the last epoch; nil if training diverged.
  public let trainingLoss: Double?
  /// The duration of the training in seconds. Trainings at the same time slow each other down.
  public let seconds: Double
  /// The number of readable validation photos; nil if training diverged, and in results of earlier
  /// versions.
  public let validationPhotos: Int?
  /// The validation photos that the network gets right after the last epoch; nil if training
  /// diverged, and in results of earlier versions.
  public let rightPhotos: RightPhotos?

  private enum CodingKeys: String, CodingKey {
    case candidate, seed, epochs, top1, loss, seconds
    case rightPhotos = "right_photos"
    case trainingLoss = "training_loss"
    case validationPhotos = "validation_photos"
  }

  /// Creates a result.
  ///
  /// - Parameters:
  ///   - trial: The training.
  ///   - top1: The accuracy on the validation photos, from 0 to 1; nil if training diverged.
  ///   - loss: The mean cross entropy of the validation photos; nil if training diverged.
  ///   - trainingLoss: The mean training loss of the last epoch; nil if training diverged.
  ///   - seconds: The duration in seconds.
  ///   - validationPhotos: The number of readable validation photos, if known.
  ///   - rightPhotos: The validation photos that the network gets right, if known.
  public init(
    _ trial: Trial, top1: Double?, loss: Double?, trainingLoss: Double?, seconds: Double,
    validationPhotos: Int? = nil, rightPhotos: RightPhotos? = nil
  ) {
    (candidate, seed, epochs) = (trial.candidate.name, trial.seed, trial.epochs)
    (self.top1, self.loss, self.trainingLoss) = (top1, loss, trainingLoss)
    (self.seconds, self.validationPhotos) = (seconds, validationPhotos)
    self.rightPhotos = rightPhotos
  }

  /// The result for another candidate with an equal network, which takes no time.
  func renamed(_ trial: Trial) -> TrialResult {
    TrialResult(
      trial, top1: top1, loss: loss, trainingLoss: trainingLoss, seconds: 0,
      validationPhotos: validationPhotos, rightPhotos: rightPhotos)
  }

  func belongs(to trial: Trial) -> Bool {
    candidate == trial.candidate.name && seed == trial.seed && epochs == trial.epochs
  }

  /// The first impossible value as a message; nil if all are possible.
  ///
  /// - Parameter photos: The number of validation photos, readable or not; nil if it is not known.
  func complaint(photos: Int?) -> String? {
    if let top1, !(0...1 ~= top1) {
      return "the top-1 of \(candidate) is \(top1); it must be 0 to 1"
    }
    let bits = rightPhotos?.bits
    if let bits, let photos,
      bits.count < photos || RightPhotos(Array(bits.prefix(photos))) != rightPhotos
    {
      return "right_photos of \(candidate) must have \((photos + 3) / 4) digits for "
        + "\(photos) validation photos, and no bit after the last photo"
    }
    // Some photos may be unreadable.
    let (right, most) = (bits?.count { $0 } ?? 0, photos ?? bits?.count ?? 1 << 40)
    if let validationPhotos, !(right...most ~= validationPhotos) {
      return "validation_photos of \(candidate) is \(validationPhotos); it must be at least "
        + "\(right), the photos of right_photos, and at most \(most)"
    }
    return nil
  }
}
