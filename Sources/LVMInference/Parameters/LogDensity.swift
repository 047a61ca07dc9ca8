import LVMCompute

/// A function of a point with its gradient, to be maximised or sampled: the logarithm of a density, up to a
/// constant.
///
/// Conformers keep executors, and where nodes of quadrature were last: one is for one search at a time.
public protocol LogDensity {
  /// How many coordinates a point has.
  var dimension: Int { get }
  /// Value and gradient; not finite where there is none.
  func evaluate(at point: [Double]) throws -> (value: Double, gradient: [Double])
}

/// What a tensor program says of the free numbers of a space: a scalar and its gradient.
struct ProgramDensity: LogDensity {
  static let root = "$root"

  let space: UnconstrainedSpace
  /// Inputs of the program beside the space's own.
  let fixed: [String: Tensor]
  /// The scalar's name among the outputs.
  var output = Self.root
  let run: ([String: Tensor]) throws -> [String: Tensor]

  var dimension: Int { space.dimension }

  func evaluate(at point: [Double]) throws -> (value: Double, gradient: [Double]) {
    let out = try run(space.inputs(at: point, beside: fixed))
    return (out[output]?.values.first ?? .nan, space.gradient(out))
  }
}
