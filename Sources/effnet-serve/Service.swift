import EfficientNet
import EfficientNetCompute
import EfficientNetServing
import EfficientNetSystem
import Foundation
import NIOCore

/// The life of the server: it listens, loads its models, answers, loads them again, and ends.
struct Service {
  private let command: ServeCommand
  private let models: ModelRepository
  private let server: InferenceServer
  private let log: InferenceServer.Log?

  /// - Throws: `FeaturesError` or `WeightsError` for the index.
  init(_ command: ServeCommand) throws {
    self.command = command
    let lanes = command.lanes ?? min(ThreadPool.availableProcessors, 1024)
    let named = try command.models()
    models = ModelRepository(
      named.map { ($0.name, $0.load) }, precision: command.precision, lanes: lanes)
    var limits = InferenceServer.Limits()
    (limits.body, limits.pixels, limits.photos) = (
      command.maxBody, command.maxPixels, command.maxPhotos
    )
    limits.time = command.timeout.duration
    let choice = command.log ?? (StandardStream.error.isTerminal ? .text : .json)
    let log = try LogFormat(rawValue: choice.rawValue).map {
      InferenceServer.Log(try LogWriter(.error), $0)
    }
    let (clients, administrators) = try (
      command.tokens.map { try Tokens(file: $0) }, command.adminTokens.map { try Tokens(file: $0) }
    )
    for note in [clients?.note, administrators?.note].compactMap(\.self) {
      log?.write(LogEvent(.warning, note))
    }
    self.log = log
    server = InferenceServer(
      models, lanes: lanes, maximumWait: command.maxWait.duration,
      index: try command.index.map { try PhotoIndex(contentsOf: $0) }, limits: limits,
      access: AccessControl(clients: clients, administrators: administrators), log: log)
  }

  /// Serves until a signal to end.
  ///
  /// - Throws: `FileError`, and the errors of loading a model.
  func run(until signals: AsyncStream<Int32>) async throws {
    let listener: HTTPListener
    do {
      listener = try await HTTPListener(
        server, host: command.host, port: command.port,
        limits: .init(connections: command.maxConnections))
    } catch let error as IOError {
      throw FileError(
        path: "\(command.host):\(command.port)",
        reason: "\(String(cString: strerror(error.errnoCode))); choose another --port or --host")
    }
    // It listens already: probes learn that it is not ready yet.
    for name in models.names { try await server.loadModel(name) }
    if let path = command.portFile {
      try OutputFile.write(Array("\(listener.port)\n".utf8), to: path)
    }
    say("\(models.names.joined(separator: ", ")) on http://\(command.host):\(listener.port)/")
    ServiceManager.notify(.ready)
    for await signal in signals {
      guard signal == SIGHUP else { break }
      await reload()
    }
    ServiceManager.notify(.stopping)
    server.drain()
    let end = Task {
      for await signal in signals where signal != SIGHUP { endProcess(128 + signal) }
    }
    try? await Task.sleep(for: command.drain.duration)
    await listener.close(within: command.timeout.duration)
    end.cancel()
    _ = log?.writer.flush(within: .seconds(1))
  }

  /// Loads every model again. One that cannot be loaded stays as it is.
  private func reload() async {
    ServiceManager.notify(.reloading)
    for name in models.names {
      do {
        try await server.loadModel(name)
        say("loaded \(name) again")
      } catch {
        say("\(name) was not loaded again: \("\(error)".oneLine)")
      }
    }
    ServiceManager.notify(.ready)
  }

  private func say(_ text: String) {
    if let log {
      log.write(LogEvent(.info, text))
    } else {
      Main.write("effnet serve: \(text)\n", to: .error)
    }
  }
}
