import CLVMKernels
import Foundation
import LVMCompute

/// An array of the interpreter: where it is on rows, `dims` leads with their number.
private struct Cells {
  var dims: [Int]
  var values: [Double]
}

/// The outputs of a graph, by the plainest means: one node after the other, one number after the other.
func interpret(
  _ graph: Graph, parameters: [String: Tensor], data: [String: [Double]] = [:], rows: Int = 0
) -> [String: Tensor] {
  var cells: [Cells] = []
  for node in graph.nodes {
    let out = (node.shape.plate == nil ? [] : [rows]) + node.shape.dims
    let inputs = node.inputs.map { cells[$0] }
    let plates = node.inputs.map { graph.nodes[$0].shape.plate != nil }
    let static0 = node.inputs.first.map { graph.nodes[$0].shape.dims } ?? []
    let lead = plates.first == true ? 1 : 0
    let count = out.reduce(1, *)
    func aligned(_ k: Int) -> [Double] {
      let own = inputs[k].dims
      let lead = plates[k] ? Array(own.prefix(1)) : [1]
      let rest = Array(own.dropFirst(plates[k] ? 1 : 0))
      let full = node.shape.plate == nil ? out : out
      var dims = [Int](repeating: 1, count: full.count - rest.count) + rest
      if node.shape.plate != nil && plates[k] { dims[0] = lead[0] }
      let steps = strides(dims)
      return (0..<count).map { flat in
        let index = unravel(flat, full)
        return inputs[k].values[
          zip(index.indices, index).reduce(0) { $0 + (dims[$1.0] == 1 ? 0 : $1.1 * steps[$1.0]) }]
      }
    }
    func reduce(_ axes: [Int], _ f: ([Double]) -> Double) -> [Double] {
      let kept = inputs[0].dims.indices.filter { !axes.contains($0 - lead) }
      var groups = [[Double]](repeating: [], count: count)
      let steps = strides(kept.map { inputs[0].dims[$0] })
      for flat in inputs[0].values.indices {
        let index = unravel(flat, inputs[0].dims)
        groups[zip(kept, steps).reduce(0) { $0 + index[$1.0] * $1.1 }].append(
          inputs[0].values[flat])
      }
      return groups.map(f)
    }
    var result: [Double]
    switch node.op {
    case .parameter(let name): result = parameters[name]!.values
    case .data(let name): result = data[name]!
    case .constant(let tensor): result = tensor.values
    case .ones: result = [Double](repeating: 1, count: count)
    case .unary(let function): result = inputs[0].values.map { unary(function, $0) }
    case .binary(let function):
      result = zip(aligned(0), aligned(1)).map { binary(function, $0, $1) }
    case .select:
      let (c, a, b) = (aligned(0), aligned(1), aligned(2))
      result = c.indices.map { c[$0] != 0 ? a[$0] : b[$0] }
    case .cast, .stopGradient, .reshape: result = inputs[0].values
    case .broadcast: result = aligned(0)
    case .transpose(let order):
      let full = (lead == 1 ? [0] : []) + order.map { $0 + lead }
      let steps = strides(inputs[0].dims)
      result = (0..<count).map { flat in
        let index = unravel(flat, out)
        return inputs[0].values[zip(full, index).reduce(0) { $0 + steps[$1.0] * $1.1 }]
      }
    case .slice(let axis, let start, _):
      let steps = strides(inputs[0].dims)
      result = (0..<count).map { flat in
        var index = unravel(flat, out)
        index[axis + lead] += start
        return inputs[0].values[zip(steps, index).reduce(0) { $0 + $1.0 * $1.1 }]
      }
    case .concat(let axis):
      result = (0..<count).map { flat in
        var index = unravel(flat, out)
        var k = 0
        while index[axis + lead] >= inputs[k].dims[axis + lead] {
          index[axis + lead] -= inputs[k].dims[axis + lead]
          k += 1
        }
        return inputs[k].values[
          zip(strides(inputs[k].dims), index).reduce(0) { $0 + $1.0 * $1.1 }]
      }
    case .sum(let axes): result = reduce(axes) { $0.reduce(0, +) }
    case .max(let axes): result = reduce(axes) { $0.max()! }
    case .logSumExp(let axes):
      result = reduce(axes) { group in
        let top = group.max()!
        return top.isFinite ? top + log(group.reduce(0) { $0 + exp($1 - top) }) : top
      }
    case .sumPlate: result = reduce([-1]) { $0.reduce(0, +) }
    case .take:
      let width = inputs[0].dims.dropFirst().reduce(1, *)
      result = inputs[1].values.flatMap { inputs[0].values[(Int($0) * width)..<(Int($0 + 1) * width)] }
    case .scatterAdd:
      let width = out.dropFirst().reduce(1, *)
      result = [Double](repeating: 0, count: count)
      for (k, index) in inputs[1].values.enumerated() {
        for j in 0..<width { result[Int(index) * width + j] += inputs[0].values[k * width + j] }
      }
    case .oneHot(let size):
      result = inputs[0].values.flatMap { x in (0..<size).map { Double($0) == x ? 1 : 0 } }
    case .contract(let spec):
      let plate = -1
      let labels = [
        (plates[0] ? [plate] : []) + spec.left, (plates[1] ? [plate] : []) + spec.right,
      ]
      let output = (node.shape.plate != nil ? [plate] : []) + spec.output
      var sizes: [Int: Int] = [:]
      for k in 0..<2 { for (l, d) in zip(labels[k], inputs[k].dims) { sizes[l] = d } }
      let all = output + Set(sizes.keys).subtracting(output).sorted()
      let dims = all.map { sizes[$0]! }
      let steps = [strides(inputs[0].dims), strides(inputs[1].dims), strides(out)]
      let axes = [labels[0], labels[1], output].map { $0.map { all.firstIndex(of: $0)! } }
      result = [Double](repeating: 0, count: count)
      for flat in 0..<dims.reduce(1, *) {
        let index = unravel(flat, dims)
        let at = (0..<3).map { k in zip(axes[k], steps[k]).reduce(0) { $0 + index[$1.0] * $1.1 } }
        result[at[2]] += inputs[0].values[at[0]] * inputs[1].values[at[1]]
      }
    case .cholesky:
      result = matrices(inputs[0]) { factor($0, $1) }
    case .spdInverse:
      result = matrices(inputs[0]) { a, n in
        let l = factor(a, n)
        let inverse = solve(l, identity(n), n, n, transposed: false)
        return solve(l, inverse, n, n, transposed: true)
      }
    case .triangularSolve(let transposed):
      let (m, c) = (out[out.count - 2], out[out.count - 1])
      let batch = Array(out.dropLast(2))
      let left = spread(inputs[0], plates[0], batch, node.shape.plate != nil, m * m)
      let right = spread(inputs[1], plates[1], batch, node.shape.plate != nil, m * c)
      result = zip(left, right).flatMap { solve($0, $1, m, c, transposed: transposed) }
    case .diagonal:
      let n = static0.last!
      result = stride(from: 0, to: inputs[0].values.count, by: n * n).flatMap { base in
        (0..<n).map { inputs[0].values[base + $0 * n + $0] }
      }
    case .diagonalMatrix:
      let n = static0.last!
      result = inputs[0].values.enumerated().flatMap { k, v in
        (0..<n).map { $0 == k % n ? v : 0 }
      }
    case .lowerTriangle(let diagonal):
      let n = static0.last!
      result = inputs[0].values.enumerated().map { k, v in
        let (i, j) = (k / n % n, k % n)
        return i > j ? v : (i == j ? diagonal * v : 0)
      }
    default: preconditionFailure("the interpreter does not know \(node.op)")
    }
    precondition(result.count == count, "\(node.op) gave \(result.count) of \(count)")
    cells.append(Cells(dims: out, values: result))
  }
  return graph.outputs.mapValues { Tensor(cells[$0].dims, cells[$0].values) }
}

private func strides(_ dims: [Int]) -> [Int] {
  var steps = [Int](repeating: 1, count: dims.count)
  for i in dims.indices.dropLast().reversed() { steps[i] = steps[i + 1] * dims[i + 1] }
  return steps
}

private func unravel(_ flat: Int, _ dims: [Int]) -> [Int] {
  var rest = flat
  return strides(dims).map { step in
    let index = rest / step
    rest %= step
    return index
  }
}

private func matrices(_ cells: Cells, _ f: ([Double], Int) -> [Double]) -> [Double] {
  let n = cells.dims.last!
  return stride(from: 0, to: cells.values.count, by: n * n).flatMap {
    f(Array(cells.values[$0..<($0 + n * n)]), n)
  }
}

private func spread(
  _ cells: Cells, _ plate: Bool, _ batch: [Int], _ onPlate: Bool, _ size: Int
) -> [[Double]] {
  let rest = Array(cells.dims.dropLast(2).dropFirst(plate ? 1 : 0))
  var dims = [Int](repeating: 1, count: batch.count - rest.count) + rest
  if onPlate && plate { dims[0] = cells.dims[0] }
  let steps = strides(dims)
  return (0..<batch.reduce(1, *)).map { flat in
    let at = unravel(flat, batch).enumerated().reduce(0) {
      $0 + (dims[$1.0] == 1 ? 0 : $1.1 * steps[$1.0])
    }
    return Array(cells.values[(at * size)..<(at * size + size)])
  }
}

private func identity(_ n: Int) -> [Double] { (0..<(n * n)).map { $0 / n == $0 % n ? 1 : 0 } }

private func factor(_ a: [Double], _ n: Int) -> [Double] {
  var l = [Double](repeating: 0, count: n * n)
  for i in 0..<n {
    for j in 0...i {
      let sum = (0..<j).reduce(a[i * n + j]) { $0 - l[i * n + $1] * l[j * n + $1] }
      l[i * n + j] = i == j ? sum.squareRoot() : sum / l[j * n + j]
    }
  }
  return l
}

private func solve(_ l: [Double], _ b: [Double], _ n: Int, _ m: Int, transposed: Bool) -> [Double] {
  var x = b
  for c in 0..<m {
    for i in transposed ? Array((0..<n).reversed()) : Array(0..<n) {
      let range = transposed ? Array((i + 1)..<max(n, i + 1)) : Array(0..<i)
      var sum = x[i * m + c]
      for k in range { sum -= (transposed ? l[k * n + i] : l[i * n + k]) * x[k * m + c] }
      x[i * m + c] = sum / l[i * n + i]
    }
  }
  return x
}

private func unary(_ function: UnaryFunction, _ x: Double) -> Double {
  func c(_ f: (UnsafePointer<Double>?, UnsafeMutablePointer<Double>?, Int) -> Void) -> Double {
    var (a, r) = (x, 0.0)
    f(&a, &r, 1)
    return r
  }
  switch function {
  case .negate: return -x
  case .exp: return exp(x)
  case .expm1: return expm1(x)
  case .log: return log(x)
  case .log1p: return log1p(x)
  case .sqrt: return x.squareRoot()
  case .square: return x * x
  case .reciprocal: return 1 / x
  case .abs: return abs(x)
  case .sign: return x > 0 ? 1 : (x < 0 ? -1 : 0)
  case .floor: return floor(x)
  case .tanh: return tanh(x)
  case .sigmoid: return x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
  case .softplus: return max(x, 0) + log1p(exp(-abs(x)))
  case .relu: return max(x, 0)
  case .step: return x > 0 ? 1 : 0
  case .lgamma: return c(lvm_lgamma_f64)
  case .digamma: return c(lvm_digamma_f64)
  case .trigamma: return c(lvm_trigamma_f64)
  case .normalCDF: return c(lvm_normal_cdf_f64)
  case .logNormalCDF: return c(lvm_log_normal_cdf_f64)
  }
}

private func binary(_ function: BinaryFunction, _ x: Double, _ y: Double) -> Double {
  typealias Input = UnsafePointer<Double>?
  func c(_ f: (Input, Input, UnsafeMutablePointer<Double>?, Int) -> Void) -> Double {
    var (a, b, r) = (x, y, 0.0)
    f(&a, &b, &r, 1)
    return r
  }
  switch function {
  case .add: return x + y
  case .subtract: return x - y
  case .multiply: return x * y
  case .divide: return x / y
  case .power: return pow(x, y)
  case .maximum: return max(x, y)
  case .minimum: return min(x, y)
  case .less: return x < y ? 1 : 0
  case .lessEqual: return x <= y ? 1 : 0
  case .equal: return x == y ? 1 : 0
  case .xlogy: return c(lvm_xlogy_f64)
  case .xlog1py: return c(lvm_xlog1py_f64)
  case .logRising: return c(lvm_log_rising_f64)
  case .lbeta: return c(lvm_lbeta_f64)
  case .expDifference: return exp(x - y)
  case .digammaRising: return c(lvm_digamma_rising_f64)
  }
}
