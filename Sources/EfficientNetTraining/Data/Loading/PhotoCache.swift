public import EfficientNetCompute
public import EfficientNetImages

/// A cache of decoded photos, shrunk to the pixels that training needs, so that later epochs decode
/// nothing.
///
///     let cache = try PhotoCache(limit: 4 << 30, place: .memory)
///     let photo = try cache.photo(source, as: .shrunk(side: 256))
///
/// The cache keeps uncompressed pixels: a hit is bit-identical to a miss, and costs a copy (a photo
/// of 256×341 pixels takes 262 kB). When the cache is full, it decodes further photos each time. It
/// evicts nothing, since every epoch shows all photos in another order.
///
/// A file is decoded again if its size or timestamps change. Several threads may share a cache, and
/// several processes may share a folder.
public final class PhotoCache: Sendable {
  /// The place where photos are kept.
  public enum Place: Hashable, Sendable {
    /// In memory, as long as the cache exists.
    case memory
    /// In a folder, which is created if needed. Deleting it, or files in it, is safe.
    case folder(String)
  }

  /// The activity of a cache.
  public struct Statistics: Hashable, Sendable {
    /// The number of photos found in the cache.
    public var hits = 0
    /// The number of photos decoded.
    public var misses = 0
    /// The number of bytes kept.
    public var bytes = 0
    /// Whether the cache had no room for a photo.
    public var isFull = false
    /// The error after which nothing more is written to the folder, such as a full disk; nil if
    /// none.
    public var problem: FileError?
  }

  /// The most bytes that the cache keeps.
  public let limit: Int
  /// The most bytes that the cache keeps in memory.
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

  /// Creates an empty cache in memory, or opens the cache in a folder.
  ///
  /// - Throws: `FileError` if the folder cannot be created or listed.
  public init(limit: Int, place: Place) throws(FileError) {
    self.limit = limit
    switch place {
    case .memory: folder = nil
    case .folder(let path): folder = try CacheFolder(path: path)
    }
    let bytes = try folder?.bytes() ?? 0
    state.withLock { $0.statistics.bytes = bytes }
  }

  /// The activity of the cache so far.
  public var statistics: Statistics { state.withLock { $0.statistics } }

  /// Returns a photo in a form, from the cache or decoded.
  ///
  /// - Throws: `ImageError` if the photo cannot be decoded.
  public func photo(_ source: PhotoSource, as form: PhotoForm) throws(ImageError) -> PixelBuffer {
    // Decoding reports the error of a missing file.
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
    // If the file changed while it was read, the pixels may be of either version.
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
    // Room is reserved before the file is written, so that two threads do not use the same room.
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
