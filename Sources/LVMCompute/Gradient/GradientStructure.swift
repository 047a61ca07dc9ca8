extension ReversePass {
  /// Rules of ops that move values.
  func propagate(_ g: Value, throughStructure node: Value) {
    let inputs = inputs(node)
    let shape = node.shape
    let x = inputs[0]
    switch builder.nodes[node.id].op {
    case .select:
      let zero = builder.number(0, like: node)
      send(inputs[1], g.selected(where: x, else: zero), at: shape)
      send(inputs[2], zero.selected(where: x, else: g), at: shape)
    case .cast:
      sendExact(x, g)
    case .reshape:
      sendExact(x, g.shape.count == 1 ? g.reshape([]) : filled(g, to: shape.dims).reshape(x.shape.dims))
    case .transpose(let permutation):
      var inverse = permutation
      for (i, p) in permutation.enumerated() { inverse[p] = i }
      sendExact(x, aligned(g, rank: shape.rank).transpose(inverse))
    case .broadcast:
      send(x, g, at: shape)
    case .slice(let axis, let start, let count):
      guard reaches[x.id] else { return }
      let full = filled(g, to: shape.dims)
      func zeros(_ n: Int) -> [Value] {
        var dims = shape.dims
        dims[axis] = n
        return n == 0 ? [] : [builder.constant(Tensor(repeating: 0, dims), dtype: g.dtype)]
      }
      let parts = zeros(start) + [full] + zeros(x.shape.dims[axis] - start - count)
      add(parts.count == 1 ? full : builder.add(.concat(axis: axis), parts), to: x.id)
    case .concat(let axis):
      let g = aligned(g, rank: shape.rank)
      var start = 0
      for input in inputs {
        let count = input.shape.dims[axis]
        var part = shape
        part.dims[axis] = count
        let from = start
        send(
          input, g.shape.dims[axis] == 1 && shape.dims[axis] != 1
            ? g : g.slice(axis: axis, start: from, count: count), at: part)
        start += count
      }
    default:
      preconditionFailure("not an op of structure")
    }
  }

  /// Rules of reductions and of ops along plates and by index.
  func propagate(_ g: Value, throughReduction node: Value) {
    let inputs = inputs(node)
    let x = inputs[0]
    func restored(_ value: Value, _ axes: [Int]) -> Value {
      var dims = aligned(value, rank: node.shape.rank).shape.dims
      for axis in axes.sorted() { dims.insert(1, at: axis) }
      return value.reshape(dims)
    }
    switch builder.nodes[node.id].op {
    case .sum(let axes):
      sendExact(x, restored(g, axes))
    case .max(let axes):
      guard reaches[x.id] else { return }
      let attained = x.apply(.equal, restored(node, axes))
      let ties = restored(attained.sum(axes: axes), axes)
      add(restored(g, axes) * attained / ties, to: x.id)
    case .logSumExp(let axes):
      sendExact(x, restored(g, axes) * x.apply(.expDifference, restored(node, axes)))
    case .cumsum(let axis, let reversed):
      sendExact(
        x, builder.add(.cumsum(axis: axis, reversed: !reversed), [filled(g, to: node.shape.dims)]))
    case .sumPlate:
      sendExact(x, g)
    case .segmentSum:
      guard reaches[x.id], let inner = x.shape.plate else { return }
      add(g.shape.plate == nil ? g : g.spread(inner), to: x.id)
    case .spread(let inner):
      guard reaches[x.id], let outer = x.shape.plate else { return }
      let whole = g.shape.plate == nil ? expanded(g, to: Shape(plate: inner, g.shape.dims)) : g
      add(whole.segmentSum(outer), to: x.id)
    case .take:
      guard reaches[x.id] else { return }
      let g = expanded(g, to: node.shape)
      add(builder.add(.scatterAdd(count: x.shape.dims[0]), [g, inputs[1]]), to: x.id)
    case .scatterAdd:
      sendExact(x, builder.add(.take, [filled(g, to: node.shape.dims), inputs[1]]))
    default:
      preconditionFailure("not a reduction")
    }
  }
}
