import LVMCompute
import LVMModel

/// A draw of one sampled latent from its guide, as graph values on its plate.
struct GuideDraw {
  var latent: VariableID
  /// The draw, [the latent's dims].
  var value: Value
  /// log q of the draw, without event dims; nil for a point.
  var logDensity: Value?
  /// Mean and standard deviation of the guide, in the latent's own units where they are closed.
  var mean: Value
  var deviation: Value?
  /// Arguments of a Gaussian guide of a real latent, for the closed form of its KL.
  var gaussian: (mean: Value, scale: Value)?
  /// Where the guide lies and how far it reaches, in its own numbers; a point reaches nowhere.
  var location: Value
  var spread: Value?

  func moved(_ map: NodeMap) -> GuideDraw {
    var copy = self
    copy.value = map(value)
    copy.logDensity = logDensity.map { map($0) }
    copy.mean = map(mean)
    copy.deviation = deviation.map { map($0) }
    copy.gaussian = gaussian.map { (map($0.mean), map($0.scale)) }
    copy.location = map(location)
    copy.spread = spread.map { map($0) }
    return copy
  }
}

/// Draws of sampled latents in the order of their guides, and log p of those whose prior stands apart.
struct GuidedDraws {
  var draws: [GuideDraw] = []
  var priors: [VariableID: Value] = [:]

  func moved(_ map: NodeMap) -> GuidedDraws {
    GuidedDraws(
      draws: draws.map { $0.moved(map) }, priors: priors.mapValues { map($0) })
  }
}
