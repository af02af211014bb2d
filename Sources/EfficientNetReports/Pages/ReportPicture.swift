internal import EfficientNetCompute
internal import FoundationEssentials

package struct ReportPicture: Hashable, Sendable {
  package var path: String
  /// A JPEG file of about 160 pixels width; nil if the photo can no longer be read.
  package var jpeg: [UInt8]?
  /// The content of the photo in words.
  package var caption: String

  package init(path: String, jpeg: [UInt8]?, caption: String = "") {
    (self.path, self.jpeg, self.caption) = (path, jpeg, caption)
  }

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
      <figure>\(picture)<figcaption>\(words)<small title="\(whole)">\(HTML.path(name, limit: 80))</small></figcaption></figure>\n
      """
  }

  /// The last two parts of the path, such as "cat/1.jpg".
  private var name: String { path.oneLine.split(separator: "/").suffix(2).joined(separator: "/") }

  package static func grid(_ figures: [HTML]) -> HTML {
    "<div class=\"pictures\">\n\(figures)</div>\n"
  }
}
