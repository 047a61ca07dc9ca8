import LVMCompute

/// ½ log 2π.
let halfLogTwoPi = 0.918_938_533_204_672_74
/// log π.
let logPi = 1.144_729_885_849_400_17
/// log 2.
let logTwo = 0.693_147_180_559_945_31

/// Shorthand in which densities are written.
extension Value {
  func constant(_ number: Double) -> Value { builder.constant(number) }

  func xlogy(_ y: Value) -> Value { y.closedLog.map { self * $0 } ?? apply(.xlogy, y) }
  func xlog1py(_ y: Value) -> Value {
    y.closedLog1p.map { self * $0 } ?? apply(.xlog1py, y)
  }
  func logRising(_ n: Value) -> Value { apply(.logRising, n) }
  func lbeta(_ b: Value) -> Value { apply(.lbeta, b) }
  func power(_ exponent: Value) -> Value { apply(.power, exponent) }
  func expm1() -> Value { apply(.expm1) }
  func abs() -> Value { apply(.abs) }
  func floor() -> Value { apply(.floor) }
  func reciprocal() -> Value { apply(.reciprocal) }
  func atLeast(_ bound: Double) -> Value { apply(.maximum, constant(bound)) }
  func atLeast(_ bound: Value) -> Value { apply(.maximum, bound) }
  func atMost(_ bound: Double) -> Value { apply(.minimum, constant(bound)) }
  func atMost(_ bound: Value) -> Value { apply(.minimum, bound) }
  /// 1 where self < other, else 0.
  func isBelow(_ other: Value) -> Value { apply(.less, other) }
  func isBelow(_ other: Double) -> Value { apply(.less, constant(other)) }
  func isAtMost(_ other: Value) -> Value { apply(.lessEqual, other) }
  func isEqual(to other: Value) -> Value { apply(.equal, other) }
  func isEqual(to other: Double) -> Value { apply(.equal, constant(other)) }
  func selected(where condition: Value, else other: Double) -> Value {
    selected(where: condition, else: constant(other))
  }

  /// log(1 − e^−self) for positive values.
  func logOneMinusExpOfNegative() -> Value { (-((-self).expm1())).log() }

  /// Sum over the last `count` dims.
  func sumLast(_ count: Int = 1) -> Value {
    let rank = shape.rank
    return sum(axes: Array((rank - count)..<rank))
  }
  func logSumExpLast() -> Value { logSumExp(axes: [shape.rank - 1]) }
  /// The same numbers with `count` more dims of size 1 at the end.
  func appendingOnes(_ count: Int) -> Value {
    reshape(shape.dims + [Int](repeating: 1, count: count))
  }

  /// Both values broadcast to their common dims (a plate is left as it is).
  func stretched(with other: Value) -> (Value, Value) {
    let dims = commonDims(shape.dims, other.shape.dims)
    return (broadcast(dims), other.broadcast(dims))
  }

  /// Σ self·other over the plate, dims broadcasting: a matrix product where they share no dim, without
  /// the product of every pair in every row.
  func plateSum(times other: Value) -> Value {
    let dims = commonDims(shape.dims, other.shape.dims)
    let (a, left) = labelled(in: dims)
    let (b, right) = other.labelled(in: dims)
    guard shape.plate != nil, other.shape.plate != nil, Set(left).isDisjoint(with: right) else {
      return (self * other).sumPlate()
    }
    let output = (left + right).sorted()
    return a.contract(b, left: left, right: right, output: output, keepsPlate: false).reshape(dims)
  }

  /// The value without its dims of size 1, and for each other dim its place in the aligned `dims`.
  func labelled(in dims: [Int]) -> (value: Value, labels: [Int]) {
    let offset = dims.count - shape.rank
    let kept = shape.dims.indices.filter { shape.dims[$0] != 1 }
    return (reshape(kept.map { shape.dims[$0] }), kept.map { $0 + offset })
  }
}

/// Dims of an elementwise operation on two arrays.
func commonDims(_ a: [Int], _ b: [Int]) -> [Int] {
  guard let shape = Shape.broadcast(Shape(a), Shape(b)) else {
    preconditionFailure("dims do not fit: \(a), \(b)")
  }
  return shape.dims
}

/// The values beside each other along a new last dim, after broadcasting to common dims.
func stacked(_ values: [Value]) -> Value {
  let dims = values.dropFirst().reduce(values[0].shape.dims) { commonDims($0, $1.shape.dims) }
  let plate = values.compactMap(\.shape.plate).first
  let zero = values.first { $0.shape.plate == plate }.map { $0 * 0.0 }
  let parts = values.map { value -> Value in
    // A part without the plate that others have joins it by an addition.
    let onPlate = value.shape.plate == plate ? value : zero.map { value + $0 } ?? value
    return onPlate.broadcast(dims).appendingOnes(1)
  }
  return values[0].builder.add(.concat(axis: dims.count), parts)
}
