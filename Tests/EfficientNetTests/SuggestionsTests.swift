import EfficientNet
import Testing

@Suite("Names that a text may mean")
struct SuggestionsTests {
  @Test("words come first, then beginnings, then parts, and letters only without these")
  func order() {
    let names = ["oystercatcher", "bat", "caterpillar", "tiger cat", "dog", "Cat", "sea catfish"]
    #expect(
      "cat".suggestions(among: names)
        == ["Cat", "tiger cat", "caterpillar", "sea catfish", "oystercatcher"])
    #expect("cat".suggestions(among: names, limit: 2) == ["Cat", "tiger cat"])
    #expect("cut".suggestions(among: names) == ["Cat"])
    #expect("TIGER-CAT".suggestions(among: names) == ["tiger cat", "Cat"])
  }

  @Test(
    "mistyped names of ImageNet are found",
    arguments: [
      ("tabbby", "tabby"), ("great gray owl", "great grey owl"), ("labrador", "Labrador retriever"),
    ])
  func imageNet(text: String, name: String) {
    #expect(text.suggestions(among: ClassLabel.imageNet.map(\.name)).first == name)
  }

  @Test(
    "mistyped options and commands are found",
    arguments: [
      ("--decay", ["--day", "--weight-decay"], ["--weight-decay"]),
      ("--decay", ["--weight-decay", "--layer-decay"], ["--layer-decay", "--weight-decay"]),
      ("--epoch", ["--head-epochs", "--epochs"], ["--epochs", "--head-epochs"]),
      ("--wd", ["--weight-decay"], ["--weight-decay"]),
      ("--learning-rate", ["--lr", "--layer-decay"], ["--lr"]),
      ("--epcohs", ["--epochs", "--help"], ["--epochs"]), ("--no-cache", ["--no-ema"], []),
      ("--new-cache", ["--cache"], ["--cache"]), ("-x", ["-o", "--mixup"], []),
      ("sort", ["search", "explain"], []), ("eval", ["evaluate", "explain"], ["evaluate"]),
    ])
  func options(text: String, names: [String], expected: [String]) {
    #expect(text.suggestions(among: names) == expected)
  }

  @Test("a text that is like no name gives none", arguments: ["", "--", "xyzzy", "no such thing"])
  func none(text: String) {
    #expect(text.suggestions(among: ["thing 1", "thing 2"]).isEmpty)
  }

  @Test("a long text is like no short name")
  func long() {
    let text = String(repeating: "x", count: 100_000)
    #expect(text.suggestions(among: Array(repeating: "xxxxxxxxx", count: 500)).isEmpty)
  }
}
