import EfficientNetExplanation
import Testing

@Suite("File names") struct FileNamesTests {
  /// The name of the folder tells photos of the same name apart.
  @Test(arguments: [
    ("photo.jpg", "photo"), ("a/x.jpg", "a-x"), ("photos/b/x.jpg", "b-x"), ("/a/x", "a-x"),
    ("./x.jpg", "x"), ("../x.jpg", "x"), ("../a/x.y.png", "a-x.y"), ("a/./x.jpg", "a-x"),
    ("a/.jpg", "a-photo"), ("", "photo"),
  ])
  func name(path: String, expected: String) {
    var names = FileNames()
    #expect(names.next(for: path) == expected)
  }

  @Test func numbers() {
    var names = FileNames()
    let paths = ["1/a/x.jpg", "2/a/X.jpg", "b/x.jpg", "a/x.png"]
    #expect(paths.map { names.next(for: $0) } == ["a-x", "a-X-2", "b-x", "a-x-3"])
    // Another run does not know the names of this one.
    var later = FileNames()
    #expect(later.next(for: paths[1]) == "a-X")
  }

  /// Names fit into a file name with their suffixes.
  @Test func longNames() {
    var names = FileNames()
    let long = String(repeating: "ж", count: 120)
    let made = (0..<2).map { _ in names.next(for: "\(long)/\(long).jpg") }
    #expect(made[0] != made[1] && made.allSatisfy { $0.utf8.count <= 152 })
  }
}
