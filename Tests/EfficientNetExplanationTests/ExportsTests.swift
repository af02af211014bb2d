import EfficientNetExplanation
import Testing

/// This file imports only the library: the types of its public interface must be visible.
@Suite("Exports of EfficientNetExplanation") struct ExportsTests {
  @Test func colors() {
    let sheet = ExplanationSheet(colors: .viridis)
    #expect(sheet.colors == ColorMap.viridis && sheet.colors != ExplanationSheet().colors)
    #expect(ColorMap.inferno.color(at: 0).red < 10)
  }
}
