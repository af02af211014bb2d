package import EfficientNet
package import EfficientNetCompute
internal import EfficientNetSystem

/// The models of a server by name, each with the place that it is read from.
///
/// A model is loaded beside the one that it replaces, and exchanged when it has computed an image. If
/// that fails, the old one stays, and ``Entry/problem`` says why.
package final class ModelRepository: Sendable {
  /// Reads a model.
  package typealias Loader = @Sendable () throws -> Model

  /// A model with its state.
  struct Entry: Sendable {
    var model: ServedModel?
    var isLoading = false
    /// The reason why the last loading failed.
    var problem: String?
  }

  /// The names in their order; the first one answers requests that name none.
  package let names: [String]
  private let loaders: [String: Loader]
  private let precision: Precision?
  private let pool: ThreadPool
  private let lanes: Int
  private let entries: Locked<[String: Entry]>

  /// Creates a repository whose models are not loaded yet.
  ///
  /// - Parameters:
  ///   - models: The models with their names, all different; at least one.
  ///   - precision: The number format; nil for that of each model.
  ///   - lanes: The number of photos that are computed at a time.
  package init(_ models: [(name: String, load: Loader)], precision: Precision?, lanes: Int) {
    names = models.map(\.name)
    loaders = Dictionary(models.map { ($0.name, $0.load) }, uniquingKeysWith: { first, _ in first })
    entries = Locked(loaders.mapValues { _ in Entry() })
    (self.precision, self.lanes) = (precision, lanes)
    pool = ThreadPool(threads: lanes)
  }

  /// Whether every model was loaded.
  package var isReady: Bool { entries.withLock { $0.values.allSatisfy { $0.model != nil } } }

  /// Returns the state of a model.
  ///
  /// - Throws: ``RequestError`` with status 404 if there is none of this name.
  func entry(_ name: String) throws(RequestError) -> Entry {
    guard let entry = entries.withLock({ $0[name] }) else {
      throw RequestError(
        status: 404,
        message: "no model has the name '\(name.prefix(100))'; the models are "
          + names.joined(separator: ", "))
    }
    return entry
  }

  /// Returns a model.
  ///
  /// - Parameter name: The name; nil for the first model.
  /// - Throws: ``RequestError`` with status 404 if there is none of this name, 503 while it is not
  ///   loaded.
  func model(_ name: String?) throws(RequestError) -> ServedModel {
    let name = name ?? names[0]
    let entry = try entry(name)
    guard let model = entry.model else {
      throw RequestError(
        status: 503,
        message: entry.problem.map { "the model '\(name)' could not be loaded: \($0)" }
          ?? "the model '\(name)' is being loaded; try again in a moment", retryAfter: 1)
    }
    return model
  }

  /// Loads a model, or loads it again, on a thread of its own.
  ///
  /// - Throws: ``RequestError`` with status 404 if there is none of this name, 409 if it is being
  ///   loaded already; the error of loading, which leaves the old model in place.
  package func load(_ name: String) async throws {
    _ = try entry(name)
    let isLoading = entries.withLock { entries in
      defer { entries[name]?.isLoading = true }
      return entries[name]?.isLoading == true
    }
    guard !isLoading, let loader = loaders[name] else {
      throw RequestError(
        status: 409, message: "the model '\(name)' is being loaded; wait until it is ready")
    }
    let result = await Result { () async throws in
      try await JobQueue.detached { [precision, pool, lanes] _ in
        try ServedModel(
          name: name, loader, precision: precision, pool: pool, lanes: lanes)
      }
    }
    entries.withLock { entries in
      entries[name]?.isLoading = false
      switch result {
      case .success(let model): entries[name] = Entry(model: model)
      case .failure(let error): entries[name]?.problem = "\(error)"
      }
    }
    // The old model is released when its last photo is answered; its file's weights were before.
    MachineMemory.returnUnused()
    _ = try result.get()
  }
}

extension Result where Failure == any Error {
  /// Calls an asynchronous closure and keeps its value or its error.
  init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
