/// Neighbouring nodes of a sweep that one kernel computes together.
///
/// A log-sum-exp and the softmax its gradient asks for, which is `expDifference` of the same values and
/// the result, share their exponentials: the softmax is written when the log-sum-exp is.
struct Fusion {
  /// Softmax by log-sum-exp.
  private(set) var softmax: [Int: Int] = [:]
  /// Nodes without a kernel of their own.
  private(set) var absorbed: Set<Int> = []

  /// - Parameters:
  ///   - members: the sweep's nodes, in order.
  ///   - aliases: nodes that share their input's memory, with that input.
  init(_ members: [Int], _ nodes: [Node], aliases: [Int: Int]) {
    func root(_ i: Int) -> Int {
      var i = i
      while let source = aliases[i] { i = source }
      return i
    }
    let local = Set(members)
    for i in members {
      guard case .binary(.expDifference) = nodes[i].op else { continue }
      let (values, total) = (nodes[i].inputs[0], root(nodes[i].inputs[1]))
      guard local.contains(total), softmax[total] == nil,
        case .logSumExp(let axes) = nodes[total].op
      else { continue }
      let input = nodes[total].inputs[0]
      guard root(input) == root(values), nodes[input].shape == nodes[i].shape,
        nodes[values].shape == nodes[i].shape, nodes[values].dtype == nodes[i].dtype,
        Fusion.isLast(axes, nodes[input].shape, restored: nodes[nodes[i].inputs[1]].shape)
      else { continue }
      softmax[total] = i
      absorbed.insert(i)
    }
  }

  /// Whether axes are the last ones (but for axes of size 1), and the result stretches along them alone.
  private static func isLast(_ axes: [Int], _ shape: Shape, restored: Shape) -> Bool {
    let dims = shape.dims
    guard shape.plate == restored.plate, restored.dims.count == dims.count else { return false }
    guard let first = axes.filter({ dims[$0] != 1 }).min() else { return false }
    return dims.indices.allSatisfy { axis in
      let summed = axes.contains(axis)
      return restored.dims[axis] == (summed ? 1 : dims[axis])
        && (axis < first || summed || dims[axis] == 1)
    }
  }
}
