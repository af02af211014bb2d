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
  return try "training needs \(bytes.megabytes), more than three quarters of the "
    + "\(available.megabytes) that are available now; the system may end it: "
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
  /// - Parameters:
  ///   - bytes: The memory that training takes.
  ///   - available: The memory that was available before training took any.
  func noteMemory(bytes: Int, available: Int, threads: Int) throws {
    let note = try memoryNote(bytes: bytes, available: available) { room in
      try smallerBatch(
        configuration.recipe.network(configuration.model.architecture),
        below: configuration.recipe.largestBatch(of: data.training),
        copies: configuration.recipe.copiesOfParameters,
        precision: configuration.precision ?? .float32, threads: threads, room: room)
    }
    StandardError.note([note].compactMap(\.self))
  }
}
