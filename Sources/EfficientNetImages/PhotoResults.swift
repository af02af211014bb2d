/// The results of many photos, in the order of the photos. Several photos are decoded and computed at a time, ahead of the
/// one that is awaited.
///
///     for try await photo in classifier.classifications(of: ["holiday/"]) {
///       print(photo.path, try photo.result.get()[0].label)
///     }
///
/// A photo that cannot be read does not affect the others. Memory does not grow with the number of photos. Leaving the loop,
/// or cancelling its task, cancels the photos that are being computed.
public struct PhotoResults<Value: Sendable>: AsyncSequence, Sendable {
  /// A photo and what became of it.
  public struct Element: Sendable {
    /// The path of the photo, or of a folder in which none could be found.
    public let path: String
    /// The value, or why there is none.
    public let result: Result<Value, any Error>
  }

  private let photos: [FoundPhoto]
  private let ahead: Int
  private let make: @Sendable (FoundPhoto) async throws -> Value

  /// The results of `make`.
  ///
  /// - Parameters:
  ///   - ahead: How many photos are under way, or done and not yet asked for, at least 1.
  ///   - make: Is called once for each photo.
  package init(
    of photos: [FoundPhoto], ahead: Int,
    make: @escaping @Sendable (FoundPhoto) async throws -> Value
  ) {
    precondition(ahead >= 1, "\(ahead) photos ahead")
    (self.photos, self.ahead, self.make) = (photos, ahead, make)
  }

  /// Begins with the first photo.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

  /// A way through the photos.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let sequence: PhotoResults
    private let started = StartedTasks()
    private var startedCount = 0

    fileprivate init(_ sequence: PhotoResults) { self.sequence = sequence }

    /// The next photo, or nil after the last.
    ///
    /// - Throws: `CancellationError` once the task is cancelled.
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

    /// The photos that are under way; those that nobody will ask for are cancelled.
    private final class StartedTasks {
      var tasks: [Task<Element, Never>] = []
      deinit { for task in tasks { task.cancel() } }
    }
  }
}
