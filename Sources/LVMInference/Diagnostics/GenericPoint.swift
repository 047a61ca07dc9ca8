import LVMCompute
import LVMModel

/// Points of an unconstrained space at which no parameter has a special value.
extension UnconstrainedSpace {
  /// The free numbers of all parameters of a model that its likelihood depends on, as many as the degrees of freedom;
  /// nil where a parameter has no minimal chart. In a basis the numbers of real parameters are its coordinates.
  init?(movingWhatIsReadIn model: ModelGraph, basis: PredictorBasis? = nil) {
    let used = Set(model.estimatedParameters(readBy: .variables).map(\.id))
    let all = model.estimatedParameters()
    let space = UnconstrainedSpace(
      all, policy: .minimal, preconditioner: basis?.preconditioner)
    var unused: [String: Set<Int>] = [:]
    for p in all where !used.contains(p.id) { unused[p.name] = Set(0..<p.count) }
    self = space.holding(unused, at: [:])
    guard isMinimal else { return nil }
  }

  /// Of each coordinate, the parameter it belongs to.
  var parameters: [VariableID] {
    blocks.flatMap { b in b.range.map { _ in b.id } }
  }

  /// Values of parameters as a point, off every place that is special: values that are equal, roots without entries
  /// off the diagonal, edges of ranges.
  ///
  /// - Parameters:
  ///   - share: how far off, where 1 is far.
  ///   - narrow: by how much spreads are smaller than the values say, in logarithms.
  func generic(
    _ values: [String: Tensor], share: Double, narrow: Double = 0, _ random: inout RandomStream
  ) -> [Double] {
    var result = point(of: values)
    for b in blocks {
      let n = Swift.max(1, b.dims.last ?? 1)
      for (place, entry) in zip(b.range, b.entries) {
        let z = random.normal()
        let x = result[place]
        switch b.chart {
        case .identity: result[place] = x + 0.1 * share * z * Swift.abs(x)
        case .exponential: result[place] = (x.isFinite ? x : -7) + share * z - narrow
        case .logistic, .softmax, .squareRoot, .squareRootShare:
          result[place] = Swift.min(6, Swift.max(-6, x.isNaN ? 0 : x)) + share * z
        case .logCholesky, .logCholeskyProduct:
          // Below the diagonal in units of the row's own spread.
          let isBelow = entry % n < entry / n % n
          result[place] =
            isBelow ? x + share * z : (x.isFinite ? x : -7) + share * z - narrow
        case .unitRows: result[place] = x + share * z
        case .orthonormalColumns: break
        }
      }
    }
    return result
  }

  /// How far coordinates may be moved for a change that matters: real ones by a share of their size.
  func reach(at point: [Double]) -> [Double] {
    blocks.flatMap { b in
      point[b.range].map { b.chart == .identity ? Swift.max(Swift.abs($0), 1e-2) : 1 }
    }
  }
}
