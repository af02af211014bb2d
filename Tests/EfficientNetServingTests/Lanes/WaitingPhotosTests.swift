import Testing

@testable import EfficientNetServing

@Suite("Waiting photos")
struct WaitingPhotosTests {
  private static func entry(_ number: Int, isLarge: Bool = false) -> WaitingPhotos<Int>.Entry {
    .init(number: number, cost: 0.01, isLarge: isLarge, photo: number)
  }

  private static func order(_ waiting: inout WaitingPhotos<Int>) -> [Int] {
    var order: [Int] = []
    while let entry = waiting.next(allowsLarge: true) { order.append(entry.photo) }
    return order
  }

  @Test("requests take turns, a photo each")
  func turns() {
    var waiting = WaitingPhotos<Int>()
    for number in 0..<4 { waiting.add(Self.entry(number), of: 1, isBulk: false) }
    for number in 10..<12 { waiting.add(Self.entry(number), of: 2, isBulk: false) }
    waiting.add(Self.entry(20), of: 3, isBulk: false)
    #expect(Self.order(&waiting) == [0, 10, 20, 1, 11, 2, 3])
    #expect(waiting.count == 0 && waiting.cost == 0)
  }

  @Test("bulk photos get every tenth turn while others wait, and all turns after them")
  func bulk() {
    var waiting = WaitingPhotos<Int>()
    for number in 0..<3 { waiting.add(Self.entry(100 + number), of: 1, isBulk: true) }
    for number in 0..<20 { waiting.add(Self.entry(number), of: 2 + number, isBulk: false) }
    let order = Self.order(&waiting)
    #expect(order == Array(0..<9) + [100] + Array(9..<18) + [101, 18, 19, 102])
  }

  @Test("a large photo waits while another is computed; small ones go before it")
  func large() {
    var waiting = WaitingPhotos<Int>()
    waiting.add(Self.entry(0, isLarge: true), of: 1, isBulk: false)
    waiting.add(Self.entry(1), of: 1, isBulk: false)
    waiting.add(Self.entry(2), of: 2, isBulk: false)
    #expect(waiting.next(allowsLarge: false)?.photo == 1)
    #expect(waiting.next(allowsLarge: false)?.photo == 2)
    #expect(waiting.next(allowsLarge: false) == nil && waiting.count == 1)
    #expect(waiting.next(allowsLarge: true)?.photo == 0)
  }

  @Test("a removed photo is not computed")
  func removal() {
    var waiting = WaitingPhotos<Int>()
    for number in 0..<3 { waiting.add(Self.entry(number), of: 1, isBulk: number == 2) }
    #expect(waiting.remove(1)?.photo == 1 && waiting.remove(1) == nil)
    #expect(waiting.remove(2)?.photo == 2)
    #expect(abs(waiting.cost - 0.01) < 1e-12)
    #expect(Self.order(&waiting) == [0])
  }
}
