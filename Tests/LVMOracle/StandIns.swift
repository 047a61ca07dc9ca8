import LVMModel
import LVMSyntax

extension ModelGraph {
  /// The model with a parameter in place of each output of a network, under `network.output.base`.
  ///
  /// An output in the units of data still leaves through the network's factor and offset, which are
  /// parameters under the names that they have in a fit. What enters a network is not looked at.
  func withStandIns() -> ModelGraph {
    guard !networks.isEmpty else { return self }
    var result = self
    var outputs: [NetworkID: [Expression]] = [:]
    for network in networks {
      for (i, port) in network.outputs.enumerated() {
        func part(_ name: String, _ kind: ElementKind) -> Expression {
          let id = VariableID(result.variables.count)
          let type = ValueType(kind, port.type.shape)
          result.variables.append(
            Variable(
              id: id, name: "\(network.name).\(port.name).\(name)", role: .param, plate: .global,
              type: type, definition: .free, columns: nil, nameSpan: port.span,
              typeSpan: port.span, span: port.span))
          return Expression(.variable(id), type, port.span)
        }
        func with(_ a: Expression, _ operation: Arithmetic, _ b: Expression) -> Expression {
          Expression(.arithmetic(operation, a, b), port.type, port.span)
        }
        var value = part("base", port.type.kind)
        if network.scaled.outputs[i] != nil {
          value = with(value, .multiply, part("factor", .positive))
          if port.type.kind == .real { value = with(value, .add, part("offset", .real)) }
        }
        outputs[network.id, default: []].append(value)
      }
    }
    func replaced(_ e: Expression) -> Expression {
      if case .network(let id, _, let output) = e.node, let all = outputs[id] { return all[output] }
      return e.replacingChildren { replaced($1) }
    }
    for i in variables.indices {
      result.variables[i].definition = variables[i].definition.mapping { replaced($1) }
    }
    return result
  }
}
