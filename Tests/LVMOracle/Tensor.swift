/// A value with its dimensions, row-major.
struct Tensor: Equatable {
  var dims: [Int]
  var values: [Double]

  init(_ dims: [Int], _ values: [Double]) {
    self.dims = dims
    self.values = values
  }

  init(_ scalar: Double) { self.init([], [scalar]) }

  var rank: Int { dims.count }

  /// Number of elements of a shape.
  static func count(_ dims: [Int]) -> Int { dims.reduce(1, *) }

  /// The part at a position of the leading dimension.
  func leading(_ i: Int) throws -> Tensor {
    guard let first = dims.first else { throw OracleError.shape("a scalar has no parts") }
    guard i >= 0, i < first else { throw OracleError.indexOutOfRange(i + 1, size: first) }
    let rest = Array(dims.dropFirst())
    let n = Tensor.count(rest)
    return Tensor(rest, Array(values[i * n..<(i + 1) * n]))
  }

  func map(_ f: (Double) throws -> Double) rethrows -> Tensor { Tensor(dims, try values.map(f)) }

  /// Elementwise, dimensions aligned from the right.
  static func combine(_ a: Tensor, _ b: Tensor, _ f: (Double, Double) -> Double) throws -> Tensor {
    if a.dims == b.dims { return Tensor(a.dims, zip(a.values, b.values).map(f)) }
    if a.dims.isEmpty { return b.map { f(a.values[0], $0) } }
    if b.dims.isEmpty { return a.map { f($0, b.values[0]) } }
    let dims = try broadcast(a.dims, b.dims)
    let x = try a.expanded(to: dims)
    let y = try b.expanded(to: dims)
    return Tensor(dims, zip(x.values, y.values).map(f))
  }

  static func broadcast(_ a: [Int], _ b: [Int]) throws -> [Int] {
    let rank = max(a.count, b.count)
    return try (0..<rank).map { i in
      let x = i < rank - a.count ? 1 : a[i - rank + a.count]
      let y = i < rank - b.count ? 1 : b[i - rank + b.count]
      guard x == y || x == 1 || y == 1 else { throw OracleError.shape("\(a) against \(b)") }
      return max(x, y)
    }
  }

  /// This value repeated to a larger shape, dimensions aligned from the right.
  func expanded(to target: [Int]) throws -> Tensor {
    if dims == target { return self }
    if values.count == 1 {
      return Tensor(target, Array(repeating: values[0], count: Tensor.count(target)))
    }
    guard dims.count <= target.count else { throw OracleError.shape("\(dims) to \(target)") }
    let padded = Array(repeating: 1, count: target.count - dims.count) + dims
    for (have, want) in zip(padded, target) where have != want && have != 1 {
      throw OracleError.shape("\(dims) to \(target)")
    }
    var result: [Double] = []
    result.reserveCapacity(Tensor.count(target))
    func walk(_ axis: Int, _ offset: Int) {
      if axis == target.count {
        result.append(values[offset])
        return
      }
      for i in 0..<target[axis] {
        walk(axis + 1, offset * padded[axis] + (padded[axis] == 1 ? 0 : i))
      }
    }
    walk(0, 0)
    return Tensor(target, result)
  }
}
