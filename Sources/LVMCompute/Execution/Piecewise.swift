extension Program {
  /// Whether each row of every output depends on that row of the data alone.
  public var isRowwise: Bool {
    for node in graph.nodes {
      switch node.op {
      case .finiteChain, .finiteChainPosterior, .gaussianChain, .gaussianChainAdjoint,
        .gaussianChainSmoother, .segmentSum, .spread, .segmentStart:
        return false
      case .parameter, .data, .constant, .ones, .unary, .binary, .select, .cast, .reshape,
        .transpose, .broadcast, .slice, .concat, .sum, .max, .logSumExp, .cumsum, .sumPlate, .take,
        .scatterAdd, .oneHot, .contract, .cholesky, .stackedRoot, .triangularSolve,
        .gaussianIntegral, .spdSolve,
        .spdInverse, .whitenedSquares, .weightedScatter, .diagonal, .diagonalMatrix,
        .lowerTriangle, .patches, .foldPatches, .stopGradient:
        if let plate = node.shape.plate {
          if plate != .rows { return false }
        } else if node.inputs.contains(where: { graph.nodes[$0].shape.plate != nil }) {
          return false
        }
      }
    }
    return graph.outputs.values.allSatisfy { graph.nodes[$0].shape.plate == .rows }
  }

  /// Runs a program whose rows are independent over a table without groups, some rows at a time.
  ///
  /// - Parameters:
  ///   - body: told which rows, and the outputs of just these.
  /// - Throws: what `Executor.run` throws, and `body`.
  public func runPiecewise(
    _ data: DataColumns, parameters: [String: Tensor], runtime: Runtime,
    _ body: (_ rows: Range<Int>, _ outputs: [String: Tensor]) throws -> Void
  ) throws {
    precondition(isRowwise && data.layout.counts.count <= 1, "rows are not independent")
    let total = data.layout.count(.rows)
    let size = rowsOfPiece
    for start in stride(from: 0, to: total, by: size) {
      let rows = start..<min(start + size, total)
      let executor = Executor(self, hoisted: data.rows(rows), runtime: runtime)
      try body(rows, try executor.run(parameters))
    }
  }

  /// Rows of a piece: fewer where there are many outputs.
  public var rowsOfPiece: Int {
    let width = graph.outputs.values.reduce(1) { $0 + graph.nodes[$1].shape.count }
    return max(1024, min(65_536, Self.pieceNumbers / width)) / 1024 * 1024
  }

  /// Numbers that a piece may give.
  private static let pieceNumbers = 500_000
}
