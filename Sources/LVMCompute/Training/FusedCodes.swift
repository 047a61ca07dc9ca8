import CLVMKernels

extension FusedLowering {
  /// Whether an op computes each number from numbers in the same place, and has a fused kernel.
  static func isElementwise(_ op: Op) -> Bool { code(op) != nil }

  static func code(_ op: Op) -> Int? {
    switch op {
    case .unary(let function): code(function)
    case .binary(let function): code(function)
    case .select: LVM_FUSED_SELECT
    case .broadcast: LVM_FUSED_COPY
    case .parameter, .data, .constant, .ones, .cast, .reshape, .transpose, .slice, .concat, .sum,
      .max, .logSumExp, .cumsum, .sumPlate, .segmentSum, .spread, .segmentStart, .take,
      .scatterAdd, .oneHot, .contract, .cholesky, .stackedRoot, .triangularSolve, .gaussianIntegral,
      .spdSolve,
      .whitenedSquares, .weightedScatter, .spdInverse, .diagonal, .diagonalMatrix, .lowerTriangle,
      .patches, .foldPatches, .finiteChain, .finiteChainPosterior, .gaussianChain,
      .gaussianChainAdjoint,
      .gaussianChainSmoother, .stopGradient:
      nil
    }
  }

  private static func code(_ function: UnaryFunction) -> Int? {
    switch function {
    case .negate: LVM_FUSED_NEGATE
    case .exp: LVM_FUSED_EXP
    case .expm1: LVM_FUSED_EXPM1
    case .log: LVM_FUSED_LOG
    case .log1p: LVM_FUSED_LOG1P
    case .sqrt: LVM_FUSED_SQRT
    case .square: LVM_FUSED_SQUARE
    case .reciprocal: LVM_FUSED_RECIPROCAL
    case .abs: LVM_FUSED_ABS
    case .sign: LVM_FUSED_SIGN
    case .floor: LVM_FUSED_FLOOR
    case .tanh: LVM_FUSED_TANH
    case .sigmoid: LVM_FUSED_SIGMOID
    case .softplus: LVM_FUSED_SOFTPLUS
    case .relu: LVM_FUSED_RELU
    case .step: LVM_FUSED_STEP
    case .lgamma, .digamma, .trigamma, .normalCDF, .logNormalCDF: nil
    }
  }

  private static func code(_ function: BinaryFunction) -> Int? {
    switch function {
    case .add: LVM_FUSED_ADD
    case .subtract: LVM_FUSED_SUBTRACT
    case .multiply: LVM_FUSED_MULTIPLY
    case .divide: LVM_FUSED_DIVIDE
    case .maximum: LVM_FUSED_MAXIMUM
    case .minimum: LVM_FUSED_MINIMUM
    case .less: LVM_FUSED_LESS
    case .lessEqual: LVM_FUSED_LESS_EQUAL
    case .equal: LVM_FUSED_EQUAL
    case .xlogy: LVM_FUSED_XLOGY
    case .xlog1py: LVM_FUSED_XLOG1PY
    case .expDifference: LVM_FUSED_EXP_DIFFERENCE
    case .power, .logRising, .lbeta, .digammaRising: nil
    }
  }
}
