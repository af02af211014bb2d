/// Minimises a smooth convex function by L-BFGS with a backtracking line search.
///
/// Source: Nocedal & Wright, Numerical Optimization, algorithms 7.4, 7.5 and 3.1.
struct LimitedMemoryBFGS {
  /// The norm of the gradient at which to stop, relative to the first gradient's norm or to 1,
  /// whichever is larger.
  var tolerance: Double
  var memory = 10
  var mostSteps = 500

  /// Returns the point of the minimum of a function that returns its value and its gradient.
  func minimum(
    from start: [Double], of function: ([Double]) -> (loss: Double, gradient: [Double])
  ) -> [Double] {
    var place = start
    var (loss, gradient) = function(place)
    let goal = tolerance * max(1, length(gradient))
    var history: [(step: [Double], change: [Double], curvature: Double)] = []
    for _ in 0..<mostSteps where length(gradient) > goal {
      var direction = descent(gradient, history)
      var slope = dot(direction.span, gradient.span)
      if slope >= 0 {
        // Rounding errors have spoiled the history.
        history = []
        direction = gradient.map { -$0 }
        slope = dot(direction.span, gradient.span)
      }
      var size = history.isEmpty ? 1 / max(1, length(gradient)) : 1
      var next = function(moved(place, size, direction))
      while next.loss > loss + 1e-4 * size * slope {
        size /= 2
        if size < 1e-12 { return place }
        next = function(moved(place, size, direction))
      }
      let change = zip(next.gradient, gradient).map { $0 - $1 }
      let step = direction.map { size * $0 }
      place = moved(place, size, direction)
      (loss, gradient) = next
      let curvature = dot(step.span, change.span)
      guard curvature > 1e-12 * dot(change.span, change.span) else { continue }
      history.append((step, change, curvature))
      if history.count > memory { history.removeFirst() }
    }
    return place
  }

  private func moved(_ place: [Double], _ size: Double, _ direction: [Double]) -> [Double] {
    zip(place, direction).map { $0 + size * $1 }
  }

  private func length(_ x: [Double]) -> Double { dot(x.span, x.span).squareRoot() }

  /// Minus the gradient times the approximate inverse Hessian.
  private func descent(
    _ gradient: [Double], _ history: [(step: [Double], change: [Double], curvature: Double)]
  ) -> [Double] {
    var q = gradient
    var shares: [Double] = []
    for (step, change, curvature) in history.reversed() {
      let share = dot(step.span, q.span) / curvature
      for index in q.indices { q[index] -= share * change[index] }
      shares.append(share)
    }
    if let (_, change, curvature) = history.last {
      let scale = curvature / dot(change.span, change.span)
      for index in q.indices { q[index] *= scale }
    }
    for ((step, change, curvature), share) in zip(history, shares.reversed()) {
      let difference = share - dot(change.span, q.span) / curvature
      for index in q.indices { q[index] += difference * step[index] }
    }
    return q.map { -$0 }
  }
}
