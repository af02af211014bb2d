import EfficientNet
import EfficientNetSystem
import EfficientNetTraining

/// Returns the note that training needs more than three quarters of the available memory; nil if it
/// does not.
///
/// - Parameters:
///   - bytes: The memory that training takes.
///   - available: The available memory.
///   - remedy: Returns the remedy for three quarters of the available memory; nil if there is none.
func memoryNote(
  bytes: Int, available: Int = MachineMemory.available, remedy: (_ room: Int) throws -> String?
) rethrows -> String? {
  let room = available / 4 * 3
  guard bytes > room else { return nil }
  return try "training needs \(bytes.megabytes) of memory, but only \(available.megabytes) are "
    + "available now, of which three quarters are safe to use: the system may end the training; "
    + (remedy(room) ?? "use a smaller network, or a lower --resolution")
}

/// The remedy for a training that needs too much memory: a smaller batch; nil if even one photo
/// needs more than `room`.
func smallerBatch(
  _ architecture: Architecture, below batch: Int, copies: Int = 0, precision: Precision,
  threads: Int, room: Int
) throws -> String? {
  try TrainingNetwork.largestBatch(
    of: architecture, below: batch, copies: copies, precision: precision, threads: threads,
    room: room
  ).map { "end other programs, or use a smaller batch: --batch \($0) fits" }
}

extension TrainingStart {
  /// Prints a note if training needs more memory than is available.
  ///
  /// - Parameter bytes: The memory that training takes.
  func noteMemory(bytes: Int, threads: Int) throws {
    let note = try memoryNote(bytes: bytes) { room in
      try smallerBatch(
        configuration.recipe.network(configuration.model.architecture),
        below: configuration.recipe.batch,
        copies: configuration.recipe.copiesOfParameters,
        precision: configuration.precision ?? .float32, threads: threads, room: room)
    }
    StandardError.note([note].compactMap(\.self))
  }
}
