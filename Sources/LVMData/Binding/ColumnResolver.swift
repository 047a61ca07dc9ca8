import LVMSyntax

/// Finds for each request the columns that it means.
///
/// In this order, so that a name beats a guess: scalars of a column's exact name and what `from` says
/// outright; vectors by their numbered columns; `not (…)`; a single vector left over; sums of another
/// variable's columns.
struct ColumnResolver {
  let table: Table
  let options: BindingOptions
  var items: [ResolvedRequest]
  var errors: [DataError] = []
  var warnings: [DataWarning] = []
  /// Columns that a variable has by name; they are not left for `not (…)` and leftovers.
  var claimed: Set<Int> = []

  init(
    table: Table, requests: [ColumnRequest], overrides: [String: ColumnSpec],
    options: BindingOptions
  ) {
    self.table = table
    self.options = options
    items = requests.map { request in
      let written = overrides[request.name] ?? request.source
      var item = ResolvedRequest(request: request, spec: written)
      // A fit remembers which columns it was made from; they win over what a pattern finds today.
      if overrides[request.name] == nil, let names = options.memory?.columns[request.name],
        let spec = ColumnSpec.replacingColumns(of: written, by: names)
      {
        item.spec = spec
      }
      return item
    }
    let names = Set(requests.map(\.name))
    for name in overrides.keys.sorted() where !names.contains(name) {
      let known = requests.map(\.name)
      errors.append(
        .binding(
          .unknownVariable(name: name, nearest: suggestion(for: name, among: known), known: known),
          at: DataPlace(file: table.name), span: .none))
    }
  }

  mutating func resolve() {
    for i in items.indices { resolveOutright(i) }
    for i in items.indices where !items[i].isResolved && items[i].spec == nil { resolveNumbered(i) }
    for i in items.indices where !items[i].isResolved {
      if let spec = items[i].spec, spec.excludes {
        resolve(i, spec)
        claim(i)
      }
    }
    resolveLeftover()
    for i in items.indices where !items[i].isResolved {
      if let spec = items[i].spec { resolve(i, spec) }
    }
  }

  /// Scalars and groups by exact name, and what `from` names without looking at others.
  private mutating func resolveOutright(_ i: Int) {
    if let spec = items[i].spec {
      guard !spec.excludes, !spec.sumsVariable(items.map(\.request.name)) else { return }
      resolve(i, spec)
      claim(i)
      return
    }
    let request = items[i].request
    guard request.dimensions.isEmpty || request.role == .group else { return }
    resolve(i, .name(request.name))
    claim(i)
  }

  private mutating func resolveNumbered(_ i: Int) {
    let request = items[i].request
    var columns = NumberedColumns.find(request.name, in: table, excluding: claimed)
    if columns.isEmpty, request.fixedWidth == 1, let exact = table.index(of: request.name),
      !claimed.contains(exact)
    {
      columns = [exact]
    }
    guard !columns.isEmpty else { return }
    if let width = request.fixedWidth, columns.count > width {
      warnings.append(
        .moreColumns(variable: request.name, bound: width, found: columns.count))
      columns = Array(columns.prefix(width))
    }
    items[i].columns = columns.map { ResolvedColumn(cells: .column($0)) }
    items[i].isResolved = true
    claim(i)
  }

  private mutating func resolveLeftover() {
    let left = items.indices.filter { !items[$0].isResolved && items[$0].spec == nil }
    guard let only = left.first else { return }
    if options.absentObservedIsMissing, left.contains(where: { options.isKnown(items[$0].request) })
    {
      for i in left { becomeAbsent(i) }
      return
    }
    if left.count > 1 {
      for i in left {
        let name = items[i].request.name
        let others = left.filter { $0 != i }.map { items[$0].request.name }
        fail(i, .severalVectorsLeft(variable: name, others: others, sought: name))
      }
      return
    }
    let columns = remainingColumns(but: [])
    let name = items[only].request.name
    if columns.isEmpty {
      fail(only, columnNotFound(only, name))
      return
    }
    items[only].columns = columns.map { ResolvedColumn(cells: .column($0)) }
    items[only].isResolved = true
    items[only].isLeftover = true
    for column in columns {
      if let reason = identifierReason(table.columns[column]) {
        warnings.append(
          .looksLikeIdentifier(
            variable: name, column: table.columns[column].name, reason: reason))
      }
    }
  }

  /// Numeric columns that nobody has by name, in order, without row names and those of `excluded`.
  func remainingColumns(but excluded: Set<Int>) -> [Int] {
    table.columns.indices.filter {
      let column = table.columns[$0]
      return column.isNumeric && !column.isRowName && !claimed.contains($0)
        && !excluded.contains($0)
    }
  }

  mutating func fail(_ i: Int, _ problem: BindingProblem) {
    errors.append(
      .binding(problem, at: DataPlace(file: table.name), span: items[i].request.span))
    items[i].columns = []
    items[i].isResolved = true
    failed.insert(i)
  }

  /// Requests that have an error already.
  private(set) var failed: Set<Int> = []

  private mutating func claim(_ i: Int) {
    // A sum reads columns that still are what they are to others.
    for case .column(let column) in items[i].columns.map(\.cells) { claimed.insert(column) }
  }

  /// Makes a whole variable missing, with the columns that the fit knew.
  mutating func becomeAbsent(_ i: Int) {
    let request = items[i].request
    guard request.role == .observed else {
      fail(i, columnNotFound(i, request.name))
      return
    }
    let width = request.fixedWidth ?? options.memory?.columns[request.name]?.count
    guard let width else {
      fail(i, columnNotFound(i, request.name))
      return
    }
    let names =
      options.memory?.columns[request.name]
      ?? (request.dimensions.isEmpty
        ? [request.name] : (0..<width).map { "\(request.name)\($0 + 1)" })
    items[i].columns = names.prefix(width).map { ResolvedColumn(cells: .absent($0)) }
    items[i].isResolved = true
  }

  func columnNotFound(_ i: Int, _ sought: String) -> BindingProblem {
    let names = table.columns.map(\.name)
    let request = items[i].request
    return .columnNotFound(
      variable: request.name, sought: sought, nearest: suggestion(for: sought, among: names),
      available: Array(names.prefix(100)), isVector: !request.dimensions.isEmpty)
  }

  /// Why a column that a leftover vector takes may be an identifier or a label.
  private func identifierReason(_ column: Column) -> String? {
    let words: Set = [
      "id", "index", "label", "labels", "class", "target", "species", "year", "row", "key", "group",
      "unnamed: 0",
    ]
    let name = column.name.lowercased()
    if words.contains(name) || name.hasSuffix("_id") { return "its name says that it is a label" }
    if column.isNumeric, !column.isLogical, !column.isConventional, column.labelCells != nil {
      return "its cells have zeros before them, or more digits than numbers keep"
    }
    guard column.isInteger, column.missingCount == 0, column.rowCount > 2,
      let low = column.minimum, let high = column.maximum, low == 0 || low == 1,
      high - low == Double(column.rowCount - 1)
    else { return nil }
    var counts = true
    column.storage.eachBlock { rows, cells in
      for (row, value) in zip(rows, cells) where value != low + Double(row) { counts = false }
    }
    return counts ? "it counts the rows" : nil
  }
}

/// a·b of sizes that are not negative; what an `Int` cannot hold is its largest, more than any table has.
func boundedProduct(_ a: Int, _ b: Int) -> Int {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  return overflow ? .max : product
}

extension ColumnRequest {
  /// The number of columns, where all sizes are known.
  var fixedWidth: Int? {
    var width = 1
    for size in dimensions {
      guard case .fixed(let n) = size else { return nil }
      width = boundedProduct(width, n)
    }
    return width
  }
}
