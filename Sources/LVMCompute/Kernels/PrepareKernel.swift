/// Picks and prepares the kernel of a node.
struct KernelBuilder {
  let layout: PlateLayout

  /// - Parameters:
  ///   - accumulator: where a reduction over a plate adds up.
  ///   - capacity: the most instances of a plate in one block.
  func prepare(
    _ op: Op, _ inputs: [Operand], _ out: Operand, accumulator: Int?, capacity: Int
  ) -> PreparedKernel {
    switch out.dtype {
    case .f64: prepare(op, inputs, out, accumulator, capacity, Double.self)
    case .f32: prepare(op, inputs, out, accumulator, capacity, Float.self)
    }
  }

  /// A log-sum-exp over the last axes together with its softmax.
  func softmax(_ input: Operand, _ out: Operand, _ weights: Operand) -> PreparedKernel {
    switch out.dtype {
    case .f64: ReductionKernels.softmax(input, out, weights: weights, Double.self)
    case .f32: ReductionKernels.softmax(input, out, weights: weights, Float.self)
    }
  }

  private func prepare<T: Element>(
    _ op: Op, _ inputs: [Operand], _ out: Operand, _ accumulator: Int?, _ capacity: Int, _: T.Type
  ) -> PreparedKernel {
    switch op {
    case .parameter, .data, .constant:
      preconditionFailure("leaves have no kernel")
    case .ones:
      return MovementKernels.ones(out, T.self)
    case .unary(let function):
      return ElementwiseKernels.unary(function, inputs[0], out, T.self)
    case .binary(let function):
      if let product = LogProductKernels.product(function, inputs[0], inputs[1], out, T.self) {
        return product
      }
      return ElementwiseKernels.binary(function, inputs[0], inputs[1], out, T.self)
    case .select:
      return ElementwiseKernels.select(inputs[0], inputs[1], inputs[2], out, T.self)
    case .cast:
      return ElementwiseKernels.cast(inputs[0], out)
    case .reshape, .stopGradient:
      return MovementKernels.copy(inputs[0], out)
    case .transpose(let permutation):
      return MovementKernels.transpose(permutation, inputs[0], out, T.self)
    case .broadcast:
      return MovementKernels.broadcast(inputs[0], out, T.self)
    case .slice(let axis, let start, let count):
      return MovementKernels.slice(
        axis: axis, start: start, count: count, inputs[0], out, T.self)
    case .concat(let axis):
      return MovementKernels.concat(axis: axis, inputs, out, T.self)
    case .sum(let axes):
      return ReductionKernels.sum(axes, inputs[0], out, T.self)
    case .max(let axes):
      return ReductionKernels.max(axes, inputs[0], out, T.self)
    case .logSumExp(let axes):
      return ReductionKernels.logSumExp(axes, inputs[0], out, T.self)
    case .cumsum(let axis, let reversed):
      return ReductionKernels.cumsum(axis: axis, reversed: reversed, inputs[0], out, T.self)
    case .sumPlate:
      guard let accumulator else { preconditionFailure("a plate's sum needs an accumulator") }
      return ReductionKernels.sumPlate(inputs[0], accumulator: accumulator, T.self)
    case .segmentSum(let outer):
      return ReductionKernels.segmentSum(
        inputs[0], out, offsets: offsets(outer, inputs[0].shape.plate), T.self)
    case .spread(let inner):
      return ReductionKernels.spread(
        inputs[0], out, offsets: offsets(inputs[0].shape.plate, inner), T.self)
    case .segmentStart(let segment):
      let plate = out.shape.plate ?? .rows
      let starts = segment.map { offsets($0, plate) } ?? [0, layout.count(plate)]
      return ReductionKernels.segmentStart(out, offsets: starts, T.self)
    case .take:
      return IndexKernels.take(inputs[0], inputs[1], out)
    case .scatterAdd:
      return IndexKernels.scatterAdd(inputs[0], inputs[1], out, accumulator: accumulator)
    case .oneHot:
      return IndexKernels.oneHot(inputs[0], out)
    case .contract(let spec):
      return ContractKernels.contract(
        spec, inputs[0], inputs[1], out, accumulator: accumulator, capacity: capacity, T.self)
    case .cholesky:
      return MatrixKernels.cholesky(inputs[0], out)
    case .stackedRoot:
      return StackedRootKernel.prepare(inputs[0], out)
    case .triangularSolve(let transposed):
      return MatrixKernels.triangularSolve(transposed: transposed, inputs[0], inputs[1], out)
    case .gaussianIntegral:
      return MatrixKernels.gaussianIntegral(inputs[0], inputs[1], out)
    case .spdSolve:
      return MatrixKernels.spdSolve(inputs[0], inputs[1], out)
    case .whitenedSquares:
      return QuadraticKernels.whitenedSquares(inputs[0], inputs[1], inputs[2], out)
    case .weightedScatter:
      return QuadraticKernels.weightedScatter(
        inputs[0], inputs[1], inputs[2], accumulator: accumulator)
    case .spdInverse:
      return MatrixKernels.spdInverse(inputs[0], out)
    case .diagonal:
      return MatrixKernels.diagonal(inputs[0], out)
    case .diagonalMatrix:
      return MatrixKernels.diagonalMatrix(inputs[0], out)
    case .lowerTriangle(let factor):
      return MatrixKernels.lowerTriangle(diagonalFactor: factor, inputs[0], out)
    case .patches(let spec):
      return WindowKernels.patches(spec, inputs[0], out, T.self)
    case .foldPatches(let spec):
      return WindowKernels.fold(spec, inputs[0], out, T.self)
    case .finiteChain, .finiteChainPosterior, .gaussianChain, .gaussianChainAdjoint,
      .gaussianChainSmoother:
      preconditionFailure("chains run as steps of their own")
    }
  }

  private func offsets(_ outer: PlateID?, _ inner: PlateID?) -> [Int] {
    guard let outer, let inner else { preconditionFailure("a segment op without plates") }
    return layout.offsets(of: outer, into: inner)
  }
}
