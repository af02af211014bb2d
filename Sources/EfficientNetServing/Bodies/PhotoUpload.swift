/// The photos of a request's body, in order, and the text fields beside them.
///
/// The Content-Type decides the form:
///
///     curl -F photo=@a.jpg -F photo=@b.jpg -F top=3 …                        multipart/form-data
///     curl -H Content-Type:application/json -d '{"image": "/9j/4AAQ…"}' …    base64 in JSON
///     curl --data-binary @a.jpg …                                            any other: one photo
package struct PhotoUpload: Sendable {
  /// A photo that is not decoded yet.
  package struct Photo: Sendable {
    /// The file's name on the client, or else the place in the request, such as "images[2]".
    package let name: String
    /// The bytes of the picture's file.
    package let bytes: ArraySlice<UInt8>
  }

  /// The limits of an upload.
  package struct Limits: Hashable, Sendable {
    /// The maximum number of photos.
    package var photos: Int
    /// The limits of a multipart body.
    package var multipart: Multipart.Limits

    /// Creates limits.
    package init(photos: Int = 64, multipart: Multipart.Limits = .init()) {
      (self.photos, self.multipart) = (photos, multipart)
    }
  }

  /// The photos in their order, at least one.
  package private(set) var photos: [Photo] = []
  /// The values of the text fields by name. A JSON number is its text: "5".
  package private(set) var fields: [String: String] = [:]
  /// Whether the client sent several photos or a JSON list, and so expects a list of results.
  package private(set) var isList = false

  private let known: [String]
  private let limit: Int

  /// Finds the photos of a body.
  ///
  /// - Parameters:
  ///   - body: The body without compression.
  ///   - contentType: The request's Content-Type; nil without one.
  ///   - fields: The names of the text fields that the route knows.
  /// - Throws: ``RequestError``: 400 for a malformed body, for an unknown field and for a body
  ///   without photos, 413 beyond a limit, 415 for another multipart type.
  package init(
    body: [UInt8], contentType: String?, fields known: [String] = ["model", "top"],
    limits: Limits = Limits()
  ) throws(RequestError) {
    self.known = known
    limit = limits.photos
    let type = contentType ?? ""
    let mediaType = type.split(maxSplits: 1) { $0 == ";" || $0.isWhitespace }.first ?? ""
    switch mediaType.lowercased() {
    case "multipart/form-data":
      try read(try Multipart(body, contentType: type, limits: limits.multipart))
      isList = photos.count > 1
    case "application/json":
      var json = JSONScanner(body)
      isList = try read(&json)
    case let type where type.hasPrefix("multipart/"):
      throw RequestError(
        status: 415, message: "the body is \(type.inQuotes); use multipart/form-data")
    default:
      guard !body.isEmpty else { throw Self.refusal("the request has no body; send a photo") }
      try add(Photo(name: "photo", bytes: body[...]))
    }
  }

  private mutating func read(_ multipart: Multipart) throws(RequestError) {
    for part in multipart.parts {
      if part.fileName != nil || part.contentType?.hasPrefix("image/") == true {
        let fileName = part.fileName ?? ""
        try add(Photo(name: fileName.isEmpty ? part.name : fileName, bytes: part.body))
      } else {
        try check(part.name, hint: "a photo needs a file name, as in curl -F photo=@cat.jpg")
        guard let text = String(validating: part.body, as: UTF8.self) else {
          throw Self.refusal("the field \(part.name.inQuotes) is not text in UTF-8")
        }
        fields[part.name] = text
      }
    }
    guard !photos.isEmpty else {
      throw Self.refusal(
        "the body has no photo; a photo needs a file name, as in curl -F photo=@cat.jpg")
    }
  }

  /// Reads `{"image": "…"}` or `{"images": ["…", …]}` with text fields; returns whether the photos
  /// are a list.
  private mutating func read(_ json: inout JSONScanner) throws(RequestError) -> Bool {
    var isList: Bool?
    try json.readObject { (json, key) throws(RequestError) in
      switch key {
      case "image", "images":
        guard isList == nil else {
          throw Self.refusal("the body has photos twice; use either 'image' or 'images', once")
        }
        isList = key == "images"
        if key == "image" {
          try add(base64: try json.string(of: "image"), "image")
        } else {
          try json.readArray(of: "images") { (json, index) throws(RequestError) in
            try add(base64: try json.string(of: "images[\(index)]"), "images[\(index)]")
          }
        }
      default:
        try check(key, hint: "photos are in 'image' or 'images'")
        fields[key] = try json.scalar(of: key)
      }
    }
    guard let isList, !photos.isEmpty else {
      throw Self.refusal("the body has no photo; send {\"image\": \"<base64>\"}")
    }
    return isList
  }

  private mutating func add(base64 string: JSONString, _ name: String) throws(RequestError) {
    // Do not decode a photo that is refused anyway.
    try checkCount()
    try add(Photo(name: name, bytes: try string.photo(of: name)[...]))
  }

  private mutating func add(_ photo: Photo) throws(RequestError) {
    try checkCount()
    photos.append(photo)
  }

  private func checkCount() throws(RequestError) {
    guard photos.count < limit else {
      throw RequestError(
        status: 413,
        message: "the request has more than \(limit) photos; send them in several requests")
    }
  }

  /// Checks that a text field is known and new.
  private func check(_ field: String, hint: String) throws(RequestError) {
    guard known.contains(field) else {
      let names = known.map(\.inQuotes).joined(separator: ", ")
      throw Self.refusal("unknown field \(field.inQuotes); the fields are \(names); \(hint)")
    }
    guard fields[field] == nil else {
      throw Self.refusal("the field \(field.inQuotes) is given twice")
    }
  }

  private static func refusal(_ message: String) -> RequestError {
    RequestError(status: 400, message: message)
  }
}
