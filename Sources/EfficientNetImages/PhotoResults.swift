/// The results of many photos, in the order of the photos.
///
///     for try await photo in classifier.classifications(of: ["holiday/"]) {
///       print(photo.path, try photo.result.get()[0].label)
///     }
///
/// Several photos are decoded and computed in parallel, ahead of the photo that the loop awaits. A
/// photo that cannot be read does not affect the others. Memory use does not grow with the number
/// of photos. Leaving the loop, or cancelling its task, cancels the photos in progress.
public struct PhotoResults<Value: Sendable>: AsyncSequence, Sendable {
  /// A photo and its result.
  public struct Element: Sendable {
    /// The path of the photo, or of a folder where no photos could be found.
    public let path: String
    /// The value, or the error of this photo.
    public let result: Result<Value, any Error>
  }

  private let photos: [FoundPhoto]
  private let ahead: Int
  private let make: @Sendable (FoundPhoto) async throws -> Value

  /// Creates a sequence that calls `make` for each photo.
  ///
  /// - Parameters:
  ///   - photos: The photos in order.
  ///   - ahead: The largest number of photos in progress, or done and not yet awaited; at least 1.
  ///   - make: Computes the result of a photo; called once for each photo.
  package init(
    of photos: [FoundPhoto], ahead: Int,
    make: @escaping @Sendable (FoundPhoto) async throws -> Value
  ) {
    precondition(ahead >= 1, "\(ahead) photos ahead")
    (self.photos, self.ahead, self.make) = (photos, ahead, make)
  }

  /// Returns an iterator that starts with the first photo.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

  /// An iterator over the results.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let sequence: PhotoResults
    private let started = StartedTasks()
    private var startedCount = 0

    fileprivate init(_ sequence: PhotoResults) { self.sequence = sequence }

    /// Returns the next photo's result, or nil after the last photo.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    public mutating func next() async throws(CancellationError) -> Element? {
      if Task.isCancelled { throw CancellationError() }
      while started.tasks.count < sequence.ahead, startedCount < sequence.photos.count {
        started.tasks.append(
          Task { [make = sequence.make, photo = sequence.photos[startedCount]] in
            do { return Element(path: photo.path, result: .success(try await make(photo))) } catch {
              return Element(path: photo.path, result: .failure(error))
            }
          })
        startedCount += 1
      }
      guard !started.tasks.isEmpty else { return nil }
      let tasks = started.tasks
      started.tasks.removeFirst()
      let element = await withTaskCancellationHandler {
        await tasks[0].value
      } onCancel: {
        for task in tasks { task.cancel() }
      }
      if Task.isCancelled { throw CancellationError() }
      return element
    }

    /// The photos in progress; the last reference cancels those that nobody awaits.
    private final class StartedTasks {
      var tasks: [Task<Element, Never>] = []
      deinit { for task in tasks { task.cancel() } }
    }
  }
}
