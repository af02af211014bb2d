public import EfficientNetCompute
public import EfficientNetImages

/// Decoded photos, with no more pixels than are needed: an epoch then decodes nothing.
///
///     let cache = try PhotoCache(limit: 4 << 30, place: .memory)
///     let photo = try cache.photo(source, as: .shrunk(side: 256))
///
/// Photos are kept as pixels, not compressed again: a hit is what a miss is, to the bit, and costs a copy (a photo of
/// 256×341 pixels takes 262 kB). A photo for which there is no more room is decoded each time: none is ever dropped
/// for another, since every epoch shows all of them, in another order.
///
/// A file that has changed, by its size or its times, is decoded anew. Any number of threads may use a cache, and
/// several processes a folder.
public final class PhotoCache: Sendable {
  /// Where the photos are kept.
  public enum Place: Hashable, Sendable {
    /// In memory, as long as the cache exists.
    case memory
    /// In a folder, which is made if it is not there. Deleting it, or a file in it, does no harm.
    case folder(String)
  }

  /// What a cache did.
  public struct Statistics: Hashable, Sendable {
    /// Photos that were there.
    public var hits = 0
    /// Photos that were decoded.
    public var misses = 0
    /// Bytes that are kept.
    public var bytes = 0
    /// Whether there was no room for a photo.
    public var isFull = false
    /// Why photos are no longer written to the folder, for instance since the disk is full.
    public var problem: FileError?
  }

  /// The most bytes that are kept.
  public let limit: Int
  /// The most bytes that are kept in memory.
  package var memoryLimit: Int { folder == nil ? limit : 0 }
  private let folder: CacheFolder?
  private let state = Locked(State())

  private struct State {
    var statistics = Statistics()
    var photos: [Key: (stamp: FileStatus.Stamp, photo: PixelBuffer)] = [:]
  }

  private struct Key: Hashable {
    var source: PhotoSource
    var form: UInt64
  }

  /// An empty cache, or the one that is in a folder.
  ///
  /// - Parameter limit: The most bytes to keep.
  /// - Throws: `FileError` if the folder cannot be made or listed.
  public init(limit: Int, place: Place) throws(FileError) {
    self.limit = limit
    switch place {
    case .memory: folder = nil
    case .folder(let path): folder = try CacheFolder(path: path)
    }
    let bytes = try folder?.bytes() ?? 0
    state.withLock { $0.statistics.bytes = bytes }
  }

  /// What the cache did so far.
  public var statistics: Statistics { state.withLock { $0.statistics } }

  /// A photo in a form.
  ///
  /// - Throws: `ImageError` if it has to be decoded and cannot be.
  public func photo(_ source: PhotoSource, as form: PhotoForm) throws(ImageError) -> PixelBuffer {
    // Decoding says what is wrong with a file that is not there.
    guard let stamp = FileStatus(source.filePath)?.stamp else {
      return form.applied(to: try source.decoded())
    }
    let key = Key(source: source, form: form.key)
    if let photo = kept(key, stamp) {
      state.withLock { $0.statistics.hits += 1 }
      return photo
    }
    let photo = form.applied(to: try source.decoded())
    state.withLock { $0.statistics.misses += 1 }
    // If the file changed meanwhile, nobody knows whose pixels these are.
    if FileStatus(source.filePath)?.stamp == stamp { keep(photo, key, stamp) }
    return photo
  }

  private func kept(_ key: Key, _ stamp: FileStatus.Stamp) -> PixelBuffer? {
    if let folder { return folder.read(key.source, form: key.form, stamp) }
    return state.withLock { state in
      guard let kept = state.photos[key], kept.stamp == stamp else { return nil }
      return kept.photo
    }
  }

  private func keep(_ photo: PixelBuffer, _ key: Key, _ stamp: FileStatus.Stamp) {
    let size = folder?.fileSize(photo, key.source) ?? photo.bytes.count
    let stored = folder?.storedBytes(key.source, form: key.form)
    // The room is taken before a file is written, so that several threads do not take the same.
    let taken: Int? = state.withLock { state in
      guard state.statistics.problem == nil else { return nil }
      let taken = size - (stored ?? state.photos[key]?.photo.bytes.count ?? 0)
      guard state.statistics.bytes + taken <= limit else {
        state.statistics.isFull = true
        return nil
      }
      state.statistics.bytes += taken
      if folder == nil { state.photos[key] = (stamp, photo) }
      return taken
    }
    guard let folder, let taken else { return }
    do throws(FileError) {
      try folder.write(photo, key.source, form: key.form, stamp)
    } catch {
      state.withLock { state in
        state.statistics.bytes -= taken
        if state.statistics.problem == nil { state.statistics.problem = error }
      }
    }
  }
}
