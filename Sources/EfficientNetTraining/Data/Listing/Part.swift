/// What photos are for, as the names of folders, shards or a table's cells say it.
enum Part: Hashable {
  case training, validation, test

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
