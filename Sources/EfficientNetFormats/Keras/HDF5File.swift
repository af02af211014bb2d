#if EFFNET_HDF5
  internal import CEfficientNetHDF5
  internal import EfficientNet
  internal import EfficientNetCompute
  internal import Synchronization

  /// An HDF5 file in memory: its structure is checked by ``HDF5Walk``, its elements are read by libhdf5.
  ///
  ///     try HDF5File.open(HDF5Bytes(bytes, source: "b0.h5")) { file throws(WeightsError) in
  ///       try file.tensor("layers/dense/vars/0", budget: &budget)
  ///     }
  ///
  /// libhdf5 is shown nothing that the walk has not seen whole, and no chunk that does not unpack to its size.
  struct HDF5File: ~Copyable {
    /// Where the file comes from, for messages.
    var source: String { file.source }
    /// What it holds.
    let contents: HDF5Contents
    private let file: HDF5Bytes
    private let handle: effnet_hdf5_file

    /// Debian's libhdf5 does not work for two threads at once.
    private static let library = Mutex<Void>(())

    /// Calls `body` with the file; one file is open at a time.
    ///
    /// - Throws: ``WeightsError`` if the file is damaged or has what is refused, and what `body` throws.
    static func open<Result: Sendable>(
      _ file: HDF5Bytes, _ body: (borrowing HDF5File) throws(WeightsError) -> Result
    ) throws(WeightsError) -> Result {
      let contents = try HDF5Walk(file).contents
      return try library.withLock { (_) throws(WeightsError) in
        if let reason = unsafe effnet_hdf5_load() {
          throw .unsupported(
            source: file.source, reason: "is a Keras file: \(unsafe String(cString: reason))")
        }
        return try file.withBytes { (buffer) throws(WeightsError) in
          let handle = unsafe effnet_hdf5_open(buffer.baseAddress, buffer.count)
          guard handle >= 0 else { throw file.damaged("libhdf5 does not open it") }
          return try body(HDF5File(contents: contents, file: file, handle: handle))
        }
      }
    }

    private init(contents: HDF5Contents, file: HDF5Bytes, handle: effnet_hdf5_file) {
      (self.contents, self.file, self.handle) = (contents, file, handle)
    }

    deinit { effnet_hdf5_close(handle) }

    /// A data set of floating-point numbers, as 32-bit floats in row-major order.
    ///
    /// - Throws: ``WeightsError``: no such data set, of another type, or damaged.
    borrowing func tensor(
      _ path: String, budget: inout AllocationBudget
    ) throws(WeightsError) -> WeightTensor {
      let quoted = WeightsError.quoted(path)
      guard let dataset = contents.datasets[path] else {
        throw file.damaged("it has no data set \(quoted)")
      }
      guard case .float = dataset.type else {
        throw file.unsupported(
          "has a tensor \(quoted) that is not of 16-, 32- or 64-bit floating-point numbers")
      }
      guard dataset.count > 0 else { return WeightTensor(shape: dataset.shape, elements: []) }
      try budget.spend(4 * dataset.count)
      if case .chunked(let chunks, let byteCount, let filters) = dataset.storage {
        try budget.spend(byteCount)
        for chunk in chunks where filters.contains(.deflate) {
          guard try isDeflated(chunk, to: byteCount, isSummed: filters.contains(.fletcher32)) else {
            throw file.damaged("the chunk of \(quoted) at byte \(chunk.lowerBound) does not unpack")
          }
        }
      }
      var status: Int32 = -1
      let elements = unsafe [Float](unsafeUninitializedCapacity: dataset.count) { buffer, count in
        unsafe status = effnet_hdf5_read(handle, "/" + path, buffer.baseAddress)
        count = status < 0 ? 0 : dataset.count
      }
      guard status >= 0 else { throw file.damaged("libhdf5 does not read \(quoted)") }
      return WeightTensor(shape: dataset.shape, elements: elements)
    }

    /// Whether a chunk unpacks to exactly `byteCount` bytes. libhdf5 would believe it, and take all the memory
    /// that a chunk asks for.
    private borrowing func isDeflated(
      _ chunk: Range<Int>, to byteCount: Int, isSummed: Bool
    ) throws(WeightsError) -> Bool {
      let packed = chunk.count - (isSummed ? 4 : 0)
      guard packed > 0 else { return false }
      return try file.withBytes { (buffer) throws(WeightsError) in
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: byteCount + 1, alignment: 16)
        defer { unsafe scratch.deallocate() }
        let chunk = unsafe buffer.baseAddress! + chunk.lowerBound
        return unsafe effnet_hdf5_unpacks(chunk, packed, scratch, byteCount) != 0
      }
    }
  }
#endif
