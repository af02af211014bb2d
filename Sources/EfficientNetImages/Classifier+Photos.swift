public import EfficientNet

extension Classifier {
  /// The most probable classes of a JPEG, PNG or WebP picture in memory, best first; computed by the calling thread and
  /// those of the pool.
  ///
  /// - Parameters:
  ///   - name: What the picture is called in messages.
  ///   - top: How many; all of them if it is more than there are, none below 1.
  /// - Throws: ``ImageError``, `NetworkOverflow`.
  public func classify(
    encoded bytes: [UInt8], name: String = "the picture", top: Int = 5,
    decoding: DecodingOptions = .init()
  ) throws -> [Prediction] {
    try classify(PixelBuffer(decoding: bytes, name: name, options: decoding), top: top)
  }

  /// The most probable classes of a JPEG, PNG or WebP picture in memory, best first. The picture is decoded when its turn
  /// has come, on the thread that computes it.
  ///
  ///     let predictions = try await classifier.classify(encoded: upload)
  ///
  /// - Parameters:
  ///   - name: What the picture is called in messages.
  ///   - top: How many; all of them if it is more than there are, none below 1.
  /// - Throws: ``ImageError``, `NetworkOverflow`, `CancellationError` once the task is cancelled, `NoThreadError`.
  public func classify(
    encoded bytes: [UInt8], name: String = "the picture", top: Int = 5,
    decoding: DecodingOptions = .init()
  ) async throws -> [Prediction] {
    try await classify(top: top) {
      try PixelBuffer(decoding: bytes, name: name, options: decoding)
    }
  }

  /// The most probable classes of many photos, in their order: twice as many as the classifier computes at a time are under
  /// way, those that wait not yet decoded. Folders are searched before the method returns, on the calling thread.
  ///
  /// - Parameters:
  ///   - paths: Files, and folders in whose place the photos in them and below them stand: see ``PhotoFinder``.
  ///   - top: How many for each photo.
  public func classifications(
    of paths: [String], top: Int = 5, decoding: DecodingOptions = .init()
  ) -> PhotoResults<[Prediction]> {
    PhotoResults(of: PhotoFinder.photos(at: paths), ahead: 2 * maximumConcurrency) { photo in
      try await self.classify(top: top) { try photo.decoded(decoding) }
    }
  }
}
