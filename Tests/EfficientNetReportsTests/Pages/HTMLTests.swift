import Testing

@testable import EfficientNetReports

@Suite("HTML")
struct HTMLTests {
  @Test("values are escaped, markup is not")
  func escaping() {
    let name = "<b a=\"1\" b='2'>&amp;"
    let html: HTML = "<td title=\"\(name)\">\(7)\(HTML.name("x<y"))</td>"
    #expect(
      html.markup
        == "<td title=\"&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;\">7<bdi>x&lt;y</bdi></td>")
    #expect(HTML.escaped("a\u{0}b\u{1B}c\u{85}d\u{FFFF}\te\r") == "a�b�c�d�\te�")
    #expect(HTML.escaped("👩🏽‍🔬 שלום é") == "👩🏽‍🔬 שלום é")
    // A combining character does not hide the bracket in front of it.
    #expect(HTML.escaped("<\u{301}script") == "&lt;\u{301}script")
  }

  @Test("long names are shortened in the middle")
  func shortening() {
    #expect("abcdefghij".shortened(to: 10) == "abcdefghij")
    #expect("abcdefghijk".shortened(to: 10) == "abcdef…ijk")
    let marks = String(repeating: "e\u{301}", count: 500)
    #expect(marks.count == 500 && marks.shortened(to: 60).unicodeScalars.count == 60)
  }
}
