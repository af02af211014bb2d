internal import EfficientNet
internal import EfficientNetSystem

/// What `body` gives; its errors as ``WeightsError/file(_:)``.
func fileErrors<Result: ~Copyable>(
  _ body: () throws(FileError) -> Result
) throws(WeightsError) -> Result {
  do { return try body() } catch { throw .file(error) }
}
