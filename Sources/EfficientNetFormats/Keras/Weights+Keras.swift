public import EfficientNet
internal import EfficientNetCompute

extension Weights {
  /// Reads the tensors of a Keras model: `.weights.h5` and `.keras` of Keras 3, or `.h5` of any
  /// version, with the whole model or only its weights.
  ///
  /// - Names are "layer/variable", such as "stem_conv/kernel" and "block1a_bn/moving_variance". The
  ///   layers of nested models keep their names. The kernels of depthwise convolutions are also
  ///   called "kernel".
  /// - Shapes are those of Keras: height, width, input channels, output channels.
  /// - Half and double precision become 32-bit floats. The optimizer's state and counters are left
  ///   out.
  /// - Nothing in the file is executed.
  ///
  /// The metadata contain the following fields, as far as they are known:
  ///
  /// | field | value |
  /// |---|---|
  /// | `keras_names` | "layers"; "order" if names are missing ("conv2d_3" is the fourth Conv2D) |
  /// | `keras_config_name` | the name of the model |
  /// | `keras_input` | the size of the input, such as "224,224,3" |
  ///
  /// `Model` compares the whole configuration with the network; this initializer does not.
  ///
  /// - Parameter path: The file.
  /// - Throws: `WeightsError`.
  public init(kerasFile path: String) throws(WeightsError) {
    self = try WeightFile(kerasFile: path).weights
  }

  /// Reads a Keras file in memory.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the file.
  ///   - source: The name of the file in messages.
  /// - Throws: `WeightsError`.
  public init(kerasFile bytes: [UInt8], source: String) throws(WeightsError) {
    self = try WeightFile(kerasFile: bytes, source: source).weights
  }
}

extension WeightFile {
  /// A Keras file: see ``Weights/init(kerasFile:)``.
  init(kerasFile path: String) throws(WeightsError) {
    let bytes = try fileErrors { () throws(FileError) in
      try OpenFile(path: path).contents()
    }
    try self.init(kerasFile: bytes, source: path)
  }

  /// A Keras file that is in memory.
  init(kerasFile bytes: [UInt8], source: String) throws(WeightsError) {
    self = try naming(source) { () throws(FormatError) in
      try WeightFile(keras: HDF5Bytes(bytes), source: source)
    }
  }

  private init(keras file: HDF5Bytes, source: String) throws(FormatError) {
    var budget = AllocationBudget(byteCount: file.count)
    var (hdf5, config) = (file, [UInt8]?.none)
    let first = file.withBytes { $0.copied(count: min(2, $0.byteCount)) }
    if first == ZipDirectory.start {
      (hdf5, config) = try file.withBytes { (bytes) throws(FormatError) in
        let zip = try ZipDirectory(of: bytes)
        guard zip.names.contains("model.weights.h5") else {
          throw .unsupported("is a zip archive without model.weights.h5")
        }
        let config = try zip.extract("config.json", from: bytes, limit: KerasLayer.maximumLength)
        let weights = try zip.extract("model.weights.h5", from: bytes, limit: budget.remaining)
        try budget.keep(config.count + weights.count)
        return (HDF5Bytes(weights), config)
      }
    }
    let contents = try HDF5Walk(hdf5).contents
    let json = config ?? contents.text("model_config", of: "").map { Array($0.utf8) }
    var model: KerasLayer?
    if let json { model = try KerasLayer(json: json) }
    let tensors = try KerasTensors(contents, model: model)
    var weights = Weights(source: source, metadata: model?.metadata ?? [:])
    weights.metadata["keras_names"] = tensors.naming.rawValue
    for (name, path) in tensors.paths.sorted(by: { $0.key < $1.key }) {
      weights.tensors[name] = try contents.tensor(path, of: hdf5, budget: &budget)
    }
    self.init(weights: weights, keras: model)
  }
}
