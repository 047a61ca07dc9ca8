import LVMSyntax

/// Which names of the header are sizes: those in types, layers, ranges, lags, and arguments of
/// `zeros`, `ones`, `identity`. The others are plain numbers.
extension Checker {
  func findSizeUses(_ statements: [StatementSyntax]) {
    for statement in statements {
      switch statement {
      case .variable(let variable):
        variable.type.map(markType)
        switch variable.definition {
        case .drawn(let e), .equal(let e): walk(e)
        case .chain(let initially, let then):
          initially.map { walk($0.expression) }
          walk(then.expression)
        case nil: break
        }
      case .each(let each): findSizeUses(each.statements)
      case .network(let network):
        for port in network.inputs + network.outputs { markType(port.type) }
        markLayers(network.layers)
      case .guide(let guide):
        for entry in guide.entries { walk(entry.definition.expression) }
      case .fit: break
      }
    }
  }

  private func markType(_ type: TypeSyntax) {
    for argument in type.arguments { markSizes(argument) }
  }

  private func markLayers(_ layers: [LayerSyntax]) {
    for layer in layers {
      if layer.name.text != "dropout" {
        for argument in layer.arguments { markSizes(argument.value) }
      }
      markLayers(layer.body ?? [])
    }
  }

  /// Every header name in this expression is a size.
  private func markSizes(_ expression: ExpressionSyntax) {
    switch expression {
    case .name(let name):
      if let index = headerIndex[name.text] { headers[index].isSize = true }
    case .binary(_, let a, let b, _, _):
      markSizes(a)
      markSizes(b)
    case .negate(let inner, _), .group(let inner, _): markSizes(inner)
    case .number, .text, .call, .index, .member, .array, .invalid: break
    }
  }

  private func walk(_ expression: ExpressionSyntax) {
    switch expression {
    case .number, .text, .name, .invalid: break
    case .call(let name, let arguments, _):
      let takesSizes = ["zeros", "ones", "identity"].contains(name.text)
      for (position, argument) in arguments.enumerated() {
        let isLag = name.text == "previous" && position > 0
        if takesSizes || isLag || argument.rangeEnd != nil {
          markSizes(argument.value)
          argument.rangeEnd.map(markSizes)
        } else {
          walk(argument.value)
        }
      }
    case .index(let base, let indices, _):
      walk(base)
      for index in indices {
        switch index {
        case .at(let e):
          // `x[K]`: an index that is a bare name of the header is a position.
          if case .name = e { markSizes(e) } else { walk(e) }
        case .range(let a, let b):
          markSizes(a)
          markSizes(b)
        }
      }
    case .member(let base, _, _), .negate(let base, _), .group(let base, _): walk(base)
    case .binary(_, let a, let b, _, _):
      walk(a)
      walk(b)
    case .array(let elements, _): elements.forEach(walk)
    }
  }
}
