import Testing

@testable import EfficientNetFormats

@Suite("Memory for the tensors of a file")
struct AllocationBudgetTests {
  @Test("a file and all of its tensors must be in memory together")
  func sum() throws {
    var budget = AllocationBudget(byteCount: 200, memory: 1000)
    try budget.keep(400)
    // Bytes that are released again do not count.
    try budget.spend(1000)
    let error = #expect(throws: FormatError.self) { try budget.keep(404) }
    guard case .noMemory(byteCount: 1004)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
