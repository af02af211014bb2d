import EfficientNetReports
import EfficientNetSystem

extension BenchmarkCommand {
  /// Prints a note if other programs used a tenth of the processors or more.
  func noteLoad(since start: ProcessorTimes?) {
    guard !quiet, let start, let end = ProcessorTimes.now,
      let note = Self.note(onOthers: end.others(since: start), processors: end.processors)
    else { return }
    StandardError.note(note)
  }

  /// Returns the note on the load of the machine by others; nil if it is low or not known.
  static func note(
    onOthers load: (processors: Double, stolen: Double)?, processors: Int
  ) -> String? {
    guard let load, load.processors >= 0.1 * Double(processors) else { return nil }
    let stolen =
      load.stolen < 0.05
      ? "" : " (\(load.stolen.formatted(digits: 1)) of them the host of this virtual machine)"
    return "other programs used \(load.processors.formatted(digits: 1)) of "
      + "\(processors.counted("processor", "processors"))\(stolen) during this measurement, which "
      + "slows it; end them and measure again"
  }
}
