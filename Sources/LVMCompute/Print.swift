extension Graph {
  /// The program as text: a line a node with its index, op, inputs, shape, number format, arithmetic
  /// and bytes written (both per instance where it is on a plate); then the outputs.
  public var listing: String {
    var lines = nodes.indices.map { i in
      let node = nodes[i]
      let inputs = node.inputs.map { "%\($0)" }.joined(separator: " ")
      let call = node.inputs.isEmpty ? node.op.text : "\(node.op.text) \(inputs)"
      let bytes = node.shape.count * node.dtype.byteCount
      return "%\(i) = \(call) : \(node.dtype)\(node.shape)  \(flops(node)) flops, \(bytes) bytes"
    }
    for (name, index) in outputs.sorted(by: { $0.key < $1.key }) {
      lines.append("output \(name) = %\(index)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Additions, multiplications and function values of a node, per instance of its plate.
  func flops(_ node: Node) -> Int {
    let shapes = node.inputs.map { nodes[$0].shape }
    let count = node.shape.count
    switch node.op {
    case .parameter, .data, .constant, .ones, .reshape, .transpose, .broadcast, .slice, .concat,
      .spread, .segmentStart, .take, .oneHot, .diagonal, .diagonalMatrix, .patches, .stopGradient:
      return 0
    case .unary, .binary, .select, .cast, .cumsum, .lowerTriangle:
      return count
    case .sum, .max, .sumPlate, .segmentSum, .scatterAdd, .foldPatches:
      return shapes[0].count
    case .logSumExp:
      return 3 * shapes[0].count
    case .contract(let spec):
      var sizes: [Int: Int] = [:]
      for (label, size) in zip(spec.left + spec.right, shapes[0].dims + shapes[1].dims) {
        sizes[label] = size
      }
      return 2 * sizes.values.reduce(1, *)
    case .stackedRoot:
      return 2 * shapes[0].count * (shapes[0].dims.last ?? 1)
    case .cholesky, .spdInverse:
      return shapes[0].count * (shapes[0].dims.last ?? 1)
    case .triangularSolve:
      return count * (shapes[0].dims.last ?? 1)
    case .whitenedSquares, .weightedScatter:
      return shapes[1].count * (shapes[0].count + 3)
    case .gaussianIntegral, .spdSolve:
      return shapes[0].count * (shapes[0].dims.last ?? 1) / 3 + 2 * shapes[0].count
    case .finiteChain, .finiteChainPosterior:
      return 4 * shapes[2].count * shapes[2].count
    case .gaussianChain, .gaussianChainAdjoint, .gaussianChainSmoother:
      let states = shapes[0].count
      return 4 * states * states * (states + shapes[8].count)
    }
  }
}

extension Op {
  /// The op as the listing shows it.
  var text: String {
    switch self {
    case .parameter(let name): "parameter '\(name)'"
    case .data(let name): "data '\(name.replacing("\u{0}", with: ""))'"
    case .constant(let tensor):
      tensor.count == 1 ? "constant \(tensor.values[0])" : "constant"
    case .ones: "ones"
    case .unary(let function): function.rawValue
    case .binary(let function): function.rawValue
    case .select: "select"
    case .cast(let type): "cast \(type)"
    case .reshape(let dims): "reshape \(dims)"
    case .transpose(let permutation): "transpose \(permutation)"
    case .broadcast(let dims): "broadcast \(dims)"
    case .slice(let axis, let start, let count): "slice axis \(axis) \(start)..<\(start + count)"
    case .concat(let axis): "concat axis \(axis)"
    case .sum(let axes): "sum \(axes)"
    case .max(let axes): "max \(axes)"
    case .logSumExp(let axes): "logSumExp \(axes)"
    case .cumsum(let axis, let reversed): "cumsum axis \(axis)\(reversed ? " reversed" : "")"
    case .sumPlate: "sumPlate"
    case .segmentSum(let plate): "segmentSum to plate \(plate.index)"
    case .spread(let plate): "spread to plate \(plate.index)"
    case .segmentStart(let plate): "segmentStart\(plate.map { " of plate \($0.index)" } ?? "")"
    case .whitenedSquares: "whitenedSquares"
    case .weightedScatter: "weightedScatter"
    case .take: "take"
    case .scatterAdd(let count): "scatterAdd \(count)"
    case .oneHot(let count): "oneHot \(count)"
    case .contract(let spec): "contract \(spec.text)"
    case .cholesky: "cholesky"
    case .stackedRoot: "stackedRoot"
    case .triangularSolve(let transposed):
      transposed ? "triangularSolve transposed" : "triangularSolve"
    case .gaussianIntegral: "gaussianIntegral"
    case .spdSolve: "spdSolve"
    case .spdInverse: "spdInverse"
    case .diagonal: "diagonal"
    case .diagonalMatrix: "diagonalMatrix"
    case .lowerTriangle(let factor): "lowerTriangle \(factor)"
    case .finiteChain: "finiteChain"
    case .finiteChainPosterior: "finiteChainPosterior"
    case .gaussianChain: "gaussianChain"
    case .gaussianChainAdjoint: "gaussianChainAdjoint"
    case .gaussianChainSmoother: "gaussianChainSmoother"
    case .patches(let spec): "patches \(spec.text)"
    case .foldPatches(let spec): "foldPatches \(spec.text)"
    case .stopGradient: "stopGradient"
    }
  }
}

extension WindowSpec {
  /// As in `3×3 stride 2×2 on 28×28`.
  fileprivate var text: String {
    func by(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "×") }
    return "\(by(kernel)) stride \(by(stride)) on \(by(image))"
  }
}

extension ContractSpec {
  /// As einsum writes it: `ij,jk->ik`, with a dot where the plate is summed.
  fileprivate var text: String {
    func letters(_ labels: [Int]) -> String {
      labels.map { label in
        UnicodeScalar(0x69 + label).flatMap { label < 18 ? String($0) : nil } ?? "(\(label))"
      }.joined()
    }
    return "\(letters(left)),\(letters(right))->\(letters(output))\(keepsPlate ? "" : ".")"
  }
}
