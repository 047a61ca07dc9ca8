import LVMSyntax

/// The order in which variables can be checked, and the circles that have none.
extension Checker {
  /// More circles than this are not listed: there can be as many as pairs of definitions.
  private static let cycleLimit = 100

  /// Declarations with what they read before them. Circles are reported, each once; a `let` in one
  /// stays without a type.
  func definitionOrder() -> [Int] {
    let needs = declarations.indices.map(neededDeclarations)
    var order: [Int] = []
    var state = [Int](repeating: 0, count: declarations.count)  // 0 new, 1 on the path, 2 done
    var cycles = 0
    // An explicit stack: chains of definitions may be thousands long.
    for root in declarations.indices where state[root] == 0 {
      var path: [(node: Int, next: Int)] = [(root, 0)]
      state[root] = 1
      while let (node, next) = path.last {
        guard next < needs[node].count else {
          state[node] = 2
          order.append(node)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let child = needs[node][next]
        if state[child] == 0 {
          state[child] = 1
          path.append((child, 0))
        } else if state[child] == 1, cycles < Self.cycleLimit,
          let start = path.firstIndex(where: { $0.node == child })
        {
          cycles += 1
          reportCycle(path[start...].map(\.node))
        }
      }
    }
    return order
  }

  private func reportCycle(_ nodes: [Int]) {
    // Start at the first in the text, so that the message does not depend on the search.
    guard let first = nodes.min(), let at = nodes.firstIndex(of: first) else { return }
    let cycle = Array(nodes[at...] + nodes[..<at])
    let names = cycle.map { declarations[$0].syntax.name.text }
    let spans = cycle.map { declarations[$0].nameSpan }
    report(
      NameError.cycle(names, places: spans, inOrder: isOrdered(declarations[first].plate)),
      spans[0])
  }

  /// The declarations whose value of the same row this one reads.
  private func neededDeclarations(_ index: Int) -> [Int] {
    let declaration = declarations[index]
    var result: [Int] = []
    var seen: Set<Int> = []
    func add(_ name: String) {
      if let found = declarationIndex[name] {
        if seen.insert(found).inserted { result.append(found) }
      } else if let bundle = bundles[name] {
        for output in bundle.outputs where seen.insert(output).inserted { result.append(output) }
      }
    }
    switch declaration.syntax.definition {
    case .drawn(let e), .equal(let e): e.visitNames(add)
    case .chain(let initially, let then):
      initially?.expression.visitNames(add)
      then.expression.visitNames(add)
    case nil: break
    }
    return result
  }
}

extension ExpressionSyntax {
  /// Every variable name read at the present row: not what `previous` names.
  func visitNames(_ body: (String) -> Void) {
    switch self {
    case .number, .text, .invalid: break
    case .name(let name): body(name.text)
    case .call(let name, let arguments, _):
      for argument in name.text == "previous" ? arguments.dropFirst() : arguments[...] {
        argument.value.visitNames(body)
      }
    case .index(let base, let indices, _):
      base.visitNames(body)
      for index in indices {
        if case .at(let e) = index { e.visitNames(body) }
      }
    case .member(let base, _, _), .negate(let base, _), .group(let base, _):
      base.visitNames(body)
    case .binary(_, let a, let b, _, _):
      a.visitNames(body)
      b.visitNames(body)
    case .array(let elements, _): for element in elements { element.visitNames(body) }
    }
  }
}
