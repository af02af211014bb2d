import EfficientNetReports
import EfficientNetSystem

extension BenchmarkCommand {
  /// Returns the processors that other programs used, of all processors; nil if it is not known.
  /// Prints a note if they used a tenth or more.
  static func noteLoad(since start: ProcessorTimes?) -> Double? {
    guard let start, let end = ProcessorTimes.now else { return nil }
    let others = end.others(since: start)
    let note = note(onOthers: others, processors: end.processors)
    StandardError.note([note].compactMap(\.self))
    return others?.processors
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
