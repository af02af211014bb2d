/// The photos that wait for a lane, in the order in which they are computed: two classes, of which
/// bulk photos get every tenth turn while interactive ones wait; within a class, the requests take
/// turns, a photo each.
struct WaitingPhotos<Photo> {
  /// The number of interactive turns before a turn of bulk photos.
  static var interactiveTurns: Int { 9 }

  /// A photo with what decides its turn.
  struct Entry {
    let number: Int
    /// The time of a lane that the photo takes, in seconds.
    let cost: Double
    /// Whether no other large photo may be computed at the same time.
    let isLarge: Bool
    let photo: Photo
  }

  private var interactive = Line(), bulk = Line()
  /// The number of interactive turns since the last one of bulk photos.
  private var turns = 0
  private(set) var count = 0
  /// The sum of the costs, in seconds.
  private(set) var cost = 0.0

  /// Adds a photo of a request.
  mutating func add(_ entry: Entry, of request: Int, isBulk: Bool) {
    count += 1
    cost += entry.cost
    if isBulk { bulk.add(entry, of: request) } else { interactive.add(entry, of: request) }
  }

  /// Removes the photo whose turn it is and returns it; nil if none may be computed now.
  ///
  /// - Parameter allowsLarge: Whether a large photo may be computed.
  mutating func next(allowsLarge: Bool) -> Entry? {
    let early = turns >= Self.interactiveTurns ? bulk.next(allowsLarge: allowsLarge) : nil
    if let entry = early ?? interactive.next(allowsLarge: allowsLarge) {
      turns = early != nil || bulk.requests.isEmpty ? 0 : turns + 1
      return removed(entry)
    }
    turns = 0
    return removed(bulk.next(allowsLarge: allowsLarge))
  }

  /// Removes a photo that is no longer wanted; nil if it does not wait.
  mutating func remove(_ number: Int) -> Entry? {
    removed(interactive.remove(number) ?? bulk.remove(number))
  }

  private mutating func removed(_ entry: Entry?) -> Entry? {
    guard let entry else { return nil }
    count -= 1
    // Rounding errors of the sum do not remain.
    cost = count == 0 ? 0 : cost - entry.cost
    return entry
  }

  /// The photos of a class.
  private struct Line {
    /// The requests with waiting photos, the next one first.
    var requests: [(number: Int, entries: [Entry])] = []

    mutating func add(_ entry: Entry, of request: Int) {
      if let place = requests.firstIndex(where: { $0.number == request }) {
        requests[place].entries.append(entry)
      } else {
        requests.append((request, [entry]))
      }
    }

    mutating func next(allowsLarge: Bool) -> Entry? {
      for place in requests.indices {
        let index = requests[place].entries.firstIndex { allowsLarge || !$0.isLarge }
        guard let index else { continue }
        var request = requests.remove(at: place)
        let entry = request.entries.remove(at: index)
        // The others come before the request's next photo.
        if !request.entries.isEmpty { requests.append(request) }
        return entry
      }
      return nil
    }

    mutating func remove(_ number: Int) -> Entry? {
      for place in requests.indices {
        let index = requests[place].entries.firstIndex { $0.number == number }
        guard let index else { continue }
        let entry = requests[place].entries.remove(at: index)
        if requests[place].entries.isEmpty { requests.remove(at: place) }
        return entry
      }
      return nil
    }
  }
}
