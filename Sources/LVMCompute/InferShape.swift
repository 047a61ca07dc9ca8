/// The shape an operation gives from its inputs' shapes; precondition failures on misuse.
func inferShape(_ op: Op, _ inputs: [Shape]) -> Shape { ShapeRule(op: op, inputs: inputs).shape }

/// One operation and the shapes of its inputs.
private struct ShapeRule {
  let op: Op
  let inputs: [Shape]

  private func only() -> Shape {
    precondition(inputs.count == 1, "\(op) takes one input")
    return inputs[0]
  }

  private func removing(_ axes: [Int], _ s: Shape) -> Shape {
    precondition(axes.allSatisfy { $0 >= 0 && $0 < s.rank }, "axis out of range in \(op) on \(s)")
    return Shape(plate: s.plate, s.dims.indices.filter { !axes.contains($0) }.map { s.dims[$0] })
  }

  private func batched(_ a: [Int], _ b: [Int], _ shapes: (Shape, Shape)) -> Shape {
    guard
      let joint = Shape.broadcast(Shape(plate: shapes.0.plate, a), Shape(plate: shapes.1.plate, b))
    else { preconditionFailure("batches do not fit in \(op): \(inputs)") }
    return joint
  }

  var shape: Shape {
    switch op {
    case .parameter, .data, .constant, .ones:
      preconditionFailure("leaves are added with their shape")
    case .unary, .stopGradient, .cast:
      return only()
    case .binary:
      guard inputs.count == 2, let s = Shape.broadcast(inputs[0], inputs[1]) else {
        preconditionFailure("shapes do not fit in \(op): \(inputs)")
      }
      return s
    case .select:
      guard inputs.count == 3, let s = Shape.broadcast(inputs[1], inputs[2]),
        let t = Shape.broadcast(inputs[0], s)
      else { preconditionFailure("shapes do not fit in select: \(inputs)") }
      return t
    case .reshape(let dims):
      precondition(dims.reduce(1, *) == only().count, "reshape \(inputs[0]) to \(dims)")
      return Shape(plate: inputs[0].plate, dims)
    case .transpose(let permutation):
      precondition(permutation.sorted() == Array(only().dims.indices), "not a permutation")
      return Shape(plate: inputs[0].plate, permutation.map { inputs[0].dims[$0] })
    case .broadcast(let dims):
      precondition(
        Shape.broadcast(only(), Shape(dims))?.dims == dims,
        "cannot broadcast \(inputs[0]) to \(dims)"
      )
      return Shape(plate: inputs[0].plate, dims)
    case .slice(let axis, let start, let count):
      let s = only()
      precondition(
        axis < s.rank && start >= 0 && count >= 0 && start + count <= s.dims[axis], "slice of \(s)")
      var dims = s.dims
      dims[axis] = count
      return Shape(plate: s.plate, dims)
    case .concat(let axis):
      precondition(!inputs.isEmpty)
      var dims = inputs[0].dims
      dims[axis] = inputs.reduce(0) { $0 + $1.dims[axis] }
      for s in inputs {
        var other = s.dims
        other[axis] = dims[axis]
        precondition(other == dims, "concat of \(inputs)")
      }
      let plates = Set(inputs.compactMap(\.plate))
      precondition(plates.count <= 1, "concat over two plates")
      return Shape(plate: plates.first, dims)
    case .sum(let axes), .max(let axes), .logSumExp(let axes):
      return removing(axes, only())
    case .cumsum(let axis, _):
      precondition(axis < only().rank)
      return inputs[0]
    case .sumPlate:
      precondition(only().plate != nil, "sumPlate without a plate")
      return Shape(inputs[0].dims)
    case .segmentSum(let outer):
      precondition(only().plate.map { $0 < outer } ?? false, "segmentSum goes outwards")
      return Shape(plate: outer, inputs[0].dims)
    case .spread(let inner):
      precondition(only().plate.map { inner < $0 } ?? false, "spread goes inwards")
      return Shape(plate: inner, inputs[0].dims)
    case .segmentStart:
      precondition(only().plate != nil, "segmentStart without a plate")
      return Shape(plate: inputs[0].plate, [])
    case .take:
      precondition(inputs.count == 2 && inputs[0].plate == nil && inputs[0].rank >= 1)
      return Shape(plate: inputs[1].plate, inputs[1].dims + inputs[0].dims.dropFirst())
    case .scatterAdd(let count):
      precondition(
        inputs.count == 2 && inputs[0].rank >= inputs[1].rank
          && Array(inputs[0].dims.prefix(inputs[1].rank)) == inputs[1].dims, "scatterAdd \(inputs)")
      return Shape([count] + inputs[0].dims.dropFirst(inputs[1].rank))
    case .oneHot(let count):
      return Shape(plate: only().plate, inputs[0].dims + [count])
    case .contract(let spec):
      precondition(inputs.count == 2)
      let (a, b) = (inputs[0], inputs[1])
      precondition(
        a.rank == spec.left.count && b.rank == spec.right.count, "contract \(inputs) \(spec)")
      precondition(
        a.plate == nil || b.plate == nil || a.plate == b.plate, "contract over two plates")
      var sizes: [Int: Int] = [:]
      for (label, size) in Array(zip(spec.left, a.dims)) + Array(zip(spec.right, b.dims)) {
        precondition(sizes[label] == nil || sizes[label] == size, "contract \(inputs) \(spec)")
        sizes[label] = size
      }
      let plate = spec.keepsPlate ? (a.plate ?? b.plate) : nil
      return Shape(plate: plate, spec.output.map { sizes[$0] ?? 1 })
    case .cholesky, .spdInverse, .lowerTriangle:
      let s = only()
      precondition(s.rank >= 2 && s.dims[s.rank - 1] == s.dims[s.rank - 2], "\(op) of \(s)")
      return s
    case .stackedRoot:
      let s = only()
      precondition(s.rank >= 2, "\(op) of \(s)")
      let n = s.dims[s.rank - 1]
      return Shape(plate: s.plate, s.dims.dropLast(2) + [n, n])
    case .triangularSolve:
      precondition(inputs.count == 2 && inputs[0].rank >= 2 && inputs[1].rank >= 2)
      let (l, b) = (inputs[0], inputs[1])
      precondition(l.dims.last == b.dims[b.rank - 2], "triangularSolve \(inputs)")
      let batch = batched(Array(l.dims.dropLast(2)), Array(b.dims.dropLast(2)), (l, b))
      return Shape(plate: batch.plate, batch.dims + b.dims.suffix(2))
    case .gaussianIntegral, .spdSolve:
      precondition(inputs.count == 2 && inputs[0].rank >= 2 && inputs[1].rank >= 1)
      let (p, h) = (inputs[0], inputs[1])
      precondition(p.dims.last == h.dims.last, "\(op) \(inputs)")
      let batch = batched(Array(p.dims.dropLast(2)), Array(h.dims.dropLast(1)), (p, h))
      if case .spdSolve = op { return Shape(plate: batch.plate, batch.dims + h.dims.suffix(1)) }
      return batch
    case .whitenedSquares:
      precondition(inputs.count == 3 && inputs[0].rank == 1 && inputs[1].rank == 2)
      let (d, k) = (inputs[0].dims[0], inputs[1].dims[0])
      precondition(inputs[1].dims == [k, d] && inputs[2].dims == [k, d, d], "\(op) \(inputs)")
      precondition(inputs[1].plate == nil && inputs[2].plate == nil, "\(op) \(inputs)")
      return Shape(plate: inputs[0].plate, [k])
    case .weightedScatter:
      precondition(inputs.count == 3 && inputs[0].rank == 1 && inputs[1].rank == 2)
      let (d, k) = (inputs[0].dims[0], inputs[1].dims[0])
      precondition(inputs[1].dims == [k, d] && inputs[2].dims == [k], "\(op) \(inputs)")
      precondition(inputs[0].plate != nil && inputs[0].plate == inputs[2].plate, "\(op) \(inputs)")
      return Shape([k, d + d * d])
    case .diagonal:
      let s = only()
      precondition(s.rank >= 2 && s.dims[s.rank - 1] == s.dims[s.rank - 2], "diagonal of \(s)")
      return Shape(plate: s.plate, Array(s.dims.dropLast()))
    case .diagonalMatrix:
      let s = only()
      precondition(s.rank >= 1)
      return Shape(plate: s.plate, s.dims + s.dims.suffix(1))
    case .patches(let spec):
      let s = only()
      precondition(s.rank >= 3 && Array(s.dims.dropLast().suffix(2)) == spec.image, "\(op) of \(s)")
      let channels = s.dims[s.rank - 1]
      return Shape(
        plate: s.plate,
        s.dims.dropLast(3) + spec.result + [spec.kernel[0] * spec.kernel[1] * channels])
    case .foldPatches(let spec):
      let s = only()
      let seen = spec.kernel[0] * spec.kernel[1]
      precondition(
        s.rank >= 3 && Array(s.dims.dropLast().suffix(2)) == spec.result
          && s.dims[s.rank - 1] % seen == 0, "\(op) of \(s)")
      return Shape(
        plate: s.plate, s.dims.dropLast(3) + spec.image + [s.dims[s.rank - 1] / seen])
    case .finiteChain(let segment):
      return Shape(plate: segment, [])
    case .finiteChainPosterior:
      let k = inputs[2].dims[0]
      return Shape(plate: inputs[2].plate, [k + k * k])
    case .gaussianChain(let segment):
      return Shape(plate: segment, [])
    case .gaussianChainAdjoint:
      return Shape(plate: inputs[8].plate, [inputs.prefix(9).reduce(0) { $0 + $1.count }])
    case .gaussianChainSmoother:
      let s = inputs[0].count
      return Shape(plate: inputs[8].plate, [s + s * s])
    }
  }
}
