internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension ExperimentReport {
  /// The networks as a table; see ``ordered``.
  var table: HTML {
    let table: HTML = .table(
      ordered, style: "names",
      [
        .name("network") { HTML.name(settings.study.title(of: $0.candidate)) },
        .number("reward") { search?.reward(of: $0).fixed(4) },
        .number("depth") { $0.candidate.factors?.depth.fixed(2) },
        .number("width") { $0.candidate.factors?.width.fixed(2) },
        .number("resolution") { $0.candidate.factors?.resolution.fixed(2) },
        .number("φ") { $0.candidate.phi?.fixed(2) },
        .number("pixels") { "\($0.candidate.architecture.resolution)" },
        .number("parameters") { $0.cost.parameters.grouped },
        .number("MACs") { Double($0.cost.macs).abbreviated },
        .number("top-1, %") { $0.accuracy },
        .number("photos right") { $0.right?.ofTotal },
        .number("95 % interval") { $0.right?.intervalText },
        .text("") { remarks(on: $0) },
      ])
    let meaning =
      ranking.deviation == nil ? "one training each" : "mean ± standard error over the seeds"
    let leftOut: HTML =
      ranking.leftOut.isEmpty
      ? "" : " For a network that was left out, it is that after the epochs named beside it."
    let tied: HTML =
      search == nil
      ? "“tied”: with 95 % confidence, the truly best network is one of these."
      : """
      The highest reward is first, since the verdict compares rewards. “tied”: with 95 % \
      confidence, the finalist with the truly highest reward is one of these. The reference is for \
      comparison only.
      """
    return """
      <p>Top-1 of the validation photos after the last epoch: \(meaning).\(leftOut) “photos right” counts \
      them, and the interval covers other photos of the same kind. \(tied)</p>
      \(table)
      """
  }
}

extension ExperimentReport {
  /// The networks as CSV, in the order of ``ordered``; see ``Ranking/csv``. In a search, "tied"
  /// compares rewards, and the last column has them. In a study of dimensions, the last columns
  /// compare compound scaling with the network.
  var csv: String {
    func csv(
      _ names: [String] = [],
      more: (Ranking.Standing) -> [(any CustomStringConvertible)?] = { _ in [] }
    ) -> String {
      ranking.csv(ordered, tied: isTied, names: ["near_chance", "distorted"] + names) { standing in
        [ranking.isNearChance(standing), settings.study.isDistorted(standing.candidate)]
          .map { $0 ? "yes" : "no" } + more(standing)
      }
    }
    switch settings.study {
    case .grid: return csv()
    case .architectures: return csv(["reward"]) { [search?.reward(of: $0)] }
    case .dimensions(let study):
      let rows = study.rows(ranking)
      return csv(["compound_minus_it", "compound_margin", "compound_is"]) { standing in
        let row = rows.first { $0.standing == standing }
        return [row?.difference?.mean, row?.difference?.margin, row?.verdict]
      }
    }
  }
}

extension Ranking {
  /// The networks as CSV, best first, then those left out earlier. Accuracies are from 0 to 1, not
  /// percent.
  public var csv: String { csv(standings + leftOut, tied: { $0.isTied }) }

  /// Returns the networks as CSV.
  ///
  /// - Parameters:
  ///   - networks: The networks, in the order of the lines.
  ///   - tied: Returns whether a network is tied with the first; nil if it is not compared.
  ///   - names: The names of more columns.
  ///   - more: Returns the fields of a network in these columns.
  func csv(
    _ networks: [Standing], tied: (Standing) -> Bool?, names: [String] = [],
    more: (Standing) -> [(any CustomStringConvertible)?] = { _ in [] }
  ) -> String {
    csvTable(
      "name,series,depth,width,resolution_factor,phi,resolution,repeats,channels,parameters,macs,trainings,diverged,top1,"
        + (["standard_error,tied,left_out_after"] + names).joined(separator: ","),
      networks.map { standing in
        let (candidate, architecture) = (standing.candidate, standing.candidate.architecture)
        let fields: [(any CustomStringConvertible)?] = [
          candidate.name.csvField, candidate.series?.csvField, candidate.factors?.depth,
          candidate.factors?.width, candidate.factors?.resolution, candidate.phi,
          architecture.resolution, architecture.stages.map(\.repeats).dashed,
          architecture.stages.map(\.channels).dashed, standing.cost.parameters,
          standing.cost.macs, standing.top1.count, standing.diverged, standing.mean,
          standing.standardError,
          standing.leftOutAfter == nil ? tied(standing).map { $0 ? "yes" : "no" } : nil,
          standing.leftOutAfter,
        ]
        return fields + more(standing)
      })
  }
}

/// A CSV table: a line of names, then a line for each row, with empty fields for nil.
func csvTable(_ names: String, _ rows: [[(any CustomStringConvertible)?]]) -> String {
  let lines = rows.map { row in row.map { $0.map { "\($0)" } ?? "" }.joined(separator: ",") }
  return ([names] + lines).map { $0 + "\n" }.joined()
}
