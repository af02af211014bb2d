public import EfficientNet
public import EfficientNetCompute
public import EfficientNetTraining

/// The settings of an experiment, sufficient to repeat or resume it: experiment.json.
public struct ExperimentSettings: Hashable, ResumableSettings {
  /// The words of `ResumableSettings` for messages.
  public static let (fileName, noun, activity) = ("experiment.json", "experiment", "works")

  /// The version of the program that wrote the settings.
  public var version: String
  /// The command line, for people.
  public var command: String
  /// The photos, as named on the command line.
  public var data: String
  /// The folder that a relative ``data`` starts from.
  public var workingFolder: String
  /// The share of each class that is held out if the data has no validation split.
  public var validationShare: Double
  /// The largest number of photos, training and validation together; nil for all.
  public var subset: Int?
  /// The share of a photo's shorter side that the networks see in validation, 0.25 to 1; nil for
  /// that of `Architecture.standardDescription(provenance:)`, about 7/8.
  public var crop: Double?
  /// A hash of the photos and labels. An experiment resumes only with the same ones.
  public var dataFingerprint: UInt64
  /// The training recipe of every candidate.
  public var recipe: Recipe
  /// The number format of activations and matrix products in training.
  public var precision: Precision
  /// The seed of each candidate's first training; the others have the seeds that follow.
  public var firstSeed: UInt64
  /// The number of trainings of each candidate.
  public var seeds: Int
  /// The number of unreadable photos after which an experiment stops.
  public var brokenLimit: Int
  /// Whether the batch norms' running statistics warm up: see `RunConfiguration.warmsUpNorms`. Nil
  /// as false, as in experiments of early versions. The initializer sets true.
  public var warmsUpNorms: Bool?
  /// The study: what is compared.
  public var study: Study
  /// In a search: the absolute paths of the searches to compare with in the report; nil for none.
  package var against: [String]?

  /// Creates settings from the properties of the same names, with the current folder as
  /// ``workingFolder``.
  public init(
    version: String, command: String, data: String, validationShare: Double, subset: Int?,
    dataFingerprint: UInt64, recipe: Recipe, precision: Precision, firstSeed: UInt64, seeds: Int,
    brokenLimit: Int, study: Study, crop: Double? = nil
  ) {
    (self.version, self.command, self.data) = (version, command, data)
    workingFolder = Folder.current
    (self.validationShare, self.subset, self.crop) = (validationShare, subset, crop)
    (self.dataFingerprint, self.recipe, self.precision) = (dataFingerprint, recipe, precision)
    (self.firstSeed, self.seeds, self.brokenLimit) = (firstSeed, seeds, brokenLimit)
    (warmsUpNorms, self.study) = (true, study)
  }

  /// The seeds of each candidate's trainings.
  public var allSeeds: [UInt64] { (0..<seeds).map { firstSeed &+ UInt64($0) } }

  /// The reason why the settings are invalid; nil if they are valid.
  public var complaint: String? {
    if !(1...1000 ~= seeds) {
      return "the number of trainings of each candidate is \(seeds); it must be 1 to 1000"
    }
    if let crop, !(Preprocessing.cropShares ~= crop) {
      return "the crop is \(crop) of the photo's shorter side; it must be 0.25 to 1"
    }
    return recipe.complaint ?? recipe.complaintFromScratch ?? precision.trainingComplaint
      ?? study.complaint(epochs: recipe.epochs)
  }

  /// Describes the network of a candidate, with its preprocessing: ``crop`` applies.
  package func description(of architecture: Architecture) -> ModelDescription {
    var description = architecture.standardDescription(provenance: "")
    if let crop { description.preprocessing = description.preprocessing.withCropShare(crop) }
    return description
  }

  /// The largest number of photos; see ``subset``.
  public var limit: Int? { subset }
  /// The first seed; see ``firstSeed``.
  public var seed: UInt64 { firstSeed }
}

/// The subject of an experiment.
public enum Study: Hashable, Codable, Sendable {
  /// A grid search for the best α, β and γ, as in the paper.
  case grid(GridStudy)
  /// A comparison of depth, width and resolution, each alone and all together: the paper's figures
  /// 3, 4 and 8.
  case dimensions(DimensionStudy)
  /// A search for the architecture with the highest reward, as in MnasNet.
  case architectures(SearchStudy)

  /// The network that is scaled, or the reference of the search space.
  public var baseline: Architecture {
    switch self {
    case .grid(let study): study.baseline
    case .dimensions(let study): study.baseline
    case .architectures(let study): study.space.reference
    }
  }

  /// The architecture search; nil for other studies.
  public var search: SearchStudy? {
    if case .architectures(let study) = self { study } else { nil }
  }

  /// The networks to train, in their order; empty for a search, whose networks are not known
  /// beforehand.
  public var candidates: [Candidate] {
    switch self {
    case .grid(let study): study.candidates
    case .dimensions(let study): study.candidates
    case .architectures: []
    }
  }

  /// The reason why the study is invalid; nil if it is valid.
  func complaint(epochs: Int) -> String? {
    if case .grid(let study) = self, study.halvings < 0 || epochs >> study.halvings < 1 {
      return
        "\(study.halvings) halvings need at least \(1 << max(0, min(20, study.halvings))) epochs, "
        + "not \(epochs)"
    }
    if let search { return search.complaint }
    let candidates = candidates
    if candidates.isEmpty { return "there is no network to train" }
    var names: Set<String> = []
    if let twice = candidates.map(\.name).first(where: { !names.insert($0).inserted }) {
      return "two networks have the name \(twice); "
        + "use factors that differ more, or rename the baseline"
    }
    for candidate in candidates {
      do throws(ArchitectureError) {
        try candidate.architecture.validate()
        try candidate.architecture.validateForPhotos()
      } catch {
        return "\(error)"
      }
    }
    return nil
  }
}
