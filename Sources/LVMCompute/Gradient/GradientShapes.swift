extension ReversePass {
  /// A value repeated to a whole shape, plate included.
  func expanded(_ value: Value, to shape: Shape) -> Value {
    var result = filled(value, to: shape.dims)
    if let plate = shape.plate, result.shape.plate == nil {
      result = result * builder.ones(plate).cast(result.dtype).reshape(shape.dims.map { _ in 1 })
    }
    return result
  }

  /// A value repeated to static dims.
  func filled(_ value: Value, to dims: [Int]) -> Value { value.broadcast(dims) }

  /// A value with dims of 1 in front, up to a rank.
  func aligned(_ value: Value, rank: Int) -> Value {
    let missing = rank - value.shape.rank
    return value.reshape([Int](repeating: 1, count: missing) + value.shape.dims)
  }

  /// The number of instances of a plate, as a value.
  func count(_ plate: PlateID, like value: Value) -> Value {
    builder.ones(plate).sumPlate().cast(value.dtype)
  }

  /// Sums what stands for a value of shape `full` down to `target`, undoing a broadcast.
  func reduced(_ value: Value, from full: Shape, to target: Shape) -> Value {
    let lead = full.rank - target.rank
    var g = aligned(value, rank: full.rank)
    var axes: [Int] = []
    var factor = 1
    for i in 0..<full.rank where full.dims[i] != 1 {
      let goal = i < lead ? 1 : target.dims[i - lead]
      guard goal == 1 else { continue }
      if g.shape.dims[i] == 1 { factor *= full.dims[i] } else { axes.append(i) }
    }
    var dims = g.shape.dims
    for i in axes { dims[i] = 1 }
    g = g.sum(axes: axes).reshape(Array(dims[lead...]))
    if factor != 1 { g = g * builder.number(Double(factor), like: g) }
    guard let plate = full.plate, target.plate == nil else { return g }
    return g.shape.plate == nil ? g * count(plate, like: g) : g.sumPlate()
  }

  /// The same for a product of two values, as a contraction where dims or plate are summed.
  func reducedProduct(_ x: Value, _ y: Value, from full: Shape, to target: Shape) -> Value {
    let lead = full.rank - target.rank
    let (a, b) = (aligned(x, rank: full.rank), aligned(y, rank: full.rank))
    let (p, q) = (a.shape.dims, b.shape.dims)
    let onPlate = a.shape.plate != nil || b.shape.plate != nil
    let sumsPlate = onPlate && target.plate == nil
    let kept = full.dims.indices.filter { i in
      i >= lead && target.dims[i - lead] != 1 && (p[i] != 1 || q[i] != 1)
    }
    let summed = full.dims.indices.filter { i in
      (p[i] != 1 || q[i] != 1) && !kept.contains(i)
    }
    guard sumsPlate || !summed.isEmpty else { return reduced(x * y, from: full, to: target) }
    let left = full.dims.indices.filter { p[$0] != 1 }
    let right = full.dims.indices.filter { q[$0] != 1 }
    var result = a.reshape(left.map { p[$0] }).contract(
      b.reshape(right.map { q[$0] }), left: left, right: right, output: kept,
      keepsPlate: target.plate != nil)
    result = result.reshape(
      full.dims.indices.dropFirst(lead).map { kept.contains($0) ? full.dims[$0] : 1 })
    // What neither factor shows is repeated, so it counts.
    var rest = full
    rest.dims = full.dims.indices.map { i in p[i] != 1 || q[i] != 1 ? 1 : full.dims[i] }
    for i in kept { rest.dims[i] = full.dims[i] }
    if onPlate && target.plate == nil { rest.plate = nil }
    return reduced(result, from: rest, to: target)
  }
}
