import LVMCompute
import LVMModel

/// One latent whose factors share its prior's conjugate form, integrated in closed form.
struct ConjugateIntegral: Elimination {
  var latent: VariableID
  var plate: PlateID

  var latents: [VariableID] { [latent] }

  var takesFactors: Bool { true }

  func words(_ model: ModelGraph, _ nesting: PlateNesting) -> String {
    "integrate conjugate \(model[latent].name) per \(nesting.name(plate, model))"
  }

  func lower(_ factors: inout WorkingFactors, _ context: LoweringContext) throws
    -> (any Eliminated)?
  {
    let readers = try ConjugateStrategy.readers(of: context.model[latent], context.structure)
    let solution = try context.integrateConjugate(latent, readers: readers, in: &factors)
    return IntegratedConjugate(latent: latent, solution: solution)
  }
}

/// The posterior of a conjugate latent.
struct IntegratedConjugate: Eliminated {
  var latent: VariableID
  var solution: ConjugateSolution

  func moved(_ map: NodeMap) -> IntegratedConjugate {
    IntegratedConjugate(latent: latent, solution: solution.moved(map))
  }

  func moments(in fork: Fork) -> [VariableID: LoweredMoments] {
    let m = solution.basis.moments(solution.posterior)
    let size = m.mean.event.reduce(1, *)
    return [
      latent: fork.mixed(
        m.mean.reshape(event: [size]), m.variance.reshape(event: [size]), over: solution.table)
    ]
  }

  func predictive(of v: Variable, isFresh: Bool, in fork: Fork) throws
    -> LoweredPredictive?
  {
    guard fork.context.structure.reads(v).contains(latent) else { return nil }
    return try ConditionalConjugates(fork).law(v, latent: latent, solution)
  }
}
