import LVMCompute
import LVMModel

/// Where the values of a sampled latent lie, as its type and the constants of its prior say: the image of the
/// free numbers that a guide of the compiler's is a Normal of.
enum GuideRange: Hashable {
  case line, positive, simplex
  case between(Double, Double)

  init(_ latent: Variable) {
    var (low, high) = (-Double.infinity, Double.infinity)
    switch latent.type.kind {
    case .positive: low = 0
    case .unit: (low, high) = (0, 1)
    case .simplex:
      self = .simplex
      return
    case .real, .count, .integer, .binary, .category, .covariance, .correlation, .cholesky,
      .orthonormal:
      break
    }
    if case .drawn(.family(let name, _, let arguments, _)) = latent.definition {
      let own = Self.reach(LVMModel.family(name).support, arguments)
      (low, high) = (Swift.max(low, own.low), Swift.min(high, own.high))
    }
    switch (low.isFinite, high.isFinite) {
    case (true, true) where low < high: self = .between(low, high)
    case (true, false): self = .positive
    case (true, true), (false, _): self = .line
    }
  }

  /// Between which constants a family has density; infinite where there are none.
  private static func reach(_ support: Support, _ arguments: [Expression]) -> (
    low: Double, high: Double
  ) {
    switch support {
    case .positive, .nonNegative: return (0, .infinity)
    case .unit: return (0, 1)
    case .interval(let low, let high):
      guard let from = arguments[low].constantValue, let to = arguments[high].constantValue else {
        return (-.infinity, .infinity)
      }
      return (from, to)
    case .real, .realVector, .simplex, .binary, .counts, .countsUpTo, .categories, .countVector,
      .covariance, .correlation:
      return (-.infinity, .infinity)
    }
  }

  // MARK: As tensor operations

  /// Values from free numbers, with log |d value / d free| summed.
  ///
  /// Positive: exp; between limits: sigmoid; simplex: softmax of the numbers and a zero.
  func constrained(_ free: Value) -> (value: Value, logJacobian: Value) {
    let all = Array(free.shape.dims.indices)
    switch self {
    case .line: return (free, free.builder.constant(0))
    case .positive: return (free.exp(), free.sum(axes: all))
    case .between(let low, let high):
      let log = -(free.softplus()) - (-free).softplus()
      let unit = free.apply(.sigmoid)
      if (low, high) == (0, 1) { return (unit, log.sum(axes: all)) }
      let width = high - low
      return (unit * width + low, (log + width.logarithm).sum(axes: all))
    case .simplex:
      let last = free.shape.rank - 1
      var dims = free.shape.dims
      dims[last] = 1
      let zero = free.slice(axis: last, start: 0, count: 1) * 0.0
      let wide = free.builder.add(.concat(axis: last), [free, zero])
      let lse = wide.logSumExp(axes: [last]).reshape(dims)
      let log = wide - lse
      return (log.exp(), log.sum(axes: all))
    }
  }

  /// The inverse: free numbers from values, with the same log |d value / d free|.
  func unconstrained(_ value: Value) -> (free: Value, logJacobian: Value) {
    let all = Array(value.shape.dims.indices)
    // Float32 rounds what is next to an end onto it.
    func logarithm(_ x: Value) -> Value {
      x.apply(.maximum, x.builder.constant(1e-30)).log()
    }
    switch self {
    case .line: return (value, value.builder.constant(0))
    case .positive:
      let free = logarithm(value)
      return (free, free.sum(axes: all))
    case .between(let low, let high):
      let width = high - low
      let isUnit = (low, high) == (0, 1)
      let unit = isUnit ? value : (value - low) / width
      let (log, rest) = (logarithm(unit), logarithm(1.0 - unit))
      let logJacobian = isUnit ? log + rest : log + rest + width.logarithm
      return (log - rest, logJacobian.sum(axes: all))
    case .simplex:
      let last = value.shape.rank - 1
      let count = value.shape.dims[last]
      let log = logarithm(value)
      let head = log.slice(axis: last, start: 0, count: count - 1)
      return (head - log.slice(axis: last, start: count - 1, count: 1), log.sum(axes: all))
    }
  }

  // MARK: As an expression

  /// Values of a latent's type from real numbers, as many as it has.
  func constrained(_ e: Expression, _ type: ValueType) -> Expression {
    func number(_ x: Double) -> Expression { Expression(.number(x), ValueType(.real, []), e.span) }
    func combined(_ operation: Arithmetic, _ a: Expression, _ b: Expression) -> Expression {
      Expression(.arithmetic(operation, a, b), type, e.span)
    }
    switch self {
    case .line: return e
    case .positive: return Expression(.map(.exp, e), type, e.span)
    case .between(let low, let high):
      let value = Expression(.map(.sigmoid, e), type, e.span)
      if (low, high) == (0, 1) { return value }
      return combined(.add, combined(.multiply, value, number(high - low)), number(low))
    case .simplex: return Expression(.function(.softmax, [e]), type, e.span)
    }
  }
}
