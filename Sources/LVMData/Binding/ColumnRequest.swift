import LVMSyntax

/// What a model asks of the table for one variable or group.
public struct ColumnRequest: Sendable, Hashable {
  public enum Role: String, Sendable, Hashable, Codable {
    /// Bound to data; missing cells are legal.
    case observed
    /// Conditioned on; a missing cell is an error.
    case given
    /// The columns after `by`: rows with equal cells belong together.
    case group
  }

  public var name: String
  public var role: Role
  public var domain: ValueDomain
  /// Empty for a scalar; the columns of a matrix or an image are its cells, row-major.
  public var shape: [RequestedSize]
  /// What stands after `from` or `by`; `nil` binds by name.
  public var source: ColumnSpec?
  /// The variable in the model file.
  public var span: Span

  public init(
    name: String, role: Role, domain: ValueDomain, shape: [RequestedSize] = [],
    source: ColumnSpec? = nil, span: Span = .none
  ) {
    self.name = name
    self.role = role
    self.domain = domain
    self.shape = shape
    self.source = source
    self.span = span
  }

  /// All dimensions of a row's value: the shape, and the simplex's own size.
  var dimensions: [RequestedSize] {
    if case .simplex(let size) = domain { return shape + [size] }
    return shape
  }
}

/// One dimension of a variable.
public enum RequestedSize: Sendable, Hashable {
  case fixed(Int)
  /// Told from the data, such as `D`.
  case unknown(symbol: String)
}

/// Which values a variable may take.
public enum ValueDomain: Sendable, Hashable {
  case real
  /// Greater than zero.
  case positive
  /// From 0 to 1, both included.
  case unit
  /// A whole number from 0.
  case count
  case integer
  /// 0 or 1; TRUE and FALSE are read as such.
  case binary
  /// One of `size` labels, fixed where `labels` is given.
  case category(size: RequestedSize, labels: [String]?)
  /// `size` columns that are not negative and sum to 1.
  case simplex(size: RequestedSize)

  var isCategory: Bool {
    if case .category = self { return true }
    return false
  }

  /// The word for messages and the printed binding.
  var word: String {
    switch self {
    case .real: "real"
    case .positive: "positive"
    case .unit: "unit"
    case .count: "count"
    case .integer: "integer"
    case .binary: "binary"
    case .category: "category"
    case .simplex: "simplex"
    }
  }
}

/// Which columns, as written after `from`.
public indirect enum ColumnSpec: Sendable, Hashable {
  /// `flow`, or a vector's common prefix.
  case name(String)
  /// `"p*"`; without `*` it is an exact name.
  case pattern(String)
  /// `(eruptions, waiting)`
  case list([ColumnSpec])
  /// `not (id, label)`: all remaining numeric columns but these.
  case not([ColumnSpec])
  /// `standardize("p*")`, `scale("p*", 1/255)`, `sum(x)`
  case prepared(function: String, ColumnSpec, [Double])
}

extension ColumnSpec: CustomStringConvertible {
  /// As one writes it after `from`.
  public var description: String {
    switch self {
    case .name(let name): columnReference(name)
    case .pattern(let pattern): "\"\(pattern)\""
    case .list(let specs): "(" + specs.map(\.description).joined(separator: ", ") + ")"
    case .not(let specs):
      specs.count == 1
        ? "not \(specs[0])" : "not (" + specs.map(\.description).joined(separator: ", ") + ")"
    case .prepared(let function, let source, let arguments):
      "\(function)(" + ([source.description] + arguments.map(shortest)).joined(separator: ", ")
        + ")"
    }
  }
}
