/// Which inputs of written networks are columns of data, and which outputs are arguments of observed
/// variables as they stand.
///
/// Such numbers have the units of the data, and weights that start at random and move by about the learning
/// rate a step do not. So an input enters centred and scaled, and an output leaves as
/// offset + factor · (what the layers say): the same functions, in coordinates of order one.
public struct ScaledPorts: Hashable, Sendable {
  /// An argument of an observed variable's family, by position.
  public struct Argument: Hashable, Sendable {
    public var variable: String
    public var position: Int
  }

  /// By position, the observed or given variable that is the input in every call.
  public var inputs: [Int: String] = [:]
  /// By position, the argument that the output is.
  public var outputs: [Int: Argument] = [:]
  /// Whether the network is a regression on data: no latent enters it, and no guide applies it.
  public var isRegression = false
}

extension ModelGraph {
  /// The same model with every network's ports looked at.
  func withScaledPorts() -> ModelGraph {
    guard !networks.isEmpty else { return self }
    var copy = self
    for network in networks where !network.invertible {
      copy.networks[network.id.index].scaled = ScaledPorts(
        inputs: dataInputs(network), outputs: observedOutputs(network),
        isRegression: isRegression(network))
    }
    return copy
  }

  private func isRegression(_ network: Network) -> Bool {
    func applies(_ e: Expression, where test: ([Expression]) -> Bool) -> Bool {
      var found = false
      e.visit { part in
        if case .network(network.id, let inputs, _) = part.node { found = found || test(inputs) }
      }
      return found
    }
    let isGuide = guides.flatMap { $0.definition.expressions }.contains {
      applies($0) { _ in true }
    }
    let isDecoder = variables.flatMap { $0.definition.expressions }.contains {
      applies($0) { $0.contains(where: readsLatent) }
    }
    return !isGuide && !isDecoder
  }

  private func readsLatent(_ e: Expression) -> Bool {
    reads(e).contains { id in
      if case .equal = self[id].definition { return false }
      return self[id].role == .latent
    }
  }

  // MARK: Inputs

  /// Only where the first layer takes up any centre and scale in its own weights.
  private func dataInputs(_ network: Network) -> [Int: String] {
    guard case .dense(_, bias: true)? = network.layers.first?.kind else { return [:] }
    var sources: [Int: Set<String>] = [:]
    func look(_ e: Expression) {
      e.visit { part in
        guard case .network(network.id, let inputs, _) = part.node else { return }
        for (i, input) in inputs.enumerated() {
          sources[i, default: []].insert(dataColumn(input) ?? "")
        }
      }
    }
    for v in variables { v.definition.expressions.forEach(look) }
    for entry in guides { entry.definition.expressions.forEach(look) }
    return sources.compactMapValues { names in
      names.count == 1 ? names.first.flatMap { $0.isEmpty ? nil : $0 } : nil
    }
  }

  private func dataColumn(_ e: Expression) -> String? {
    guard case .variable(let id) = e.node else { return nil }
    let v = self[id]
    guard v.role == .given || v.role == .observe else { return nil }
    switch v.type.kind {
    case .real, .positive, .count, .integer: return v.name
    case .unit, .binary, .category, .simplex, .covariance, .correlation, .cholesky, .orthonormal:
      return nil
    }
  }

  // MARK: Outputs

  private func observedOutputs(_ network: Network) -> [Int: ScaledPorts.Argument] {
    var result: [Int: ScaledPorts.Argument] = [:]
    for v in variables where v.role == .observe {
      guard case .drawn(let d) = v.definition else { continue }
      for (position, argument) in d.ownArguments.enumerated() {
        guard let (id, output) = head(argument), id == network.id, result[output] == nil
        else { continue }
        let port = network.outputs[output].type
        let fits = port.shape.isEmpty || port.shape == v.type.shape
        switch port.kind {
        case .real where fits, .positive where fits:
          result[output] = ScaledPorts.Argument(variable: v.name, position: position)
        case .real, .positive, .unit, .count, .integer, .binary, .category, .simplex, .covariance,
          .correlation, .cholesky, .orthonormal:
          break
        }
      }
    }
    return result
  }

  /// A network's output as it stands, through names for expressions.
  public func head(_ e: Expression) -> (network: NetworkID, output: Int)? {
    switch e.node {
    case .network(let id, _, let output): return (id, output)
    case .variable(let id):
      guard case .equal(let inner) = self[id].definition else { return nil }
      return head(inner)
    case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
      .matrixProduct, .index, .array:
      return nil
    }
  }
}

extension Distribution {
  /// Arguments of the family of one value, beneath what inflates, truncates or censors it.
  fileprivate var ownArguments: [Expression] {
    switch self {
    case .family(_, _, let arguments, _): arguments
    case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
      .censored(let base, _, _, _, _):
      base.ownArguments
    case .mixture: []
    }
  }
}
