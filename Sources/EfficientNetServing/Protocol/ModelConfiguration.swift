/// The answer of `GET /v2/models/M/config`: the fields of Triton's ModelConfig that clients read.
///
/// Source: [model configuration
/// extension](https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_configuration.md),
/// [model_config.proto](https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto).
package struct ModelConfiguration: Hashable, Sendable, Encodable {
  /// The name of the model.
  package var name: String
  /// As in ``ModelMetadata``.
  package var platform: String
  /// The program that runs the model.
  package var backend: String
  /// The versions that are served.
  package var versionPolicy = VersionPolicy()
  /// The most photos of a request. Above 0, the extents of inputs and outputs lack the batch.
  package var maxBatchSize: Int
  /// The inputs.
  package var input: [Input]
  /// The outputs.
  package var output: [Output]
  /// The copies of the model.
  package var instanceGroup: [InstanceGroup]

  /// A rule for the versions that are served.
  package struct VersionPolicy: Hashable, Sendable, Encodable {
    /// The latest versions are served.
    package var latest = Latest()

    /// A number of versions.
    package struct Latest: Hashable, Sendable, Encodable {
      /// The number.
      package var numVersions = 1
    }
  }

  /// An input of the model.
  package struct Input: Hashable, Sendable, Encodable {
    /// The name.
    package var name: String
    /// Such as "TYPE_FP32"; see ``DataType/configurationName``.
    package var dataType: String
    /// "FORMAT_NHWC" for pictures.
    package var format: String
    /// The extents without the batch.
    package var dims: [Int]
  }

  /// An output of the model.
  package struct Output: Hashable, Sendable, Encodable {
    /// The name.
    package var name: String
    /// As in ``Input``.
    package var dataType: String
    /// The extents without the batch.
    package var dims: [Int]
    /// The file with the names of the classes; nil if the output has none.
    package var labelFilename: String?
  }

  /// The copies of the model that run at a time.
  package struct InstanceGroup: Hashable, Sendable, Encodable {
    /// The name of the group.
    package var name: String
    /// The kind of the processor.
    package var kind = "KIND_CPU"
    /// The number of copies.
    package var count: Int
  }
}
