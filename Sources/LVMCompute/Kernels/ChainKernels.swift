/// Whole-plate steps of chains: the segments are the tasks, each scanned by one worker.
///
/// A step is prepared for a data set's layout: `frame` holds full-length values.
struct ChainStep {
  /// Doubles of work space per worker.
  let workspaceCount: Int
  let segments: [Range<Int>]
  /// Scans one segment.
  let scan: (Frame, _ segment: Int, UnsafeMutablePointer<Double>) -> Void

  /// - Parameter segments: row ranges of the plate the chain runs over.
  init(_ op: Op, _ inputs: [Operand], _ out: Operand, segments: [Range<Int>]) {
    self.segments = segments
    let longest = segments.map(\.count).max() ?? 0
    func finite(_ frame: Frame) -> FiniteChainKernel {
      let all = inputs.map { ChainStep.input(frame, $0) }
      return FiniteChainKernel(
        states: inputs[2].count, logInitial: all[0], logTransition: all[1], logEmission: all[2])
    }
    func gaussian(_ frame: Frame) -> GaussianChainKernel {
      let all = inputs.map { ChainStep.input(frame, $0) }
      return GaussianChainKernel(
        states: inputs[0].count, observations: inputs[8].count,
        inputs: .init(
          m0: all[0], p0: all[1], a: all[2], b: all[3], q: all[4], c: all[5], d: all[6],
          r: all[7], y: all[8], mask: all[9]))
    }
    // Work space depends on sizes alone: ask a kernel over nothing.
    let nothing = UnsafeMutablePointer<Double>.allocate(capacity: 1)
    defer { nothing.deallocate() }
    let none = ChainInput(UnsafePointer(nothing), stride: 0)
    func emptyGaussian() -> GaussianChainKernel {
      GaussianChainKernel(
        states: inputs[0].count, observations: inputs[8].count,
        inputs: .init(
          m0: none, p0: none, a: none, b: none, q: none, c: none, d: none, r: none, y: none,
          mask: none))
    }
    func emptyFinite() -> FiniteChainKernel {
      FiniteChainKernel(
        states: inputs[2].count, logInitial: none, logTransition: none, logEmission: none)
    }
    let slot = out.slot
    if case .finiteChain = op {
      workspaceCount = emptyFinite().workspaceCount
      scan = { frame, segment, work in
        frame.output(slot)[segment] = finite(frame).logNormalizer(
          rows: segments[segment], workspace: work)
      }
    } else if case .finiteChainPosterior = op {
      workspaceCount = emptyFinite().workspaceCount
      scan = { frame, segment, work in
        finite(frame).posterior(
          rows: segments[segment], into: frame.output(slot), workspace: work)
      }
    } else if case .gaussianChain = op {
      workspaceCount = emptyGaussian().workspaceCount
      scan = { frame, segment, work in
        frame.output(slot)[segment] = gaussian(frame).logLikelihood(
          rows: segments[segment], workspace: work)
      }
    } else if case .gaussianChainAdjoint = op {
      workspaceCount = emptyGaussian().backwardWorkspaceCount(rows: longest)
      scan = { frame, segment, work in
        gaussian(frame).adjoint(rows: segments[segment], into: frame.output(slot), workspace: work)
      }
    } else {
      workspaceCount = emptyGaussian().backwardWorkspaceCount(rows: longest)
      scan = { frame, segment, work in
        gaussian(frame).smoother(rows: segments[segment], into: frame.output(slot), workspace: work)
      }
    }
  }

  private static func input(_ frame: Frame, _ operand: Operand) -> ChainInput {
    ChainInput(frame.input(operand.slot), stride: operand.plate == 0 ? 0 : operand.count)
  }
}

/// What the sequences of a chain are.
struct ChainExtent {
  /// The plate with one sequence per instance; nil for one sequence over all rows.
  var segment: PlateID?
}

extension Op {
  /// Set for chains, which run over whole plates.
  var chain: ChainExtent? {
    switch self {
    case .finiteChain(let segment), .finiteChainPosterior(let segment), .gaussianChain(let segment),
      .gaussianChainAdjoint(let segment), .gaussianChainSmoother(let segment):
      ChainExtent(segment: segment)
    case .parameter, .data, .constant, .ones, .unary, .binary, .select, .cast, .reshape, .transpose,
      .broadcast, .slice, .concat, .sum, .max, .logSumExp, .cumsum, .sumPlate, .segmentSum, .spread,
      .segmentStart, .take, .scatterAdd, .oneHot, .contract, .cholesky, .stackedRoot,
      .triangularSolve,
      .gaussianIntegral, .spdSolve, .whitenedSquares, .weightedScatter, .spdInverse, .diagonal,
      .diagonalMatrix, .lowerTriangle, .patches, .foldPatches, .stopGradient:
      nil
    }
  }
}
