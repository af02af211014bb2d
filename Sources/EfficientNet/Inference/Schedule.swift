internal import EfficientNetCompute

/// The division of a plan's steps into pieces for a number of threads.
///
/// The division does not change the results.
struct Schedule: Sendable {
  /// A part of a step. `rows` are pixels of a product, or rows of a layer with a filter. `columns`
  /// are weight panels, or slabs of channels.
  struct Piece: Hashable, Sendable {
    var rows: Range<Int>
    var columns: Range<Int>

    /// The rows of the piece if a step computes the pixels of several images like those of one.
    func rows(of images: Int) -> Range<Int> {
      rows.lowerBound * images..<rows.upperBound * images
    }
  }

  let pieces: [[Piece]]

  init(_ plan: Plan, kernels: Kernels, threads: Int) {
    let split = WorkSplit(threads: threads)
    pieces = plan.steps.map { step in
      let output = plan.buffers[step.output].layout
      func panels(_ layer: ProductLayer) -> Int { kernels.panels(columns: layer.columns) }
      func inColumns(_ count: Int) -> [Piece] {
        split.ranges(of: count).map { Piece(rows: 0..<1, columns: $0) }
      }
      func inRows(_ count: Int, columns: Int) -> [Piece] {
        split.ranges(of: count).map { Piece(rows: $0, columns: 0..<columns) }
      }
      switch step.kernel {
      case .product(let layer):
        // With few pixels, threads share the columns, so that fewer weights are read twice; with
        // many pixels, they share the rows.
        return output.pixels < layer.columns
          ? split.columns(panels(layer), rows: output.pixels)
          : inRows(output.pixels, columns: panels(layer))
      case .convolution(let layer):
        return inRows(layer.window.outputHeight, columns: panels(layer.product))
      case .separable(let layer), .averagePool(let layer):
        return split.columns(layer.slabs, rows: layer.window.outputHeight)
      case .squeeze(_, let layer):
        return inColumns(layer.map(panels) ?? 1)
      case .excite(_, .weights):
        return inColumns(MapLayout.slabCount(plan.buffers[step.second ?? 0].layout.channels))
      case .excite(_, .map):
        return inColumns(output.slabs)
      case .pooledProduct(let layer):
        return inColumns(panels(layer))
      }
    }
  }
}

/// The division of a plan's steps for the threads of a pool, and for a single thread.
struct Schedules: Sendable {
  let shared, whole: Schedule

  init(_ engine: Engine, pool: ThreadPool) {
    shared = Schedule(engine.plan, kernels: engine.kernels, threads: pool.threads)
    whole = pool.threads == 1 ? shared : Schedule(engine.plan, kernels: engine.kernels, threads: 1)
  }
}

/// The division of items among threads.
struct WorkSplit {
  let threads: Int

  /// Divides `0..<count` into consecutive ranges of nearly equal length.
  ///
  /// There are more ranges than threads, so that a thread that is busy elsewhere delays no other
  /// thread.
  func ranges(of count: Int) -> [Range<Int>] {
    let pieces = min(threads == 1 ? 1 : 4 * threads, count)
    return (0..<pieces).map { count * $0 / pieces..<count * ($0 + 1) / pieces }
  }

  /// Divides columns (slabs of channels or weight panels) of `rows` rows each. Threads get equal
  /// numbers of whole columns; the remaining columns are cut into rows. Rows are cut as little as
  /// possible, since adjacent rows of a filter need the same inputs.
  ///
  /// The cut columns are in the middle: the caller takes pieces from the front and the other
  /// threads from the back, so the small pieces come last.
  func columns(_ count: Int, rows: Int) -> [Schedule.Piece] {
    guard threads > 1 else { return [Schedule.Piece(rows: 0..<rows, columns: 0..<count)] }
    let whole = count / threads * threads
    let bands = min(threads, rows)
    func piece(_ column: Int, _ rows: Range<Int>) -> Schedule.Piece {
      Schedule.Piece(rows: rows, columns: column..<column + 1)
    }
    let cut = (whole..<count).flatMap { column in
      (0..<bands).map { piece(column, rows * $0 / bands..<rows * ($0 + 1) / bands) }
    }
    let mine = whole / threads
    return (0..<mine).map { piece($0, 0..<rows) } + cut
      + (mine..<whole).map { piece($0, 0..<rows) }
  }
}
