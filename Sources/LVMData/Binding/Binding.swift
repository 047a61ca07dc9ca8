import LVMSyntax

/// Every variable of a model with its values, and every group with its rows.
public struct Binding: Sendable {
  /// In the order of the requests.
  public let variables: [BoundVariable]
  public let groups: [GroupIndex]
  /// Values of the sizes that the model left open, told from columns and labels.
  public let sizes: [String: Int]
  public let warnings: [DataWarning]
  public let rowCount: Int

  public subscript(name: String) -> BoundVariable? {
    variables.first { $0.name == name }
  }

  public func group(_ name: String) -> GroupIndex? {
    groups.first { $0.name == name }
  }

  /// By categorical variable, its labels in the order of their indices.
  public var labels: [String: [String]] { memory.labels }

  /// What a fit keeps, so that another table is read alike.
  public var memory: BindingMemory {
    var memory = BindingMemory()
    for variable in variables {
      memory.columns[variable.name] = variable.columns
      memory.labels[variable.name] = variable.labels
      memory.preparations[variable.name] = variable.preparation
    }
    for group in groups { memory.columns[group.name] = group.columns }
    return memory
  }

  /// The total log-Jacobian of all preparations of observed variables, over observed cells.
  public var logJacobian: Double {
    variables.filter { $0.role == .observed }.reduce(0) { $0 + $1.logJacobian.reduce(0, +) }
  }
}

extension Table {
  /// Finds the values that a model asks for; the rules are those of "Binding to columns".
  ///
  /// `overrides` replace what a variable's `from` says. Throws all errors that do not follow from
  /// others, with file, line and column and the variable's place in the model.
  public func bind(
    _ requests: [ColumnRequest], overrides: [String: ColumnSpec] = [:],
    options: BindingOptions = .init()
  ) throws(DataErrors) -> Binding {
    var resolver = ColumnResolver(
      table: self, requests: requests, overrides: overrides, options: options)
    resolver.resolve()
    var errors = resolver.errors
    var warnings = resolver.warnings

    var inference = SizeInference()
    inference.infer(resolver.items, skipping: resolver.failed, in: self)
    var failed = resolver.failed
    for (i, problem) in inference.errors {
      failed.insert(i)
      errors.append(
        .binding(problem, at: DataPlace(file: name), span: requests[i].span))
    }
    var sizes = inference.sizes.mapValues(\.value)
    let good = resolver.items.indices.filter { !failed.contains($0) }
    for i in good {
      if let problem = countLabels(resolver.items[i], options, known: inference.sizes, &sizes) {
        errors.append(
          .binding(problem, at: DataPlace(file: name), span: requests[i].span))
        failed.insert(i)
      }
    }

    var variables: [BoundVariable] = []
    var groups: [GroupIndex] = []
    for i in good where !failed.contains(i) {
      let item = resolver.items[i]
      if item.request.role == .group {
        do {
          groups.append(
            try GroupIndex(
              name: item.request.name, columns: item.columns.flatMap(\.sources), in: self,
              span: item.request.span))
        } catch {
          errors += error.items
        }
        continue
      }
      var builder = VariableBuilder(table: self, item: item, options: options)
      let variable = builder.build(categorySize: item.request.categorySize(sizes))
      errors += builder.errors
      warnings += builder.warnings
      if let variable { variables.append(variable) }
    }
    guard errors.isEmpty else { throw DataErrors(errors) }
    return Binding(
      variables: variables, groups: groups, sizes: sizes, warnings: warnings, rowCount: rowCount)
  }

  /// Counts the labels of a category of unknown size; the size is the greatest count among the
  /// variables that share its symbol, unless columns have fixed it.
  private func countLabels(
    _ item: ResolvedRequest, _ options: BindingOptions,
    known: [String: (value: Int, variable: String)], _ sizes: inout [String: Int]
  ) -> BindingProblem? {
    guard case .category(.unknown(let symbol), let fixed) = item.request.domain,
      known[symbol] == nil
    else { return nil }
    let count: Int
    if let labels = options.memory?.labels[item.request.name] ?? fixed {
      count = labels.count
    } else {
      count =
        CategoryCoding.distinctLabels(item.columns.flatMap(\.sources).map { columns[$0] }).count
      guard count > 0 else { return .noLabels(variable: item.request.name) }
    }
    sizes[symbol] = max(sizes[symbol] ?? 0, count)
    return nil
  }
}

extension ColumnRequest {
  /// The number of labels of a category, once open sizes are known.
  func categorySize(_ sizes: [String: Int]) -> Int? {
    guard case .category(let size, _) = domain else { return nil }
    switch size {
    case .fixed(let n): return n
    case .unknown(let symbol): return sizes[symbol]
    }
  }
}
