import EfficientNetCompute
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

  @Test("paths break after separators, numbers and pairs of separators do not")
  func breaks() {
    for (text, markup) in [
      ("photos/my_cat-1.jpg", "photos/<wbr>my_<wbr>cat-<wbr>1.<wbr>jpg"), ("0.25", "0.25"),
      ("../a", "../<wbr>a"), ("--x", "--<wbr>x"), ("a/", "a/"), ("", ""),
      ("<.b>", "&lt;.<wbr>b&gt;"),
    ] {
      #expect(HTML.breakable(text).markup == markup)
    }
    let path: HTML = .path(String(repeating: "a/", count: 100), limit: 20)
    #expect(path.markup.replacing("<wbr>", with: "") == "<bdi>a/a/a/a/a/a/a…a/a/a/</bdi>")
  }

  @Test("long names are shortened in the middle")
  func shortening() {
    #expect("abcdefghij".shortened(to: 10) == "abcdefghij")
    #expect("abcdefghijk".shortened(to: 10) == "abcdef…ijk")
    let marks = String(repeating: "e\u{301}", count: 500)
    #expect(marks.count == 500 && marks.shortened(to: 60).unicodeScalars.count == 60)
  }
}
