internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetSystem

/// The photos of a folder, a table or archives, each with its class and, if the data states it, its
/// part.
struct PhotoListing {
  struct Entry {
    var source: PhotoSource
    /// The index of its class in ``labels``.
    var label: Int
    var part: Part?
    /// A hash of the photo's name within the data; moving the data does not change it.
    var identity: UInt64
  }

  /// The path that the user gave, for messages.
  let path: String
  /// Whether photos without a label are left out or an error; otherwise their label is empty.
  let needsLabels: Bool
  private(set) var entries: [Entry] = []
  /// The names of the classes, in order of first appearance.
  private(set) var labels: [String] = []
  private var indices: [ExactText: Int] = [:]
  /// Whether all labels are class numbers, not names that happen to be numbers.
  var labelsAreNumbers = false
  /// Notes for the user, one line each.
  private(set) var notes: [String] = []

  /// The most photos supported: more than ImageNet's 14 million.
  static let mostPhotos = 1 << 24

  init(path: String, needsLabels: Bool = true) {
    (self.path, self.needsLabels) = (path, needsLabels)
  }

  /// Adds a photo with the given name within the data.
  mutating func add(
    _ source: PhotoSource, name: some StringProtocol, label: String, part: Part?
  ) throws(DataError) {
    guard entries.count < Self.mostPhotos else {
      throw .tooManyPhotos(path: path, limit: Self.mostPhotos)
    }
    var index = labels.count
    if let known = indices[ExactText(label)] {
      index = known
    } else {
      indices[ExactText(label)] = index
      labels.append(label)
    }
    var hash = StableHash()
    hash.combine(String(name))
    entries.append(Entry(source: source, label: index, part: part, identity: hash.value))
  }

  func hasLabel(_ label: String) -> Bool { indices[ExactText(label)] != nil }

  /// The classes of the given photos, sorted by the bytes of their names.
  func labels(of photos: [Int]) -> [String] {
    Set(photos.map { entries[$0].label }).map { ExactText(labels[$0]) }.sorted().map(\.text)
  }

  mutating func note(_ text: String) { notes.append(text.oneLine) }

  /// Adds a note about unused files, if there are any.
  mutating func note(
    _ names: some Collection<String>, _ what: (_ names: String, _ count: Int) -> String
  ) {
    if !names.isEmpty { note(what(names.summary, names.count)) }
  }
}

extension PhotoListing {
  /// Lists the photos at a path: a folder of class folders or shards, a table (.csv), an archive
  /// (.tar), or a pattern of shards.
  init(contentsOf path: String, needsLabels: Bool = true) throws(DataError) {
    guard !path.isEmpty else { throw .file(FileError(path: "''", reason: "a path is needed")) }
    if Folder.exists(path) {
      try self.init(folder: path, needsLabels: needsLabels)
    } else if FileStatus(path) == nil, ShardPattern.isPattern(path) {
      try self.init(path: path, shards: ShardPattern.files(path), needsLabels: needsLabels)
    } else {
      do { _ = try OpenFile(path: path) } catch { throw .file(error) }
      let name = path.lowercased()
      if name.hasSuffix(".csv") {
        try self.init(table: path, needsLabels: needsLabels)
      } else if name.hasSuffix(".tar") {
        try self.init(path: path, shards: [path], needsLabels: needsLabels)
      } else if let program = Self.unpackers.first(where: { name.hasSuffix($0.ending) }) {
        throw .unsupported(path: path, reason: "is compressed; unpack it first: \(program.command)")
      } else {
        throw .unsupported(
          path: path,
          reason: "is not a folder of photos, a .csv table or a .tar archive")
      }
    }
  }

  /// The programs that unpack unsupported archives. Photos are compressed already, so packing them
  /// again saves nothing.
  private static let unpackers = [
    (ending: ".tar.gz", command: "gunzip"), (ending: ".tgz", command: "gunzip"),
    (ending: ".tar.bz2", command: "bunzip2"), (ending: ".tar.xz", command: "unxz"),
    (ending: ".tar.zst", command: "unzstd"), (ending: ".zip", command: "unzip"),
  ]
}

/// The part that a photo is for, as named by folders, shards or a table.
enum Part: String {
  case training = "train"
  case validation = "val"
  case test

  /// The part that a name means in any case of letters: train, training; val, valid, validation;
  /// test, testing.
  init?(name: some StringProtocol) {
    switch name.lowercased() {
    case "train", "training": self = .training
    case "val", "valid", "validation": self = .validation
    case "test", "testing": self = .test
    default: return nil
    }
  }
}
