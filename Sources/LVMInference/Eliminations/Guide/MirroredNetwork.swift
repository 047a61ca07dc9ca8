import LVMModel

/// Which of the networks that read a latent its encoder mirrors: the one that leads to the most observed
/// numbers, whatever the order of the declarations. Networks applied one after the other count as one.
extension AutomaticGuide {
  /// A network that reads a latent, and what it leads to.
  private struct Candidate {
    var network: Network
    /// Numbers of observed variables that it is applied in.
    var direct = 0
    /// Those, and numbers of observed variables below latents that it is applied in.
    var reached = 0
    /// Its first place among the arguments of a variable.
    var place = Int.max
    /// The largest number of values between two of its layers.
    var width: Int {
      network.layers.map { Network.product($0.outputShape) }.max() ?? 0
    }

    /// Whether this one is mirrored rather than another.
    func precedes(_ other: Candidate) -> Bool {
      let own = [direct, reached, -place, width]
      let others = [other.direct, other.reached, -other.place, other.width]
      return own == others
        ? network.name < other.network.name : others.lexicographicallyPrecedes(own)
    }
  }

  /// The network that the encoder of a latent mirrors; nil if none reads it.
  func decoder(of latent: Variable) -> Network? {
    var candidates: [[NetworkID]: Candidate] = [:]
    for reader in structure.readers(of: latent.id) {
      let isData = reader.role == .observe || opened.contains(reader.id)
      let own = isData ? Self.numbers(reader) : 0
      let reached = below(reader).reduce(own) { $0 + Self.numbers($1) }
      for (place, chain) in networks(in: reader, reading: latent.id).enumerated() {
        var candidate = candidates[chain.map(\.id)] ?? Candidate(network: composed(chain))
        candidate.direct += own
        candidate.reached += reached
        candidate.place = Swift.min(candidate.place, place)
        candidates[chain.map(\.id)] = candidate
      }
    }
    return candidates.values.min { $0.precedes($1) }?.network
  }

  /// A network that is applied, and which of its outputs is read.
  private struct Applied: Hashable {
    var id: NetworkID
    var output: Int
  }

  /// Networks that a variable applies to a latent, in the order of its arguments, through names for
  /// expressions: each with those that come between the latent and it, the latent's reader first.
  private func networks(in reader: Variable, reading latent: VariableID) -> [[Applied]] {
    var result: [[Applied]] = []
    for expression in reader.definition.expressions {
      for chain in chains(in: expression, reading: latent)
      where !result.contains(where: { $0.map(\.id) == chain.map(\.id) }) {
        result.append(chain)
      }
    }
    return result
  }

  /// The outermost networks of an expression that read a latent, in order, each with those inside it.
  private func chains(in expression: Expression, reading latent: VariableID) -> [[Applied]] {
    var result: [[Applied]] = []
    var seen: Set<VariableID> = []
    func look(_ e: Expression) {
      switch e.node {
      case .network(let id, let inputs, let output):
        guard inputs.contains(where: { structure.reads($0).contains(latent) }) else { return }
        let inner = inputs.lazy.compactMap { chains(in: $0, reading: latent).first }.first ?? []
        result.append(inner + [Applied(id: id, output: output)])
      case .variable(let id):
        guard seen.insert(id).inserted, case .equal(let inner) = model[id].definition else {
          return
        }
        look(inner)
      case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
        .matrixProduct, .index, .array:
        e.children.forEach(look)
      }
    }
    look(expression)
    return result
  }

  /// Networks applied one after the other as one: the head between two of them is a layer.
  private func composed(_ chain: [Applied]) -> Network {
    var result = model[chain[0].id]
    for (before, after) in zip(chain, chain.dropFirst()) {
      let port = model[before.id].outputs[before.output]
      let units = Size.constant(Network.product(port.type.shape))
      let entering = result.layers.last?.outputShape ?? [units]
      result.layers.append(
        Layer(
          kind: .dense(units: units, bias: true), inputShape: entering,
          outputShape: port.type.shape.isEmpty ? [units] : port.type.shape, span: result.span))
      result.layers += model[after.id].layers
    }
    return result
  }

  /// Observed variables below a variable, itself left out.
  private func below(_ variable: Variable) -> [Variable] {
    var seen: Set<VariableID> = [variable.id]
    var open = [variable]
    var result: [Variable] = []
    while let next = open.popLast() {
      for reader in structure.readers(of: next.id) where seen.insert(reader.id).inserted {
        if reader.role == .observe || opened.contains(reader.id) { result.append(reader) }
        open.append(reader)
      }
    }
    return result
  }

  private static func numbers(_ variable: Variable) -> Int { Network.product(variable.type.shape) }
}

extension Network {
  /// How many values a known shape has.
  fileprivate static func product(_ shape: [Size]) -> Int {
    shape.reduce(1) { $0 * ($1.constant ?? 1) }
  }
}
