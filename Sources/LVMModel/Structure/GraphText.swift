import LVMSyntax

/// The graph for people and tests: plates, then variables with what each reads.
extension ModelGraph: CustomStringConvertible {
  /// One line a plate, variable, network and guide.
  public var description: String {
    var lines = ["model \(name)\(header)"]
    for (index, plate) in plates.enumerated() {
      let at = PlateIndex(index)
      lines.append("plate \(label(of: at))\(columns(of: plate))\(place(of: plate))")
      for variable in variables where variable.plate == at { lines.append("  " + line(variable)) }
    }
    for network in networks { lines.append(line(network)) }
    for entry in guides {
      lines.append("guide \(self[entry.variable].name) \(definitionText(entry.definition))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func place(of plate: Plate) -> String {
    plate.parent.map { " in \(label(of: $0))" } ?? ""
  }

  private func columns(of plate: Plate) -> String {
    guard case .groups(let columns) = plate.kind else { return "" }
    return " by " + columns.map(\.description).joined(separator: ", ")
  }

  private var header: String {
    if sizes.isEmpty { return "" }
    let parts = sizes.map { size in
      size.name + (size.value.map { " = \(plain($0))" } ?? "")
    }
    return "(\(parts.joined(separator: ", ")))"
  }

  /// How a plate is called: `model`, `rows`, `rows in order`, or a group's name.
  public func label(of plate: PlateIndex) -> String {
    switch self[plate].kind {
    case .model: "model"
    case .rows(let inOrder): inOrder ? "rows in order" : "rows"
    case .groups: self[plate].name
    }
  }

  private func line(_ variable: Variable) -> String {
    let definition = text(of: variable.definition)
    let reads = parents(of: variable.id).sorted().map { self[$0].name }
    let past = pastParents(of: variable.id).sorted().map { "previous " + self[$0].name }
    let all = reads + past
    return "\(variable.role.rawValue) \(variable.name) : \(variable.type)"
      + (variable.columns.map { " from \($0)" } ?? "")
      + (definition.isEmpty ? "" : " " + definition)
      + (all.isEmpty ? "" : "  <- \(all.joined(separator: ", "))")
  }

  private func line(_ network: Network) -> String {
    func ports(_ ports: [Network.Port]) -> String {
      ports.map { "\($0.name) : \($0.type)" }.joined(separator: ", ")
    }
    let body = network.layers.map { layer in
      "\(layer.kind.word) [\(layer.outputShape.map(\.description).joined(separator: ", "))]"
    }
    return (network.invertible ? "invertible " : "")
      + "network \(network.name)(\(ports(network.inputs))) -> \(ports(network.outputs))"
      + (body.isEmpty ? "" : " { \(body.joined(separator: " ")) }")
  }

  private func definitionText(_ step: Chain.Step) -> String {
    switch step {
    case .drawn(let d): text(of: Definition.drawn(d))
    case .equal(let e): text(of: Definition.equal(e))
    }
  }
}

extension ColumnSource: CustomStringConvertible {
  /// As it is written after `from`.
  public var description: String {
    func list(_ parts: [ColumnSource]) -> String {
      "(\(parts.map(\.description).joined(separator: ", ")))"
    }
    switch self {
    case .name(let name, _): return name
    case .pattern(let text, _): return "\"\(text)\""
    case .list(let parts, _): return list(parts)
    case .not(let parts, _): return "not " + list(parts)
    case .prepared(let preparation, let source, let arguments, _):
      let numbers = arguments.map { ", " + plain($0) }.joined()
      return "\(preparation.rawValue)(\(source)\(numbers))"
    }
  }
}

extension LayerKind {
  /// The word that declares this layer.
  public var word: String {
    switch self {
    case .dense: "dense"
    case .conv: "conv"
    case .deconv: "deconv"
    case .pool: "pool"
    case .reshape: "reshape"
    case .relu: "relu"
    case .leakyRelu: "leaky_relu"
    case .gelu: "gelu"
    case .silu: "silu"
    case .tanh: "tanh"
    case .softplus: "softplus"
    case .sigmoid: "sigmoid"
    case .batchnorm: "batchnorm"
    case .layernorm: "layernorm"
    case .dropout: "dropout"
    case .residual: "residual"
    case .coupling: "coupling"
    case .linear: "linear"
    }
  }
}
