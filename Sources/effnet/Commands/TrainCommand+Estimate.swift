import EfficientNet
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

extension TrainCommand {
  /// Prints the memory of a new run and about how long it takes, without a folder.
  func printEstimate(of start: TrainingStart) throws {
    let available = MachineMemory.available
    StandardError.note(start.data.notes)
    let (settings, pool) = (start.configuration, options.processors.pool())
    let batch = settings.recipe.largestBatch(of: start.data.training)
    if batch < settings.recipe.batch {
      StandardError.note(
        "the batch of \(settings.recipe.batch.grouped) exceeds the "
          + "\(batch.counted("training photo", "training photos")): each epoch is one batch of all")
    }
    let bytes = try TrainingNetwork.byteCount(
      of: settings.recipe.network(settings.model.architecture), batch: batch,
      copies: settings.recipe.copiesOfParameters, precision: settings.precision ?? .float32,
      threads: pool.threads)
    try start.noteMemory(bytes: bytes, available: available, threads: pool.threads)
    Signals.note()
    var status = StatusLine(isQuiet: quiet)
    status.show("measuring a few training steps", isLast: true)
    // A cache on disk would leave a folder.
    let isCached = (learning.cache.cache ?? settings.cache) != CacheChoice.none
    let load = ProcessorTimes.now
    var pace: TrainingPace?
    do {
      pace = try TrainingPace(
        settings, start.data, threads: pool.threads,
        cache: isCached ? PhotoCache(limit: 1 << 30, place: .memory) : nil,
        room: MachineMemory.bytes / 4 * 3, isInterrupted: { Interruption.current != nil })
    } catch {
      StandardError.note("the first steps fail: \(StandardError.text(of: error))")
    }
    try Interruption.check()
    let others = BenchmarkCommand.noteLoad(since: load)
    let seconds = pace?.seconds(epochs: Double(settings.recipe.epochs), of: start.data)
    if json {
      return try StandardOutput.print(object: [
        "memoryBytes": bytes, "batch": settings.recipe.batch, "epochs": settings.recipe.epochs,
        "seconds": seconds, "otherProcessors": others,
      ])
    }
    let epochs = settings.recipe.epochs.counted("epoch", "epochs")
    try StandardOutput.print([
      start.line(bytes: bytes) + "; \(available.megabytes) are available",
      seconds.map {
        "\(epochs), about \($0.roughDuration) on this machine, by the speed of a few training steps"
      } ?? "no estimate of the time: the first steps fail",
    ])
  }
}
