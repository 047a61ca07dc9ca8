/// What a fit remembers of the table it was made from, so that another table is read alike.
public struct BindingMemory: Sendable, Hashable, Codable {
  /// By variable, the names of its columns.
  public var columns: [String: [String]]
  /// By categorical variable, its labels in the order of their indices.
  public var labels: [String: [String]]
  /// By variable, its preparation with the constants of that table.
  public var preparations: [String: Preparation]

  public init(
    columns: [String: [String]] = [:], labels: [String: [String]] = [:],
    preparations: [String: Preparation] = [:]
  ) {
    self.columns = columns
    self.labels = labels
    self.preparations = preparations
  }
}

/// How a table is bound.
public struct BindingOptions: Sendable {
  /// Binding to a loaded fit: columns, labels and constants are those of the fit.
  public var memory: BindingMemory?
  /// An observed variable whose columns the table lacks is wholly missing, rather than an error.
  public var absentObservedIsMissing: Bool
  /// Categorical variables for which a label that the fit has not seen gets a new index after the
  /// known ones, rather than being an error.
  public var unseenLabelsAllowed: Set<String>

  public init(
    memory: BindingMemory? = nil, absentObservedIsMissing: Bool = false,
    unseenLabelsAllowed: Set<String> = []
  ) {
    self.memory = memory
    self.absentObservedIsMissing = absentObservedIsMissing
    self.unseenLabelsAllowed = unseenLabelsAllowed
  }

  /// The width of a variable that is absent can be told.
  func isKnown(_ request: ColumnRequest) -> Bool {
    request.role == .observed
      && (request.fixedWidth != nil || memory?.columns[request.name] != nil)
  }
}
