internal import EfficientNet
internal import EfficientNetReports

extension Study {
  /// Returns a candidate's name in words, such as "compound 2×" or "α 1.2, β 1.1, γ 1.15".
  package func title(of candidate: Candidate) -> String {
    switch self {
    case .grid: candidate.coefficients?.words ?? candidate.name
    case .dimensions(let study): study.title(of: candidate)
    case .architectures: candidate.name
    }
  }

  /// The option for more trainings of each ranked network.
  var moreSeeds: String { search == nil ? Ranking.moreSeeds : Ranking.moreFinalSeeds }

  /// Whether rounding makes some networks equal, which are trained once.
  package var hasEqualNetworks: Bool { Set(candidates.map(\.nameless)).count < candidates.count }

  /// Returns the words for the candidate with a name; the name if it is not known beforehand.
  package func title(named name: String) -> String {
    candidates.first { $0.name == name }.map(title) ?? name
  }
}
