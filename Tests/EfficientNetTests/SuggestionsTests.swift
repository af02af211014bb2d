import EfficientNet
import Testing

@Suite("Names that a text may mean")
struct SuggestionsTests {
  @Test("words come first, then beginnings, then parts, then few edits")
  func order() {
    let names = ["oystercatcher", "bat", "caterpillar", "tiger cat", "dog", "Cat", "sea catfish"]
    #expect(
      "cat".suggestions(among: names)
        == ["tiger cat", "Cat", "caterpillar", "sea catfish", "oystercatcher"])
    #expect("cat".suggestions(among: names, limit: 10).last == "bat")
    #expect("TIGER-CAT".suggestions(among: names) == ["tiger cat"])
  }

  @Test(
    "mistyped names of ImageNet are found",
    arguments: [
      ("tabbby", "tabby"), ("great gray owl", "great grey owl"), ("labrador", "Labrador retriever"),
    ])
  func imageNet(text: String, name: String) {
    #expect(text.suggestions(among: ClassLabel.imageNet.map(\.name)).first == name)
  }

  @Test("a text that is like no name gives none", arguments: ["", "--", "xyzzy", "no such thing"])
  func none(text: String) {
    #expect(text.suggestions(among: ["thing 1", "thing 2"]).isEmpty)
  }
}
