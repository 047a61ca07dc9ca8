import LVMSyntax

/// Checks how many columns each variable got, and finds the sizes that the model left open.
struct SizeInference {
  /// Sizes found so far, and the variable that each came from.
  private(set) var sizes: [String: (value: Int, variable: String)] = [:]
  private(set) var errors: [(index: Int, problem: BindingProblem)] = []

  /// Goes over the requests until nothing new is learnt; category sizes come later, from labels.
  mutating func infer(_ items: [ResolvedRequest], skipping failed: Set<Int>, in table: Table) {
    var open = items.indices.filter { !failed.contains($0) && items[$0].request.role != .group }
    while true {
      let before = open.count
      open.removeAll { settle($0, items[$0], table) }
      if open.isEmpty || open.count == before { break }
    }
    for i in open {
      let symbols = Set(unknowns(items[i].request)).sorted()
      errors.append((i, .sizeUnknown(variable: items[i].request.name, symbols: symbols)))
    }
  }

  private func unknowns(_ request: ColumnRequest) -> [String] {
    request.dimensions.compactMap {
      if case .unknown(let symbol) = $0, sizes[symbol] == nil { return symbol }
      return nil
    }
  }

  /// True once a request needs no further look.
  private mutating func settle(_ i: Int, _ item: ResolvedRequest, _ table: Table) -> Bool {
    let request = item.request
    let open = unknowns(request)
    guard Set(open).count <= 1 else { return false }
    var known = 1
    var shared: (symbol: String, value: Int, variable: String)?
    for size in request.dimensions {
      switch size {
      case .fixed(let n): known = boundedProduct(known, n)
      case .unknown(let symbol):
        guard let size = sizes[symbol] else { continue }
        known = boundedProduct(known, size.value)
        shared = (symbol, size.value, size.variable)
      }
    }
    let found = item.columns.count
    guard let symbol = open.first else {
      if found != known { mismatch(i, item, expected: known, shared: shared, table) }
      return true
    }
    guard known > 0, found % known == 0,
      let size = root(found / known, power: open.count), size > 0
    else {
      errors.append((i, .columnMultiple(variable: request.name, factor: known, found: found)))
      return true
    }
    sizes[symbol] = (size, request.name)
    return true
  }

  private mutating func mismatch(
    _ i: Int, _ item: ResolvedRequest, expected: Int,
    shared: (symbol: String, value: Int, variable: String)?, _ table: Table
  ) {
    let request = item.request
    let found = item.columns.count
    if let shared, request.dimensions.count == 1 {
      errors.append(
        (
          i,
          .sizeConflict(
            symbol: shared.symbol, variable: request.name, size: found, other: shared.variable,
            otherSize: shared.value)
        ))
      return
    }
    let names = item.columns.prefix(50).flatMap(\.sources).map { table.columns[$0].name }
    errors.append(
      (
        i,
        .columnCount(variable: request.name, expected: expected, found: found, columns: names)
      ))
  }

  private func root(_ value: Int, power: Int) -> Int? {
    if power == 1 { return value }
    var n = 1
    while true {
      let raised = (0..<power).reduce(1) { product, _ in product * n }
      if raised == value { return n }
      if raised > value { return nil }
      n += 1
    }
  }
}
