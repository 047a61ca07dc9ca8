import LVMCompute
import LVMModel

/// Heads that are arguments of observed variables: what they say is put at the data's own level and spread,
/// which a family tells from the moments of a column.
extension TrainingStart {
  /// Offsets, factors and biases by the weight's name.
  func scaledHeads() -> [(name: String, value: Tensor)] {
    var result: [(String, Tensor)] = []
    for network in plan.model.networks {
      for (output, argument) in network.scaled.outputs.sorted(by: { $0.key < $1.key }) {
        let port = network.outputs[output]
        let dims = port.type.dims ?? []
        guard let levels = levels(argument, count: dims.reduce(1, *)) else { continue }
        let isPixelwise = network.isPixelwise(port, body: network.bodyDims)
        // A head that is the same for all pixels has one level for each channel.
        let own = isPixelwise ? Self.pooled(levels, channels: dims[2]) : levels
        let name = "\(network.name).\(port.name)"
        result.append(("\(name).factor", Tensor(dims, own.map(\.factor))))
        let biases: [Double]
        if port.type.kind == .real {
          result.append(("\(name).offset", Tensor(dims, own.map(\.level))))
          biases = own.map { _ in 0 }
        } else {
          // softplus(bias) · factor is the level; of a spread half, so that latents are worth their cost at once.
          let share = isSpread(argument) ? 0.5 : 1
          biases = own.map { Self.beforeSoftplus(share * $0.level / $0.factor) }
        }
        let count = isPixelwise ? dims[2] : biases.count
        result.append(("\(name).bias", Tensor([count], Array(biases.prefix(count)))))
      }
    }
    return result
  }

  /// Whether an argument is the spread of a family about its location.
  private func isSpread(_ argument: ScaledPorts.Argument) -> Bool {
    guard case .drawn(let d)? = plan.model.variable(named: argument.variable)?.definition,
      let (name, form) = d.ownFamily
    else { return false }
    let parameters = LVMModel.family(name).forms[form]
    return argument.position > 0 && parameters[0].constraint == .real
      && parameters[argument.position].constraint == .positive
  }

  private struct Level {
    var level: Double
    var factor: Double
  }

  private static func beforeSoftplus(_ value: Double) -> Double {
    let v = Swift.max(value, 1e-3)
    return v > 30 ? v : (v.exponential - 1).logarithm
  }

  private static func pooled(_ levels: [Level], channels: Int) -> [Level] {
    let pixels = Double(levels.count / channels)
    let means = (0..<channels).map { c in
      let own = stride(from: c, to: levels.count, by: channels).map { levels[$0] }
      return Level(
        level: own.reduce(0) { $0 + $1.level } / pixels,
        factor: own.reduce(0) { $0 + $1.factor } / pixels)
    }
    return levels.indices.map { means[$0 % channels] }
  }

  /// What a family takes its argument to be for each entry of a head; nil where moments do not tell.
  private func levels(_ argument: ScaledPorts.Argument, count: Int) -> [Level]? {
    guard let v = plan.model.variable(named: argument.variable), var m = moments(v.name),
      case .drawn(let d) = v.definition, let (name, form) = d.ownFamily
    else { return nil }
    if count == 1, m.mean.count > 1 {
      // One number for all entries: the mean, and the spread about it.
      let n = Double(m.mean.count)
      let mean = m.mean.reduce(0, +) / n
      let variance = zip(m.mean, m.sd).reduce(0) {
        $0 + $1.1 * $1.1 + ($1.0 - mean) * ($1.0 - mean)
      }
      m = ([mean], [(variance / n).squareRoot()])
    }
    guard m.mean.count == count else { return nil }
    let family = LVMModel.family(name)
    let parameters = family.forms[form]
    let position = argument.position
    let isCount = family.support == .counts
    let levels = zip(m.mean, m.sd).map { mean, sd -> Level? in
      let summary = SampleSummary(mean: mean, variance: sd * sd)
      guard let guess = family.momentEstimate(summary, form: form), guess.count == parameters.count,
        guess[position].isFinite
      else { return nil }
      let level = guess[position]
      if parameters[position].constraint == .real {
        // The next positive argument is the spread about this one.
        let spread = parameters.indices.first {
          $0 > position && parameters[$0].constraint == .positive
        }
        let factor = spread.map { guess[$0] } ?? 1
        return Level(level: level, factor: factor.isFinite && factor > 0 ? factor : 1)
      }
      guard level > 0 else { return nil }
      // Small counts are zeros mostly, and told apart by their logarithms.
      let factor = isCount ? Swift.min(Swift.max(level, 1), 1e4) : level
      return Level(level: level, factor: factor)
    }
    let known = levels.compactMap { $0 }
    return known.count == count ? known : nil
  }
}

extension Distribution {
  /// The family of one value, beneath what inflates, truncates or censors it.
  fileprivate var ownFamily: (FamilyName, form: Int)? {
    switch self {
    case .family(let name, let form, _, _): (name, form)
    case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
      .censored(let base, _, _, _, _):
      base.ownFamily
    case .mixture: nil
    }
  }
}
