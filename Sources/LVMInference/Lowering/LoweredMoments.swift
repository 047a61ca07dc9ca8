import LVMCompute
import LVMModel

/// Mean and elementwise variance of a latent, as values on its plate without axes.
package struct LoweredMoments {
  package var mean: Lowered
  package var variance: Lowered
}

extension Fork {
  /// Mixes moments that depend on labels by the posterior of those labels: E[v] and Var[v] by the law of
  /// total variance. `table` is the log table whose cells the labels index.
  package func mixed(_ mean: Lowered, _ variance: Lowered, over table: Lowered?) -> LoweredMoments {
    let axes = Lowered.axes(of: [mean, variance])
    guard !axes.isEmpty, let table else { return LoweredMoments(mean: mean, variance: variance) }
    let weights = Lowered(
      builder.gradient(of: root, with: [table.value])[0], axes: table.axes)
    func average(_ value: Lowered) -> Lowered {
      let rank = value.event.count
      let product = Lowered.combine(
        weights.reshape(event: [Int](repeating: 1, count: rank)), value
      ) { $0 * $1 }
      return Lowered(product.value.sum(axes: Array(0..<product.axes.count)))
    }
    let centre = average(mean)
    let deviation = mean - centre
    return LoweredMoments(mean: centre, variance: average(variance + deviation * deviation))
  }
}
