import Testing

@testable import EfficientNetTraining

/// Tables of photos.
@Suite struct TableTests {
  /// The records of a table, or the error with its line.
  private func records(_ text: String) -> [[String]] {
    var reader = CSVReader(Array(text.utf8))
    var records: [[String]] = []
    do {
      while let record = try reader.next() { records.append(record) }
    } catch {
      records.append(["line \(reader.line)", error.reason])
    }
    return records
  }

  @Test(arguments: [
    ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
    ("\u{FEFF}a,b\r\nc,d", [["a", "b"], ["c", "d"]]),
    ("a,b\r\rc,d\r", [["a", "b"], ["c", "d"]]),
    ("\"a, b\",\"c\"\"d\"\"\"", [["a, b", "c\"d\""]]),
    ("\"a\nb\" , c \n", [["a\nb", "c"]]),
    ("a,\n,b\n\n,\n", [["a", ""], ["", "b"], ["", ""]]),
    ("\"\"", []), ("", []), ("\n\n", []),
    ("a\n\"b\n", [["a"], ["line 2", "a quotation mark is not closed"]]),
    (
      "\"a\nb\"\nc\n\"d\"e",
      [["a\nb"], ["c"], ["line 4", "there is text after a closing quotation mark"]]
    ),
  ])
  func fieldsAreRead(text: String, expected: [[String]]) {
    #expect(records(text) == expected)
  }

  @Test func textThatIsNotUTF8() {
    var reader = CSVReader([0x61, 0xFF, 0x0A])
    #expect(throws: Complaint.self) { try reader.next() }
  }

  private func listing(_ text: String, photos: [String]) throws -> PhotoListing {
    let folder = try TestFolder()
    try folder.photos(photos)
    return try PhotoListing(contentsOf: folder.write("table.csv", text))
  }

  @Test func labelsAndParts() throws {
    let found = try listing(
      "Split,Path,label,date\ntrain,x/a.png,\"big, cat\",1\nval,\"x/b, c.png\",a/b/c,2\n\ntest,x/d.png,犬,3\n",
      photos: ["x/a.png", "x/b, c.png", "x/d.png"])
    #expect(
      found.lines == ["a/b/c val x/b, c.png", "big, cat train x/a.png", "犬 test x/d.png"])
    #expect(found.notes == ["1 column of the table unused: 'date'"])
  }

  @Test(arguments: [
    ("", "line 1: the header is missing"),
    ("file,label\na.png,cat\n", "line 1: the header has the columns 'file', 'label'"),
    ("path;label\na.png;cat\n", "line 1: the header has the columns 'path;label'"),
    ("path,label\na.png,cat,dog\n", "line 2: there are 3 fields, but the header has 2"),
    ("path,label\na.png,\n", "line 2: the label is empty"),
    ("path,label\n,cat\n", "line 2: the path is empty"),
    ("path,label,split\na.png,cat,\n", "line 2: the split is ''; it must be train, val or test"),
    ("path,label\na.png,cat\nb.png,\"dog", "line 3: a quotation mark is not closed"),
    ("path,label\na.png,cat\na.png,dog\n", "lines 2 and 3: 'a.png' is both 'cat' and 'dog'"),
    (
      "path,label,split\na.png,cat,train\na.png,cat,val\n",
      "lines 2 and 3: 'a.png' is both 'train' and 'val'"
    ),
    ("path,label\n", "has no photos"),
    ("path,label\nx.png,cat\ny.png,dog\n", "not found (the first 2 photos"),
  ])
  func mistakesAreNamed(text: String, message: String) throws {
    let folder = try TestFolder()
    try folder.photos(["a.png", "b.png"])
    let path = try folder.write("table.csv", text)
    let error = dataError { () throws(DataError) in try PhotoListing(contentsOf: path) }
    let description = error?.description ?? "no error"
    #expect(description.contains(message), "\(description)")
    #expect(description.contains(folder.path))
  }

  @Test func repeatedLinesAreNoted() throws {
    let found = try listing(
      "path,label\na.png,cat\nb.png,dog\na.png,cat\n", photos: ["a.png", "b.png"])
    #expect(found.entries.count == 2)
    #expect(found.notes == ["1 line of the table left out (repeated photos): 'a.png'"])
  }

  @Test func pathsOfOnePhotoMayDiffer() throws {
    let found = try listing(
      "path,label\na.png,cat\nb.png,dog\n.//a.png,cat\n", photos: ["a.png", "b.png"])
    #expect(found.entries.count == 2 && found.notes.count == 1)
    // "é" as one character and as two are two files.
    let names = ["\u{E9}.png", "e\u{301}.png"]
    let table = "path,label\n\(names[0]),cat\n\(names[1]),dog\n"
    #expect(try listing(table, photos: names).entries.count == 2)
  }

  /// A single missing photo is left to the loader.
  @Test func aMissingPhotoIsKept() throws {
    let found = try listing("path,label\nx.png,cat\nb.png,dog\n", photos: ["b.png"])
    #expect(found.entries.count == 2)
  }

  @Test func absolutePathsAreKept() throws {
    let folder = try TestFolder()
    try folder.photos(["a.png"])
    let found = try listing("path,label\n\(folder.path)/a.png,cat\n", photos: [])
    #expect(found.entries.map(\.source) == [.file("\(folder.path)/a.png")])
  }

  @Test func errorsGiveTheRemedyForTables() throws {
    let folder = try TestFolder()
    try folder.write("head.csv", "path,label\n")
    try folder.photos(["a.png", "b.png"])
    try folder.write("one.csv", "path,label\na.png,cat\nb.png,cat\n")
    for (name, words) in [("head", "below the header"), ("one", "the column 'label'")] {
      let error = #expect(throws: DataError.self) {
        try DataSplit(path: "\(folder.path)/\(name).csv", validation: 0.2, seed: 0)
      }
      #expect(error?.description.contains(words) == true)
    }
  }
}
