import LVM
import Testing

/// A decoder without layers as the map that it is: what its head says is `offset + factor · (b + z·w)`.
struct LinearDecoder {
  /// Weights, one latent's after the other's, [l × d].
  var weights: [Double]
  var mean: [Double]
  /// Weights as loadings, [d, l].
  var loadings: Tensor

  init(_ fit: Fit, _ head: String = "decoder.mean") throws {
    let w = try #require(fit["\(head).weight"])
    let b = try #require(fit["\(head).bias"]).values
    let (l, d) = (w.dims[0], w.dims[1])
    // Only a head that is an argument as it stands has them.
    let offset = fit["\(head).offset"]?.values ?? [Double](repeating: 0, count: d)
    let factor = fit["\(head).factor"]?.values ?? [Double](repeating: 1, count: d)
    weights = w.values.indices.map { w.values[$0] * factor[$0 % d] }
    mean = (0..<d).map { offset[$0] + factor[$0] * b[$0] }
    loadings = Tensor(repeating: 0, [d, l])
    for j in 0..<l { for i in 0..<d { loadings.values[i * l + j] = weights[j * d + i] } }
  }
}
