import LVMModel

/// Which of the networks that read a latent its encoder mirrors: the one that leads to the most observed
/// numbers, whatever the order of the declarations.
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
    var candidates: [NetworkID: Candidate] = [:]
    for reader in structure.readers(of: latent.id) {
      let isData = reader.role == .observe || opened.contains(reader.id)
      let own = isData ? Self.numbers(reader) : 0
      let reached = below(reader).reduce(own) { $0 + Self.numbers($1) }
      for (place, id) in networks(in: reader, reading: latent.id).enumerated() {
        var candidate = candidates[id] ?? Candidate(network: model[id])
        candidate.direct += own
        candidate.reached += reached
        candidate.place = Swift.min(candidate.place, place)
        candidates[id] = candidate
      }
    }
    return candidates.values.min { $0.precedes($1) }?.network
  }

  /// Networks that a variable applies to a latent, in the order of its arguments, through names for
  /// expressions.
  private func networks(in reader: Variable, reading latent: VariableID) -> [NetworkID] {
    var result: [NetworkID] = []
    var seen: Set<VariableID> = []
    func look(_ e: Expression) {
      e.visit { part in
        switch part.node {
        case .network(let id, let inputs, _):
          guard !result.contains(id),
            inputs.contains(where: { structure.reads($0).contains(latent) })
          else { return }
          result.append(id)
        case .variable(let id):
          guard seen.insert(id).inserted, case .equal(let inner) = model[id].definition else {
            return
          }
          look(inner)
        case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
          .matrixProduct, .index, .array:
          break
        }
      }
    }
    reader.definition.expressions.forEach(look)
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
