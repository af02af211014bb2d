import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetReports
@testable import EfficientNetTraining

@Suite("Reports")
struct ReportTests {
  static let animals = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// Checks what must hold for every page.
  private func check(_ page: String, _ location: SourceLocation = #_sourceLocation) {
    let checker = MarkupChecker(page)
    #expect(checker.complaints.isEmpty, sourceLocation: location)
    #expect(
      !checker.elements.contains {
        ["script", "link", "iframe", "object", "base", "a"].contains($0)
      }, sourceLocation: location)
    for (name, value) in checker.attributes {
      #expect(!name.hasPrefix("on"), sourceLocation: location)
      #expect(name != "src" || value.hasPrefix("data:image/jpeg;base64,"), sourceLocation: location)
      #expect(!["href", "srcset", "action"].contains(name), sourceLocation: location)
    }
    for outside in ["@import", "url(", "<script", "nan", "inf)", "\u{0}"] {
      #expect(!page.contains(outside), sourceLocation: location)
    }
    #expect(!page.unicodeScalars.contains { $0.value < 32 && $0 != "\n" }, sourceLocation: location)
  }

  @Test("a training report has the numbers of the run")
  func training() throws {
    let report = try SampleReports.training(classes: Self.animals, epochs: 10, photos: 1000)
    let page = report.html()
    check(page)
    let evaluation = try #require(report.result.evaluation)
    let best = try #require(report.result.best).epoch
    for text in [
      "<title>cifar10-sample</title>", "<dd>\(best) of 10</dd>", "best: \(best)",
      "<dd>\(evaluation.top1.percent())</dd>",
      "<dd>\(Graph(report.model.architecture).parameterCount.grouped)</dd>", "<dd>160 px</dd>",
      "<dd>111.9</dd>",
      "8,000 + 1,000", "11 min 55 s", "effnet train photos/ --model lite0",
      "aria-label=\"Learning rate\"", "no picture",
      "<bdi>18446744073709551615</bdi>", "optimizer.<wbr>momentum", "kernel 3", "bad.<wbr>jpg",
      "right for \(evaluation.topOne.count) of 1,000 photos (95\u{A0}% interval",
      "Below 5\u{A0}%, the probabilities are about right.",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    let checker = MarkupChecker(page)
    #expect(
      checker.elements.filter { $0 == "img" }.count == 16
        + evaluation.worst.filter { $0.sample % 7 != 0 }.count)
    // The confusion map has ten rows and columns and counts every photo.
    let cells = page.matches(of: /<td class="(?:hit|miss)[^>]*>([\d,]+)<\/td>/)
    #expect(cells.reduce(0) { $0 + (Int($1.1) ?? 0) } == 1000)
    #expect(page.count(of: "<td class=\"none\">") + cells.count == 100)
  }

  @Test("the charts of a continued run begin with the epochs of earlier runs")
  func continued() throws {
    var report = try SampleReports.training(classes: Self.animals, epochs: 4, photos: 100)
    let alone = report.html()
    #expect(!alone.contains("this run begins"))
    report.earlier = SampleReports.records(3)
    let page = report.html()
    check(page)
    let best = try #require(report.result.best).epoch
    #expect(page.contains("best: \(best) of this run</text>"))
    #expect(page.count(of: ">this run begins</text>") == 3)
    // The tiles are those of the run alone.
    #expect(page.contains("<dd>\(best) of 4</dd>"))
    // Five curves have 7 circles instead of 4, apart from the legend.
    #expect(page.count(of: "<circle") == alone.count(of: "<circle") + 5 * 3)
  }

  @Test("an evaluation report has the same parts without curves")
  func evaluation() throws {
    let classes = Self.animals.map { ClassLabel(name: $0) }
    let evaluation = try SampleReports.evaluation(classes: classes, photos: 500)
    let model = SampleReports.model(classes)
    let report = EvaluationReport(
      title: "photos-test", model: model,
      result: Evaluator.Result(evaluation: evaluation, broken: [], imagesPerSecond: 203.4),
      command: "effnet evaluate photos-test/", settings: try ReportSettings(["batch": 8]))
    let page = report.html()
    check(page)
    for text in [
      "Confusion", "Classes", "Calibration", "Configuration", "203.4",
      Graph(model.architecture).parameterCount.grouped, evaluation.calibration.error.percent(),
    ] {
      #expect(page.contains(text), "\(text)")
    }
    for text in ["Learning rate", "epoch", "Augmented", "Broken", "Worst mistakes"] {
      #expect(!page.contains(text), "\(text)")
    }
  }

  /// The names of the tiles without a sentence.
  private func mute(_ page: String) -> [Substring] {
    page.matches(of: /<dt>([^<]*)<\/dt><dd[^>]*>[^<]*<\/dd><\/div>/).map(\.1)
  }

  @Test(
    "few photos have counts and an interval, but no top-5 and no calibration", arguments: [3, 6])
  func few(classes: Int) throws {
    let labels = ClassLabel.numbered(classes)
    let evaluation = try SampleReports.evaluation(classes: labels, photos: 12)
    let page = EvaluationReport(
      title: "few", model: SampleReports.model(labels),
      result: Evaluator.Result(
        evaluation: evaluation, broken: [SampleReports.broken("a.jpg")], imagesPerSecond: 1),
      command: "effnet", settings: try ReportSettings(["batch": 8])
    ).html()
    check(page)
    #expect(page.contains("right for \(evaluation.topOne.count) of 12 photos (95\u{A0}% interval"))
    #expect(page.contains("<dt>top-5</dt>") == (classes == 6))
    #expect(!page.contains("<h2>Calibration</h2>") && !page.contains("<dt>calibration error</dt>"))
    #expect(!page.contains("aria-label=\"Reliability\""))
    #expect(page.contains("1 other could not be read"))
    #expect(page.contains("<dt>") && mute(page).isEmpty, "\(mute(page))")
  }

  @Test("every tile has a sentence")
  func sentences() throws {
    var report = try SampleReports.training(classes: Self.animals, epochs: 3, photos: 200)
    var pages = [report.html()]
    report.result.evaluation = nil
    pages.append(report.html())
    report.validationPhotos = 0
    pages.append(report.html())
    pages.append(
      try RateTestReport(
        title: "rates", test: RateTestTests.example(), command: "effnet find-lr",
        settings: SampleConfiguration()
      ).html())
    for page in pages {
      #expect(page.contains("<dt>") && mute(page).isEmpty, "\(mute(page))")
    }
  }

  @Test("names with markup, long names and right-to-left names are shown as text")
  func hostile() throws {
    var report = try SampleReports.training(classes: SampleReports.hostile, epochs: 2, photos: 300)
    for name in SampleReports.hostile {
      report.title = name
      report.model.architecture.name = name
      report.command = "effnet train '\(name)'"
      report.notes = [name]
      report.result.broken = [SampleReports.broken(name)]
      let page = report.html()
      check(page)
      #expect(page.contains("&lt;script&gt;alert(&#39;a &amp; b&#39;)"))
      #expect(page.contains("&amp;lt;&amp;amp;"))
      #expect(!page.contains(String(repeating: "long ", count: 150)) || name.hasPrefix("long"))
    }
  }

  @Test("ten thousand classes with long names give a page below 300 kB without pictures")
  func manyClasses() throws {
    let names = (0..<10_000).map { "\($0) " + String(repeating: "👩🏽‍🔬<", count: 60) }
    var report = try SampleReports.training(classes: names, epochs: 500, photos: 3000)
    (report.mistakes, report.augmented) = ([], [])
    report.result.broken = names.map(SampleReports.broken)
    let page = report.html()
    check(page)
    #expect(page.utf8.count < 300_000)
    for text in [
      "Shown are the 50 classes", "of 3,000.", "… 2,940 more …", "7,000 classes have no photos",
      "The 40 most frequent", "And 9,950 others",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test("up to thirty classes are shown as a map, more as a list", arguments: [(30, 1), (31, 0)])
  func map(classes: Int, maps: Int) throws {
    let evaluation = try SampleReports.evaluation(
      classes: ClassLabel.numbered(classes), photos: 400)
    #expect(evaluation.confusionTable.markup.count(of: "class=\"map\"") == maps)
  }

  @Test("up to sixty classes are all shown, the worst first", arguments: [2, 60, 61])
  func classTable(classes: Int) throws {
    let evaluation = try SampleReports.evaluation(
      classes: ClassLabel.numbered(classes), photos: 20 * classes)
    let table = evaluation.classTable.markup
    #expect(table.count(of: "<tr><th><bdi>") == min(classes, 60))
    #expect(table.contains("… 1 more …") == (classes == 61))
    let scores = table.matches(of: /--share:([\d.]+)/).compactMap { Double($0.1) }
    #expect(scores == scores.sorted())
  }

  @Test("a run without epochs, without validation or with one photo has a report")
  func edges() throws {
    var report = TrainingReport(
      title: "none", model: SampleReports.model([ClassLabel(name: "cat")]), trainingPhotos: 1,
      validationPhotos: 0,
      result: TrainingResult(
        isInterrupted: false, isEarly: false, records: [], seconds: 0, imagesPerSecond: 0,
        broken: []), command: "effnet", settings: try ReportSettings(["batch": 8]))
    check(report.html())
    report.result.records = SampleReports.records(1)
    check(report.html())
    #expect(!report.html().contains(">validation<"))
    report.validationPhotos = 1
    report.result.best = (1, 0.5)
    #expect(report.html().contains(">validation<"))
    var evaluation = Evaluation(classes: [ClassLabel(name: "cat")])
    report.result.evaluation = evaluation
    #expect(report.html().contains("no photos to evaluate"))
    try evaluation.add(logits: [0.5], label: 0, sample: 0)
    report.result.evaluation = evaluation
    report.mistakes = [ReportPicture(path: "a.jpg", jpeg: nil)]
    check(report.html())
  }

  @Test("a peak does not flatten the chart of the loss")
  func peak() throws {
    var report = try SampleReports.training(classes: Self.animals, epochs: 20, photos: 200)
    #expect(!report.html().contains("cut off"))
    report.result.records[2].validationLoss = 157
    let page = report.html()
    check(page)
    #expect(page.contains(">higher values cut off, up to 157<"))
    // No number on the axis is above twice the loss of guessing.
    #expect(!page.contains("text-anchor=\"end\">200<"))
    // The lowest point of each line stays.
    for index in report.result.records.indices {
      report.result.records[index].validationLoss = 150 + Double(index)
    }
    #expect(!report.html().contains("cut off"))
  }

  @Test("a picture shows the end of its path, and its full path in a tooltip")
  func paths() {
    for (path, name) in [
      ("/data/cifar.tar:cifar/val/cat & dog/1.jpg", "cat &amp; dog/<wbr>1.<wbr>jpg"),
      ("a.jpg", "a.<wbr>jpg"),
      ("shards/000.tar:1.jpg", "shards/<wbr>000.<wbr>tar:1.<wbr>jpg"), ("/x", "x"),
    ] {
      let figure = ReportPicture(path: path, jpeg: nil).figure("cat").markup
      #expect(
        figure.contains("<small title=\"\(HTML.escaped(path))\"><bdi>\(name)</bdi></small>"),
        "\(figure)")
    }
  }

  @Test("classes without photos are named and not ranked")
  func absent() throws {
    var evaluation = Evaluation(classes: ["cat", "dog", "ox"].map { ClassLabel(name: $0) })
    try evaluation.add(logits: [1, 2, 0], label: 0, sample: 0)
    let table = evaluation.classTable.markup
    #expect(table.contains("2 classes have no photos here: <bdi>dog</bdi>, <bdi>ox</bdi>"))
    #expect(table.count(of: "<tr><th><bdi>") == 1)
    // Class cat is never predicted: it has no precision, and a recall of zero.
    #expect(table.contains(">0 of 1 (0.0 %)</td>") && table.contains(">0 of 0</td>"))
    #expect(table.contains("title=\"95 % interval 0–79 %\""))
  }

  @Test("a rate test marks its suggestion")
  func rateTest() throws {
    var report = try RateTestReport(
      title: "rates", test: RateTestTests.example(noise: 0.05), command: "effnet find-lr",
      settings: SampleConfiguration())
    let suggestion = try #require(report.test.suggestion)
    let page = report.html()
    check(page)
    #expect(page.contains("<dd>\(suggestion.significant(2))</dd>"))
    #expect(page.contains("suggested \(suggestion.significant(2))"))
    #expect(page.contains("Train with it."))
    report.test.isFromScratch = true
    #expect(!report.html().contains("Train with it."))
    report.test = RateTest()
    check(report.html())
    #expect(report.html().contains("too few steps"))
    report.test.add(rate: 0.1, loss: 2)
    check(report.html())
  }

  @Test("settings are named by their path, and long lists are shortened")
  func settings() throws {
    let rows = try ReportSettings(SampleConfiguration(classes: ClassLabel.numbered(40))).rows
    #expect(
      rows.map { "\($0.name): \($0.value)" } == [
        "classes: 40: name class 0, name class 1, name class 2, name class 3, name class 4, name class 5, name class 6, name class 7, …",
        "data: photos/", "decay.cosine: yes", "mean: 0.485, 0.456, 0.406", "nothing: none",
        "optimizer.momentum: 0.9",
        "optimizer.nesterov: yes", "seed: 18446744073709551615", "stages.1: channels 16, kernel 3",
        "stages.2: channels 24, kernel 3",
      ])
    #expect(throws: EncodingError.self) { try ReportSettings(["a": Double.nan]) }
  }
}

extension String {
  /// The number of occurrences of a text.
  fileprivate func count(of text: String) -> Int { ranges(of: text).count }
}
