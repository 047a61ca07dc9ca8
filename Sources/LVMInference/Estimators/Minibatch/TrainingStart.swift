import LVMCompute
import LVMModel

/// Where training starts: weights from their distributions, heads and encoders fitted to the data's scale.
struct TrainingStart {
  let plan: InferencePlan
  let data: ModelData
  let seed: UInt64

  /// A value for each weight of each network in use.
  func weights(_ used: Set<String>) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for network in plan.model.networks {
      for (site, weight) in network.weights.enumerated() where used.contains(weight.name) {
        result[weight.name] = value(weight, network, site)
      }
      standardise(network, &result)
    }
    for (name, value) in headBiases() + scaledHeads() where result[name] != nil {
      result[name] = value
    }
    return result
  }

  /// Parameters of the priors of sampled latents: networks give latents a scale of about 1, whatever the
  /// data's is.
  func priorParameters(_ structure: ModelStructure) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for p in plan.model.variables where p.role == .param {
      let readers = structure.readers(of: p.id)
      guard !readers.isEmpty, readers.allSatisfy({ plan.sampled.contains($0.id) }) else { continue }
      let dims = p.type.dims ?? []
      var random = RandomStream(seed: seed, purpose: "prior start", site: p.id.index)
      switch p.type.kind {
      case .real:
        result[p.name] = Tensor(dims, (0..<dims.reduce(1, *)).map { _ in random.normal() })
      case .positive:
        result[p.name] = Tensor(repeating: 1, dims)
      case .unit, .count, .integer, .binary, .category, .simplex, .covariance, .correlation,
        .cholesky, .orthonormal:
        break
      }
    }
    return result
  }

  private func value(_ weight: NetworkWeight, _ network: Network, _ site: Int) -> Tensor {
    switch weight.initial {
    case .constant(let value): return Tensor(repeating: value, weight.dims)
    case .uniform(let bound):
      var random = RandomStream(seed: seed, purpose: "weights \(network.name)", site: site)
      let count = weight.dims.reduce(1, *)
      return Tensor(weight.dims, (0..<count).map { _ in bound * (2 * random.uniform() - 1) })
    }
  }

  /// Centre and scale of what networks read of the data.
  private func standardise(_ network: Network, _ result: inout [String: Tensor]) {
    for (i, port) in network.inputs.enumerated() {
      let isEncoders = network.encoder != nil && Network.isStandardised(port)
      guard let source = network.scaled.inputs[i] ?? (isEncoders ? port.name : nil) else {
        continue
      }
      let name = "\(network.name).\(port.name)"
      let isCount = isEncoders && port.type.kind == .count
      guard let m = moments(source, logarithm: isCount) else { continue }
      let dims = Network.dims(port)
      guard m.mean.count == dims.reduce(1, *) else { continue }
      result["\(name).center"] = Tensor(dims, m.mean)
      result["\(name).scale"] = Tensor(dims, m.sd)
    }
  }

  /// Standard deviations of a variable's cells over the rows; nil for what is no column of numbers.
  func deviations(_ name: String) -> [Double]? { moments(name)?.sd }

  /// Means and standard deviations over the rows where a cell is present.
  func moments(_ name: String, logarithm: Bool = false) -> (mean: [Double], sd: [Double])? {
    guard let column = data.columns.columns[name] else { return nil }
    let mask = data.columns.columns["$mask.\(name)"]
    let width = column.width
    let n = column.count / width
    guard n > 0 else { return nil }
    let all = data.runtime.fold(column, CellMoments(width: width)) { moments, values, rows in
      let shown = mask?.numbers(of: rows)
      guard logarithm else { return moments.add(values, mask: shown) }
      values.map { (1 + $0).logarithm }.withUnsafeBufferPointer { moments.add($0, mask: shown) }
    }
    let (count, mean, square) = (all.count, all.mean, all.squares)
    let sd = (0..<width).map { j -> Double in
      let s = (square[j] / Swift.max(1, count[j])).squareRoot()
      return s > 1e-12 ? s : 1
    }
    return (mean, sd)
  }

  // MARK: Heads

  /// Biases of heads that are the location of an observed variable as they stand: training then starts
  /// from the data's means instead of travelling there.
  private func headBiases() -> [(name: String, bias: Tensor)] {
    var result: [(String, Tensor)] = []
    for v in plan.model.variables where v.role == .observe {
      guard case .drawn(.family(_, _, let arguments, _)) = v.definition,
        let first = arguments.first, let (id, output) = plan.model.head(first),
        plan.model[id].scaled.outputs[output] == nil, let m = moments(v.name)
      else { continue }
      let network = plan.model[id]
      let port = network.outputs[output]
      let dims = port.type.dims ?? []
      guard dims.reduce(1, *) == m.mean.count else { continue }
      var values = m.mean.map { link($0, port.type.kind) }
      if network.isPixelwise(port, body: network.bodyDims) {
        let channels = dims[2]
        let pixels = Double(values.count / channels)
        values = (0..<channels).map { c in
          let all = stride(from: c, to: m.mean.count, by: channels).reduce(0) { $0 + m.mean[$1] }
          return link(all / pixels, port.type.kind)
        }
      }
      result.append(("\(network.name).\(port.name).bias", Tensor([values.count], values)))
    }
    return result
  }

  /// The number before an output's link whose image is a mean.
  private func link(_ mean: Double, _ kind: ElementKind) -> Double {
    switch kind {
    case .positive:
      let m = Swift.max(mean, 1e-3)
      return m > 30 ? m : (m.exponential - 1).logarithm
    case .unit:
      let p = Swift.min(Swift.max(mean, 0.005), 0.995)
      return (p / (1 - p)).logarithm
    case .simplex: return Swift.max(mean, 1e-4).logarithm
    case .real, .count, .integer, .binary, .category, .covariance, .correlation, .cholesky,
      .orthonormal:
      return mean
    }
  }
}
