/// Expressions and distributions of a graph as the language writes them.
extension ModelGraph {
  /// The text of an expression, with no more parentheses than it needs.
  public func text(of expression: Expression) -> String {
    text(expression).text
  }

  /// How tightly the outermost operator of a text binds.
  private enum Strength: Int {
    case sum = 1
    case product, sign, power, atom
  }

  private func text(_ e: Expression, atLeast strength: Strength) -> String {
    let (inner, own) = text(e)
    return own.rawValue >= strength.rawValue ? inner : "(\(inner))"
  }

  private func text(_ e: Expression) -> (text: String, strength: Strength) {
    func list(_ es: [Expression]) -> String { es.map { text(of: $0) }.joined(separator: ", ") }
    switch e.node {
    case .number(let value): return (plain(value), value < 0 ? .sign : .atom)
    case .size(let size): return (size.description, size.symbol == nil ? .sum : .atom)
    case .variable(let id): return (self[id].name, .atom)
    case .previous(let id, let lag):
      let name = self[id].name
      return ("previous(\(name)\(lag.constant == 1 ? "" : ", \(lag)"))", .atom)
    case .previousRange(let id, let from, let to):
      return ("previous(\(self[id].name), \(from)..\(to))", .atom)
    case .map(let function, let x): return ("\(function.rawValue)(\(text(of: x)))", .atom)
    case .function(let function, let es): return ("\(function.rawValue)(\(list(es)))", .atom)
    case .negate(let x): return ("-" + text(x, atLeast: .power), .sign)
    case .matrixProduct(let a, let b):
      return (text(a, atLeast: .product) + " * " + text(b, atLeast: .sign), .product)
    case .arithmetic(let operation, let a, let b): return arithmetic(operation, a, b)
    case .index(let base, let indices):
      let inside = indices.map { index in
        switch index {
        case .at(let e): text(of: e)
        case .range(let from, let to): "\(from)..\(to)"
        }
      }
      return (text(base, atLeast: .atom) + "[\(inside.joined(separator: ", "))]", .atom)
    case .array(let es): return ("[\(list(es))]", .atom)
    case .network(let id, let inputs, let output):
      let network = self[id]
      let member = network.outputs.count > 1 ? ".\(network.outputs[output].name)" : ""
      return ("\(network.name)(\(list(inputs)))\(member)", .atom)
    }
  }

  private func arithmetic(
    _ operation: Arithmetic, _ a: Expression, _ b: Expression
  ) -> (text: String, strength: Strength) {
    let isElementwise = !a.type.isScalar && !b.type.isScalar
    switch operation {
    case .add, .subtract:
      let right = text(b, atLeast: .product)
      return (text(a, atLeast: .sum) + " \(operation.rawValue) " + right, .sum)
    case .multiply, .divide:
      let sign = (isElementwise ? "." : "") + operation.rawValue
      return (text(a, atLeast: .product) + " \(sign) " + text(b, atLeast: .sign), .product)
    case .power:
      return (text(a, atLeast: .atom) + "^" + text(b, atLeast: .power), .power)
    }
  }

  /// The text of a distribution; arguments by name where the form is not the first.
  public func text(of distribution: Distribution) -> String {
    switch distribution {
    case .family(let name, let form, let arguments, _):
      let names = family(name).forms[form].map(\.name)
      let inside = zip(arguments, names).map { argument, name in
        form == 0 ? text(of: argument) : "\(name): \(text(of: argument))"
      }
      return "\(name.rawValue)(\(inside.joined(separator: ", ")))"
    case .zeroInflated(let base, let probability, _):
      return "ZeroInflated(\(text(of: base)), \(text(of: probability)))"
    case .truncated(let base, let low, let high, _):
      return "Truncated(\(text(of: base))\(limits(low, high)))"
    case .censored(let base, let low, let high, let right, _):
      let indicator = right.map { ", right: \(text(of: $0))" } ?? ""
      return "Censored(\(text(of: base))\(limits(low, high))\(indicator))"
    case .mixture(let weights, let base, _):
      return "Mixture(\(text(of: weights)), \(text(of: base)))"
    }
  }

  private func limits(_ low: Expression?, _ high: Expression?) -> String {
    (low.map { ", low: \(text(of: $0))" } ?? "") + (high.map { ", high: \(text(of: $0))" } ?? "")
  }

  /// The text of a definition, with its sign; empty for a free variable.
  public func text(of definition: Definition) -> String {
    switch definition {
    case .free: return ""
    case .drawn(let d): return "~ " + text(of: d)
    case .equal(let e): return "= " + text(of: e)
    case .chain(let chain):
      let start = chain.initially.map { "initially \(text(of: $0)) " } ?? ""
      return start + "then " + text(of: chain.then)
    }
  }

  private func text(of step: Chain.Step) -> String {
    switch step {
    case .drawn(let d): text(of: d)
    case .equal(let e): "= " + text(of: e)
    }
  }
}
