import LVMCompute
import LVMModel

/// A linear-Gaussian chain and fresh latents of each row that it carries, filtered along each series.
struct GaussianScan: Elimination {
  var latents: [VariableID]

  var plate: PlateID { .rows }
  var runsAlongRows: Bool { true }

  var takesFactors: Bool { true }
  var leavesNormal: Bool { true }

  func words(_ model: ModelGraph, _ nesting: PlateNesting) -> String {
    "scan gaussian chain \(latents.map { model[$0].name }.joined(separator: ", "))"
  }

  func lower(_ factors: inout WorkingFactors, _ context: LoweringContext) throws
    -> (any Eliminated)?
  {
    let structure = context.structure
    let read = Set(latents.flatMap { structure.readers(of: $0).map(\.id) }).subtracting(latents)
    let observed = read.sorted().map { context.model[$0] }
    return FilteredChain(
      space: try context.scanGaussian(latents, observed: observed, in: &factors))
  }
}

/// A filtered chain, whose smoother gives posteriors.
struct FilteredChain: Eliminated {
  var space: StateSpace

  func moved(_ map: NodeMap) -> FilteredChain { FilteredChain(space: space.moved(map)) }

  /// Smoothed moments of the members.
  func moments(in fork: Fork) -> [VariableID: LoweredMoments] {
    let n = space.size
    let packed = fork.builder.add(
      .gaussianChainSmoother(segment: fork.context.plates.segment), space.inputs)
    let covariance = packed.slice(axis: 0, start: n, count: n * n).reshape([n, n]).diagonal()
    var result: [VariableID: LoweredMoments] = [:]
    for member in space.members {
      result[member.variable] = LoweredMoments(
        mean: Lowered(packed.slice(axis: 0, start: member.start, count: member.size)),
        variance: Lowered(covariance.slice(axis: 0, start: member.start, count: member.size)))
    }
    return result
  }

  func predictive(of v: Variable, isFresh: Bool, in fork: Fork) throws
    -> LoweredPredictive?
  {
    let structure = fork.context.structure
    guard !structure.reads(v).isDisjoint(with: space.members.map(\.variable)) else { return nil }
    return try ConditionalNormals(fork, structure, isFresh: isFresh).chain(v, space)
  }
}
