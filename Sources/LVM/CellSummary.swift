import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// What is known of the cells that some rows of a mixture speak of, in the columns' own units, [instances, size].
struct CellSummary {
  var mean: [Double] = []
  var sd: [Double] = []
  /// 5% and 95% quantiles; empty where they were not asked for.
  var q5: [Double] = []
  var q95: [Double] = []
  /// Whether numbers had to be drawn.
  var isDrawn = false

  /// Moments alone.
  ///
  /// - Throws: `QueryError` where they have no closed form.
  init(_ mixture: Mixture, _ model: ModelGraph, _ preparation: LVMData.Preparation?) throws {
    (mean, sd) = try mixture.moments(model, preparation)
  }

  /// Moments and quantiles, from draws where they are not known otherwise.
  ///
  /// - Parameters:
  ///   - asked: cells whose quantiles are wanted, for those of a mixture of many contexts are dear; nil for all.
  ///   - draws: draws of each cell in prepared units.
  init(
    _ mixture: Mixture, _ model: ModelGraph, _ preparation: LVMData.Preparation?, asked: [Bool]?,
    draws: () throws -> [[Double]]
  ) throws {
    let size = mixture.size
    func undone(_ x: Double, _ cell: Int) -> Double {
      preparation?.columns[cell % size].undo(x) ?? x
    }
    let moments = try? mixture.moments(model, preparation)
    let quantiles = try mixture.quantiles([0.05, 0.95], asked: asked)
    let own =
      moments == nil || quantiles == nil
      ? try draws().enumerated().map { cell, x in x.map { undone($0, cell) }.sorted() } : []
    isDrawn = !own.isEmpty
    if let moments {
      (mean, sd) = moments
    } else {
      for x in own {
        let m = x.reduce(0, +) / Double(x.count)
        mean.append(m)
        sd.append((x.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(x.count)).squareRoot())
      }
    }
    for cell in 0..<(mixture.instances.count * size) {
      if let quantiles {
        let ends = [undone(quantiles[0][cell], cell), undone(quantiles[1][cell], cell)]
        // A negative scale turns the ends round.
        q5.append(min(ends[0], ends[1]))
        q95.append(max(ends[0], ends[1]))
      } else {
        let x = own[cell]
        q5.append(x[Int(0.05 * Double(x.count))])
        q95.append(x[Int(0.95 * Double(x.count))])
      }
    }
  }
}

/// Where each instance of a mixture stands in the table: one row, or all rows of a group.
struct Spreading {
  /// Of each instance, its rows of the table.
  let rows: [[Int]]
  private let size: Int

  init(_ bound: BoundModel, _ mixture: Mixture) {
    size = mixture.size
    let order = bound.data.order
    if mixture.plate == 0 {
      rows = mixture.instances.map { [order[$0]] }
    } else {
      let offsets = bound.data.columns.layout.offsets(of: PlateID(mixture.plate), into: .rows)
      rows = mixture.instances.map { offsets[$0]..<offsets[$0 + 1] }.map { $0.map { order[$0] } }
    }
  }

  /// Calls `body` with instance, entry, and the place of the cell in a row-major table.
  func each(_ body: (Int, Int, Int) throws -> Void) rethrows {
    for (i, places) in rows.enumerated() {
      for j in 0..<size { for row in places { try body(i, j, row * size + j) } }
    }
  }
}
