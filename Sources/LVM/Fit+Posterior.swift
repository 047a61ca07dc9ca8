import LVMCompute
import LVMInference
import LVMModel

/// The posterior that every query of a fit asks.
extension Fit {
  /// Draws of a row's latents where nothing else is asked for.
  public static let latentDraws = 100

  /// What a table tells of everything that is not observed: at the fit's parameters, or averaged over their
  /// posterior where the fit has one.
  func posterior(
    _ plan: InferencePlan, _ data: ModelData, samples: Int = latentDraws, seed: UInt64 = 1,
    runtime: Runtime
  ) -> any Posterior {
    guard let parameterPosterior else {
      return plan.posterior(
        data, parameters: parameters, samples: samples, seed: seed, runtime: runtime)
    }
    return plan.posterior(
      data, over: parameterPosterior, point: parameters, samples: samples, seed: seed,
      runtime: runtime)
  }

  /// The parameters of one replicate of a simulation: those of a draw, where the fit has draws of them.
  func parameters(ofReplicate replicate: Int, seed: UInt64) -> [String: Tensor] {
    guard let posterior = parameterPosterior else { return parameters }
    let draw = posterior.draw(posterior.index(seed: seed, replicate: replicate))
    return parameters.merging(draw) { $1 }
  }
}
