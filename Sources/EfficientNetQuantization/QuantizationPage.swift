package import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetReports

/// The report of a quantization as an HTML page: the file of `effnet quantize --report`.
package struct QuantizationPage: Sendable {
  package var title: String
  package var report: QuantizationReport
  package var cost: QuantizationCost
  /// The blocks in floats, with what their rounding alone costs.
  package var floats: [FloatBlocks.Block]
  /// The description of the rounded network.
  package var model: ModelDescription
  /// The number of photos that calibrated it.
  package var calibrating: Int
  /// The command line, shown on the page.
  package var command: String
  /// Remarks below the heading.
  package var notes: [String]
  /// The photos that could not be read, with the reasons.
  package var broken: [String]

  package init(
    title: String, _ report: QuantizationReport, _ cost: QuantizationCost,
    floats: [FloatBlocks.Block], model: ModelDescription, calibrating: Int, command: String,
    notes: [String], broken: [String]
  ) {
    (self.title, self.report, self.cost, self.model) = (title, report, cost, model)
    self.floats = floats
    (self.calibrating, self.command) = (calibrating, command)
    (self.notes, self.broken) = (notes, broken)
  }

  /// Returns the page: HTML that needs no other file.
  ///
  /// - Throws: `EncodingError` if a number in the description is not finite.
  package func html() throws -> String {
    var page = ReportPage(title: title, notes: notes, cards: cards)
    page.add(
      "Blocks",
      """
      <p>The signal-to-noise ratio compares the output of a block with the same output of the \
      original network. Above 20 dB, the difference is below a tenth of the values. A much lower \
      number than those around it shows the block that rounding harms most.</p>\n
      """, HTML.table(report.blocks, columns))
    if !floats.isEmpty {
      page.add(
        "Blocks in 32-bit floats",
        """
        <p>These stay in floats, so that the network loses no more than --max-drop. The divergence is \
        that of a network in which only this block is rounded, in nats: the largest went first.</p>\n
        """,
        HTML.table(
          floats,
          [
            .name("block") { HTML.name($0.block) },
            .number("divergence") { $0.divergence.significant(2) },
          ]))
    }
    page.addBroken(broken)
    page.addConfiguration(try ReportSettings(model), command: command)
    return page.html.markup
  }

  private var columns: [ReportColumn<QuantizationReport.Block>] {
    [
      .name("output of") { HTML.name($0.layer) },
      ReportColumn(heading: "<th class=\"number\">signal to noise</th>") { block in
        let share = min(max(block.signalToNoise / 60, 0), 1)
        return """
          <td class="number bar" style="--share:\(share.fixed(3))">\(block.signalText)</td>
          """
      },
    ]
  }

  private var cards: [ReportPage.Card] {
    let agreement = report.agreement
    let isSigmoid = report.output == .sigmoid
    var cards = [
      ReportPage.Card(
        "agreement", agreement.share.percent(), isMain: true,
        meaning: """
          Both networks name the same \(isSigmoid ? "classes (above 0.5)" : "class") for \
          \(agreement.ofTotal) photos that did not calibrate (95 % interval \
          \(agreement.intervalText)). Below 90 %, the network is saved only on request.
          """),
      ReportPage.Card(
        "divergence", report.divergence.significant(2),
        meaning: """
          The mean Kullback-Leibler divergence of the probabilities, in nats\
          \(isSigmoid ? ", summed over the classes" : ""). 0 means equal probabilities; below 0.05, \
          they differ little.
          """),
    ]
    if report.labelled > 0 {
      let (before, after) = report.accuracy
      cards += [
        ReportPage.Card(
          "top-1 before", before.share.percent(),
          meaning: "The original network is right for \(before.text)."),
        ReportPage.Card(
          "top-1 in int8", after.share.percent(),
          meaning: "The int8 network is right for \(after.text) of the same photos."),
      ]
    }
    return cards + [
      ReportPage.Card(
        "file", Double(cost.bytes).megabytesText,
        meaning:
          "The numbers of the original network take \(Double(cost.bytesBefore).megabytesText)."),
      ReportPage.Card(
        "time of a photo", "\(cost.after.fixed(2)) ms",
        meaning: """
          The median on \(cost.threads.counted("thread", "threads")) of this machine; before, it was \
          \(cost.before.fixed(2)) ms. Both networks ran in turns.
          """),
      ReportPage.Card(
        "photos to calibrate", calibrating.grouped,
        meaning: "They chose the ranges of the feature maps; 100 to 500 are enough."),
    ]
  }
}

extension Double {
  /// A number of bytes in MB, such as "5.12 MB".
  package var megabytesText: String { "\((self / 1e6).formatted(significant: 3)) MB" }
}
