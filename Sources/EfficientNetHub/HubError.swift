public import EfficientNet
public import EfficientNetFormats
public import EfficientNetSystem

/// An error of a download. Its description is one line with the cause and the remedy.
public enum HubError: LibraryError {
  /// The Python command does not exist.
  case noPython(command: String)
  /// Python has no pip.
  case noPip(command: String)
  /// The download failed: the server was busy, the connection broke, or the answer was unexpected.
  case failed(download: String, message: String)
  /// A downloaded file has another SHA-256, or another git SHA-1, than expected.
  case digest(file: String, found: String, expected: String)
  /// A downloaded archive cannot be read.
  case archive(WeightsError)
  /// The curl command does not exist.
  case noCurl(command: String)
  /// HF_ENDPOINT, or another address of an endpoint, is invalid. The reason completes a sentence
  /// that starts with "HF_ENDPOINT".
  case endpoint(String)
  /// HF_TOKEN, or another token, contains characters that tokens do not have, such as a line break.
  case token
  /// The text is not a valid name of a repository and revision.
  case repository(String)
  /// The server is unreachable.
  case noConnection(site: String, message: String)
  /// The server denies access to a repository.
  case refused(repository: String, site: String, hasToken: Bool)
  /// The repository does not exist or does not contain the file.
  case noFile(repository: String, file: String, site: String)
  /// The repository has no weights in a supported format.
  case noWeights(repository: String, site: String)
  /// A file has another length than the server announced, in bytes.
  case length(file: String, found: Int, expected: Int)
  /// A file exceeds the size limit in bytes. `found` is nil if the server did not announce the
  /// length.
  case tooLong(file: String, found: Int?, limit: Int)
  /// The disk has too little free space; both numbers are in bytes.
  case diskFull(folder: String, needed: Int, free: Int)
  /// A config.json cannot be used.
  case configuration(TimmConfigurationError)
  /// Another process downloads to the same folder.
  case inUse(folder: String)
  /// The caller cancelled the download.
  case cancelled(file: String)
  /// No environment variable and no home folder determine the cache folder.
  case noHome
  /// The cache folder cannot be created.
  case folder(FileError)
  /// A file cannot be read or moved.
  case file(FileError)

  /// One line that names the file or server, such as "cannot download tiny==0.1.0: no connection to
  /// the package index; try again when online".
  public var description: String {
    message.oneLine
  }

  private var message: String {
    switch self {
    case .noPython(let command):
      "cannot download: the command '\(command)' was not found; install Python 3 with pip"
    case .noPip(let command):
      "cannot download: '\(command) -I' has no pip (a pip in a user's folder does not count); "
        + "install it, such as with the package python3-pip"
    case .failed(let download, let message):
      "cannot download \(download): \(message)"
    case .digest(let file, let found, let expected):
      "\(file) is not the expected file: "
        + "its \(expected.utf8.count == 40 ? "git SHA-1" : "SHA-256") "
        + "is \(found), not \(expected); pull again"
    case .archive(let error):
      "\(error.description); pull again"
    case .noCurl(let command):
      "cannot download: the command '\(command)' was not found; install curl"
    case .endpoint(let reason):
      "HF_ENDPOINT \(reason); expected an address such as https://huggingface.co"
    case .token:
      "HF_TOKEN is not a token: it contains characters that tokens do not have"
    case .repository(let text):
      "\(WeightsError.quoted(text)) is not the name of a repository; "
        + "expected owner/name or owner/name@revision, such as timm/efficientnet_b0.ra_in1k"
    case .noConnection(let site, let message):
      "cannot download from \(site): \(message); try again when online"
    case .refused(let repository, let site, let hasToken):
      hasToken
        ? "\(site) refuses \(repository): it is gated or private and HF_TOKEN gives no access to "
          + "it, or it does not exist"
        : "\(site) refuses \(repository): it is gated or private, or it does not exist; "
          + "set HF_TOKEN to a token with access to it"
    case .noFile(let repository, let file, let site):
      "\(site) has no file \(file) in \(repository)"
    case .noWeights(let repository, let site):
      "\(site) has neither model.safetensors nor pytorch_model.bin in \(repository)"
    case .length(let file, let found, let expected):
      "\(file) is not the expected file: it has \(found) bytes, not \(expected); pull again"
    case .tooLong(let file, let found, let limit):
      "\(file) is too large: it has \(found.map { "\($0)" } ?? "more") bytes, "
        + "the limit is \(limit)"
    case .diskFull(let folder, let needed, let free):
      "\(folder) has \(free) bytes free, but the download needs \(needed); "
        + "free some space, or set EFFNET_CACHE to another folder"
    case .configuration(let error):
      error.description
    case .inUse(let folder):
      "\(folder) is in use by another download; wait until it ends, then pull again"
    case .cancelled(let file):
      "the download of \(file) was stopped; pull again"
    case .noHome:
      "no folder for downloads: HOME is not set and the user has no home folder; "
        + "set EFFNET_CACHE to a folder"
    case .folder(let error):
      "\(error.description); set EFFNET_CACHE to another folder"
    case .file(let error):
      error.description
    }
  }
}

extension HubError {
  /// The name of the case, for metrics, logs and fields of JSON.
  public var kind: String {
    switch self {
    case .noPython: "noPython"
    case .noPip: "noPip"
    case .failed: "failed"
    case .digest: "digest"
    case .archive: "archive"
    case .noCurl: "noCurl"
    case .endpoint: "endpoint"
    case .token: "token"
    case .repository: "repository"
    case .noConnection: "noConnection"
    case .refused: "refused"
    case .noFile: "noFile"
    case .noWeights: "noWeights"
    case .length: "length"
    case .tooLong: "tooLong"
    case .diskFull: "diskFull"
    case .configuration: "configuration"
    case .inUse: "inUse"
    case .cancelled: "cancelled"
    case .noHome: "noHome"
    case .folder: "folder"
    case .file: "file"
    }
  }
}

extension HubError {
  /// Calls `body` and converts its error.
  static func onFiles<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(HubError) -> Result {
    do { return try body() } catch { throw .file(error) }
  }
}
