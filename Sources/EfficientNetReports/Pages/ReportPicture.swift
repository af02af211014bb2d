internal import EfficientNetCompute
internal import FoundationEssentials

/// A photo in a report, which holds its bytes.
package struct ReportPicture: Hashable, Sendable {
  /// Where the photo is, for people.
  package var path: String
  /// A small JPEG file, about 160 pixels wide; nil if the photo cannot be read any more.
  package var jpeg: [UInt8]?
  /// What it shows.
  package var caption: String

  package init(path: String, jpeg: [UInt8]?, caption: String = "") {
    (self.path, self.jpeg, self.caption) = (path, jpeg, caption)
  }

  /// The picture with words below it.
  package func figure(_ words: HTML) -> HTML {
    let picture: HTML =
      if let jpeg {
        """
        <img src="data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())" alt="\(path.oneLine.shortened(to: 120))">
        """
      } else {
        "<div class=\"empty\">no picture</div>"
      }
    let whole = path.oneLine.shortened(to: 1000)
    return """
      <figure>\(picture)<figcaption>\(words)<small title="\(whole)">\(HTML.name(name, limit: 80))</small></figcaption></figure>\n
      """
  }

  /// The last two parts of the path: "cat/1.jpg".
  private var name: String { path.oneLine.split(separator: "/").suffix(2).joined(separator: "/") }

  package static func grid(_ figures: [HTML]) -> HTML {
    "<div class=\"pictures\">\n\(figures)</div>\n"
  }
}
