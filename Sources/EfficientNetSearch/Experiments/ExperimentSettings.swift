public import EfficientNet
public import EfficientNetCompute
public import EfficientNetTraining

/// Everything that is needed to repeat an experiment, or to go on with it: experiment.json.
public struct ExperimentSettings: Hashable, ResumableSettings {
  /// See ``ResumableSettings``.
  public static let (fileName, noun, activity) = ("experiment.json", "experiment", "works")

  /// The version of the program that wrote it.
  public var version: String
  /// The command line, for people.
  public var command: String
  /// The photos, as the command line names them.
  public var data: String
  /// The folder that ``data`` is below if it is relative.
  public var workingFolder: String
  /// Share of the photos that is validated on, where the data does not say which.
  public var validationShare: Double
  /// The most photos, of both parts together; nil for all.
  public var subset: Int?
  /// What the photos and their labels come to: an experiment goes on with the same ones only.
  public var dataFingerprint: UInt64
  /// How every candidate is trained.
  public var recipe: Recipe
  /// What the networks compute with while they train.
  public var precision: Precision
  /// The seed of the first training of each candidate; the others have those that follow.
  public var firstSeed: UInt64
  /// Trainings of each candidate.
  public var seeds: Int
  /// Broken photos that are put up with.
  public var brokenLimit: Int
  /// What is compared.
  public var study: Study

  /// Settings.
  public init(
    version: String, command: String, data: String, validationShare: Double, subset: Int?,
    dataFingerprint: UInt64, recipe: Recipe, precision: Precision, firstSeed: UInt64, seeds: Int,
    brokenLimit: Int, study: Study
  ) {
    (self.version, self.command, self.data) = (version, command, data)
    workingFolder = Folder.current
    (self.validationShare, self.subset) = (validationShare, subset)
    (self.dataFingerprint, self.recipe, self.precision) = (dataFingerprint, recipe, precision)
    (self.firstSeed, self.seeds, self.brokenLimit) = (firstSeed, seeds, brokenLimit)
    self.study = study
  }

  /// The seeds of a candidate's trainings.
  public var allSeeds: [UInt64] { (0..<seeds).map { firstSeed &+ UInt64($0) } }

  /// What is wrong with the settings; nil if nothing.
  public var complaint: String? {
    if !(1...1000 ~= seeds) {
      return "trainings of each candidate are \(seeds); they may be 1 to 1000"
    }
    return recipe.complaint ?? recipe.complaintFromScratch ?? study.complaint(epochs: recipe.epochs)
  }

  /// See ``subset``.
  public var limit: Int? { subset }
  /// See ``firstSeed``.
  public var seed: UInt64 { firstSeed }
}

/// What an experiment compares.
public enum Study: Hashable, Codable, Sendable {
  /// Which α, β and γ are best: the paper's grid search.
  case grid(GridStudy)
  /// What depth, width and resolution bring, each alone and together: the paper's figures 3, 4 and 8.
  case dimensions(DimensionStudy)
  /// Which architecture of a space is worth most: MnasNet's search.
  case architectures(SearchStudy)

  /// The network that is scaled, or whose blocks are changed.
  public var baseline: Architecture {
    switch self {
    case .grid(let study): study.baseline
    case .dimensions(let study): study.baseline
    case .architectures(let study): study.space.reference
    }
  }

  /// The search for an architecture, if it is one.
  public var search: SearchStudy? {
    if case .architectures(let study) = self { study } else { nil }
  }

  /// The networks that are trained, in their order, as far as they are known before: those of a search are not.
  public var candidates: [Candidate] {
    switch self {
    case .grid(let study): study.candidates
    case .dimensions(let study): study.candidates
    case .architectures: []
    }
  }

  /// What is wrong with it; nil if nothing.
  func complaint(epochs: Int) -> String? {
    if case .grid(let study) = self, study.halvings < 0 || epochs >> study.halvings < 1 {
      return
        "\(study.halvings) halvings need \(1 << max(0, min(20, study.halvings))) epochs at least, not \(epochs)"
    }
    if let search { return search.complaint }
    let candidates = candidates
    if candidates.isEmpty { return "there is no network to train" }
    var names: Set<String> = []
    if let twice = candidates.map(\.name).first(where: { !names.insert($0).inserted }) {
      return "two networks are called \(twice): two factors, or the baseline's name, are too alike"
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
