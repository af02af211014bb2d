public import EfficientNetCompute
public import EfficientNetImages
internal import EfficientNet

/// Decoded photos, shrunk so that their shorter side has at most so many pixels: an epoch then decodes nothing.
///
///     let cache = try PhotoCache(side: 256, limit: 4 << 30, place: .memory)
///     let photo = try cache.photo(source)
///
/// Photos are kept as pixels, not compressed again: a hit is what a miss is, to the bit, and costs a copy (a photo of
/// 256×341 pixels takes 262 kB). A photo for which there is no more room is decoded and shrunk each time: none is
/// ever dropped for another, since every epoch shows all of them, in another order.
///
/// A file that has changed, by its size or the time of its last change, is decoded anew. Any number of threads may use
/// a cache, and several processes a folder.
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
    /// Why photos are no longer written to the folder, for instance since the disk is full.
    public var problem: FileError?
  }

  /// The most pixels of the shorter side.
  public let side: Int
  /// The most bytes that are kept.
  public let limit: Int
  private let folder: CacheFolder?
  private let state = Guarded(State())

  private struct State {
    var statistics = Statistics()
    var photos: [PhotoSource: (stamp: FileStamp, photo: PixelBuffer)] = [:]
  }

  /// An empty cache, or the one that is in a folder.
  ///
  /// - Parameters:
  ///   - side: The shorter side of photos that are larger. Crops should not need more pixels than that.
  ///   - limit: The most bytes to keep.
  /// - Throws: `FileError` if the folder cannot be made or listed.
  /// - Precondition: `side` is at least 1.
  public init(side: Int, limit: Int, place: Place) throws(FileError) {
    precondition(side >= 1, "photos of \(side) pixels")
    (self.side, self.limit) = (side, limit)
    switch place {
    case .memory: folder = nil
    case .folder(let path): folder = try CacheFolder(path: path, side: side)
    }
    let bytes = try folder?.bytes() ?? 0
    state.withLock { $0.statistics.bytes = bytes }
  }

  /// What the cache did so far.
  public var statistics: Statistics { state.withLock { $0.statistics } }

  /// A photo, shrunk.
  ///
  /// - Throws: `ImageError` if it has to be decoded and cannot be.
  public func photo(_ source: PhotoSource) throws(ImageError) -> PixelBuffer {
    // Decoding says what is wrong with a file that is not there.
    guard let stamp = FileStamp(path: source.filePath) else {
      return try source.decoded().shrunk(to: side)
    }
    if let photo = kept(source, stamp) {
      state.withLock { $0.statistics.hits += 1 }
      return photo
    }
    let photo = try source.decoded().shrunk(to: side)
    state.withLock { $0.statistics.misses += 1 }
    keep(photo, source, stamp)
    return photo
  }

  private func kept(_ source: PhotoSource, _ stamp: FileStamp) -> PixelBuffer? {
    if let folder { return folder.read(source, stamp) }
    return state.withLock { state in
      guard let kept = state.photos[source], kept.stamp == stamp else { return nil }
      return kept.photo
    }
  }

  private func keep(_ photo: PixelBuffer, _ source: PhotoSource, _ stamp: FileStamp) {
    guard let folder else {
      state.withLock { state in
        let replaced = state.photos[source]?.photo.bytes.count ?? 0
        let bytes = state.statistics.bytes - replaced + photo.bytes.count
        guard bytes <= limit else { return }
        state.statistics.bytes = bytes
        state.photos[source] = (stamp, photo)
      }
      return
    }
    let size = folder.fileSize(photo, source)
    let replaced = folder.storedBytes(source)
    // The room is taken before the file is written, so that several threads do not take the same.
    let hasRoom = state.withLock { state in
      guard state.statistics.problem == nil, state.statistics.bytes - replaced + size <= limit
      else { return false }
      state.statistics.bytes += size - replaced
      return true
    }
    guard hasRoom else { return }
    do throws(FileError) {
      try folder.write(photo, source, stamp)
    } catch {
      state.withLock { state in
        state.statistics.bytes -= size - replaced
        if state.statistics.problem == nil { state.statistics.problem = error }
      }
    }
  }
}

extension PixelBuffer {
  /// The picture with a shorter side of `side` pixels, bicubic, the longer one in proportion, rounded; as it is if it is
  /// no larger.
  func shrunk(to side: Int) -> PixelBuffer {
    let shorter = min(width, height)
    guard shorter > side else { return self }
    func scaled(_ length: Int) -> Int { max(1, (2 * length * side + shorter) / (2 * shorter)) }
    return resized(width: scaled(width), height: scaled(height), interpolation: .bicubic)
  }
}
