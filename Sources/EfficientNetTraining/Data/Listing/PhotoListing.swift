internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetSystem

/// Photos as a folder, a table or archives list them: each with its class and, if the source says so, its part.
struct PhotoListing {
  struct Entry {
    var source: PhotoSource
    /// The index of its class in ``labels``.
    var label: Int
    var part: Part?
    /// A hash of its name within the source: the same wherever the source lies.
    var identity: UInt64
  }

  /// What the user gave, for messages.
  let path: String
  private(set) var entries: [Entry] = []
  /// Names of the classes in the order in which they came up.
  private(set) var labels: [String] = []
  private var indices: [ExactText: Int] = [:]
  /// Whether all labels are the numbers of classes, and not names that happen to be numbers.
  var labelsAreNumbers = false
  /// What the user should know, one line each.
  private(set) var notes: [String] = []

  /// The most photos: more than ImageNet's 14 million.
  static let mostPhotos = 1 << 24

  init(path: String) { self.path = path }

  /// Adds a photo that is called `name` within the source.
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

  /// The classes of some photos, sorted by the bytes of their names.
  func labels(of photos: [Int]) -> [String] {
    Set(photos.map { entries[$0].label }).map { ExactText(labels[$0]) }.sorted().map(\.text)
  }

  mutating func note(_ text: String) { notes.append(text.oneLine) }

  /// Adds a line about things that are not used, if there are any.
  mutating func note(
    _ names: some Collection<String>, _ what: (_ names: String, _ count: Int) -> String
  ) {
    if !names.isEmpty { note(what(names.summary, names.count)) }
  }
}

extension PhotoListing {
  /// The photos of whatever `path` is: a folder of class folders or of shards, a table (.csv), an archive (.tar), or a
  /// pattern of shards.
  init(contentsOf path: String) throws(DataError) {
    guard !path.isEmpty else { throw .file(FileError(path: "''", reason: "a path is needed")) }
    if Folder.exists(path) {
      try self.init(folder: path)
    } else if FileStatus(path) == nil, ShardPattern.isPattern(path) {
      try self.init(path: path, shards: ShardPattern.files(path))
    } else {
      do { _ = try OpenFile(path: path) } catch { throw .file(error) }
      let name = path.lowercased()
      if name.hasSuffix(".csv") {
        try self.init(table: path)
      } else if name.hasSuffix(".tar") {
        try self.init(path: path, shards: [path])
      } else if let program = Self.unpackers.first(where: { name.hasSuffix($0.ending) }) {
        throw .unsupported(path: path, reason: "is compressed; unpack it first: \(program.command)")
      } else {
        throw .unsupported(
          path: path,
          reason: "is no folder of photos, .csv table or .tar archive; give one of them")
      }
    }
  }

  /// How to unpack what is not read. Photos are compressed already: nothing is gained by packing them once more.
  private static let unpackers = [
    (ending: ".tar.gz", command: "gunzip"), (ending: ".tgz", command: "gunzip"),
    (ending: ".tar.bz2", command: "bunzip2"), (ending: ".tar.xz", command: "unxz"),
    (ending: ".tar.zst", command: "unzstd"), (ending: ".zip", command: "unzip"),
  ]
}

/// What photos are for, as the names of folders, shards or a table's cells say it.
enum Part: String {
  case training = "train"
  case validation = "val"
  case test

  /// The part that a name means, in capital letters or not: train, training; val, valid, validation; test, testing.
  init?(name: some StringProtocol) {
    switch name.lowercased() {
    case "train", "training": self = .training
    case "val", "valid", "validation": self = .validation
    case "test", "testing": self = .test
    default: return nil
    }
  }
}
