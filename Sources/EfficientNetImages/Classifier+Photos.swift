public import EfficientNet

extension Classifier {
  /// Classifies a JPEG, PNG or WebP picture in memory on the calling thread and the threads of the
  /// pool.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the picture's file.
  ///   - name: The name of the picture in error messages.
  ///   - top: The number of predictions to return: all classes if it exceeds their number, none if
  ///     it is 0 or less.
  ///   - decoding: The pixel limit and the orientation.
  /// - Returns: The most probable classes, best first.
  /// - Throws: ``ImageError``, `NetworkOverflow`.
  public func classify(
    encoded bytes: [UInt8], name: String = "the photo", top: Int = 5,
    decoding: DecodingOptions = .init()
  ) throws -> [Prediction] {
    try classify(PixelBuffer(decoding: bytes, name: name, options: decoding), top: top)
  }

  /// Classifies a JPEG, PNG or WebP picture in memory without blocking the caller's thread.
  ///
  ///     let predictions = try await classifier.classify(encoded: upload)
  ///
  /// Requests wait in line. The picture stays encoded until its turn comes. Decoding runs to its end
  /// even if the task is cancelled.
  ///
  /// At the top level of main.swift, `try await` chooses the synchronous method: call this one in an
  /// `async` function.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the picture's file.
  ///   - name: The name of the picture in error messages.
  ///   - top: The number of predictions to return: all classes if it exceeds their number, none if
  ///     it is 0 or less.
  ///   - decoding: The pixel limit and the orientation.
  /// - Returns: The most probable classes, best first.
  /// - Throws: ``ImageError``, `NetworkOverflow`, `NoThreadError`, and `CancellationError` if the
  ///   task is cancelled.
  public func classify(
    encoded bytes: [UInt8], name: String = "the photo", top: Int = 5,
    decoding: DecodingOptions = .init()
  ) async throws -> [Prediction] {
    try await classify(top: top) {
      try PixelBuffer(decoding: bytes, name: name, options: decoding)
    }
  }

  /// Classifies many photos and returns the results in the order of the photos.
  ///
  ///     for try await photo in classifier.classifications(of: ["holiday/"]) {
  ///       print(photo.path, try photo.result.get()[0].label)
  ///     }
  ///
  /// The method searches folders on the calling thread before it returns. While you iterate, up to
  /// twice as many photos are in progress as the classifier computes at a time; photos that wait
  /// are not decoded yet.
  ///
  /// - Parameters:
  ///   - paths: Files and folders. A folder stands for the photos in it and in its subfolders: see
  ///     ``PhotoFinder``.
  ///   - top: The number of predictions for each photo.
  ///   - decoding: The pixel limit and the orientation.
  public func classifications(
    of paths: [String], top: Int = 5, decoding: DecodingOptions = .init()
  ) -> PhotoResults<[Prediction]> {
    PhotoResults(of: PhotoFinder.photos(at: paths), ahead: 2 * maximumConcurrency) { photo in
      try await self.classify(top: top) { try photo.decoded(decoding) }
    }
  }
}
