public import EfficientNet
public import EfficientNetFormats
public import EfficientNetSystem

/// A pretrained file that could not be fetched, in one line that says what to do.
public enum HubError: Error, Hashable, CustomStringConvertible {
  /// There is no such Python.
  case noPython(command: String)
  /// This Python has no pip.
  case noPip(command: String)
  /// A download did not end well: the server was busy, the connection broke, or the answer is something else.
  case failed(download: String, message: String)
  /// A downloaded file is not the one that is expected, by its SHA-256 or the SHA-1 that git knows it by.
  case digest(file: String, found: String, expected: String)
  /// A downloaded archive cannot be read.
  case archive(WeightsError)
  /// There is no such curl.
  case noCurl(command: String)
  /// HF_ENDPOINT is no address of a hub.
  case endpoint(String)
  /// HF_TOKEN has characters that no token has, a line break for instance.
  case token
  /// No repository can have this name, or this revision.
  case repository(String)
  /// The server cannot be reached.
  case noConnection(site: String, message: String)
  /// The server does not let us have a file.
  case refused(repository: String, site: String, hasToken: Bool)
  /// The repository does not have a file, or is not there.
  case noFile(repository: String, file: String, site: String)
  /// The repository has no weights in a form that is read.
  case noWeights(repository: String, site: String)
  /// A file has another length than the server announced.
  case length(file: String, found: Int, expected: Int)
  /// A file is longer than any that is of use. The length is nil where the server did not say it before.
  case tooLong(file: String, found: Int?, limit: Int)
  /// There is no room for a file.
  case diskFull(folder: String, needed: Int, free: Int)
  /// A config.json cannot be used.
  case configuration(TimmConfigurationError)
  /// Another process downloads to the same folder.
  case inUse(folder: String)
  /// The caller asked to stop.
  case cancelled(file: String)
  /// Nothing names the folder for downloads.
  case noHome
  /// The folder for downloads cannot be made.
  case folder(FileError)
  /// A file cannot be read or moved.
  case file(FileError)

  /// One line, whatever a server or a file said; for instance "cannot download tiny==0.1.0: no connection to the package index; …".
  public var description: String {
    message.oneLine
  }

  private var message: String {
    switch self {
    case .noPython(let command):
      "cannot download: there is no '\(command)'; install Python 3 with pip"
    case .noPip(let command):
      "cannot download: '\(command) -I' has no pip (a user's own does not count); install it, for instance the package python3-pip"
    case .failed(let download, let message):
      "cannot download \(download): \(message)"
    case .digest(let file, let found, let expected):
      "\(file) is not the expected file: its \(expected.utf8.count == 40 ? "git SHA-1" : "SHA-256") "
        + "is \(found), not \(expected); pull again"
    case .archive(let error):
      "\(error.description); pull again"
    case .noCurl(let command):
      "cannot download: there is no '\(command)'; install curl"
    case .endpoint(let reason):
      "HF_ENDPOINT \(reason); it should be like https://huggingface.co"
    case .token:
      "HF_TOKEN is not a token: it has characters that tokens do not have"
    case .repository(let text):
      "\(WeightsError.quoted(text)) is not the name of a repository; "
        + "one is like timm/efficientnet_b0.ra_in1k, or owner/name@revision"
    case .noConnection(let site, let message):
      "cannot download from \(site): \(message); try again when online"
    case .refused(let repository, let site, let hasToken):
      hasToken
        ? "\(site) refuses \(repository): it is gated or private, and HF_TOKEN gives no access to it, "
          + "or it does not exist"
        : "\(site) refuses \(repository): it is gated or private, or does not exist; set HF_TOKEN"
    case .noFile(let repository, let file, let site):
      "\(site) has no file \(file) in \(repository)"
    case .noWeights(let repository, let site):
      "\(site) has neither model.safetensors nor pytorch_model.bin in \(repository)"
    case .length(let file, let found, let expected):
      "\(file) is not the expected file: it has \(found) bytes, not \(expected); pull again"
    case .tooLong(let file, let found, let limit):
      "\(file) is too long: \(found.map { "\($0)" } ?? "more") bytes, of which \(limit) are taken"
    case .diskFull(let folder, let needed, let free):
      "\(folder) has room for \(free) bytes, \(needed) are needed; "
        + "EFFNET_CACHE can name another folder"
    case .configuration(let error):
      error.description
    case .inUse(let folder):
      "\(folder) is in use by another download; wait for its end"
    case .cancelled(let file):
      "the download of \(file) was stopped; pull again"
    case .noHome:
      "there is no home folder for downloads: HOME is not set and the system knows none; "
        + "EFFNET_CACHE can name a folder"
    case .folder(let error):
      "\(error.description); EFFNET_CACHE can name another folder"
    case .file(let error):
      error.description
    }
  }
}

extension HubError {
  /// Does what may fail in the file system.
  static func onFiles<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(HubError) -> Result {
    do { return try body() } catch { throw .file(error) }
  }
}
