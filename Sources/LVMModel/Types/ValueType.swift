/// The kind of an element; with it come the constraint and the number of event dimensions.
public enum ElementKind: Hashable, Sendable {
  case real, positive, unit, count, integer, binary
  /// One of `size` categories. `labels` are set where the type fixes them: `category["low", "high"]`.
  case category(Size, labels: [String]?)
  /// A vector that sums to one; event rank 1.
  case simplex
  /// Square matrices; event rank 2. `cholesky` is a lower-triangular factor with a positive diagonal.
  case covariance, correlation, cholesky
  /// A matrix [D, L] with orthonormal columns; event rank 2.
  case orthonormal

  /// Trailing dimensions that belong to one constrained value.
  public var eventRank: Int {
    switch self {
    case .real, .positive, .unit, .count, .integer, .binary, .category: 0
    case .simplex: 1
    case .covariance, .correlation, .cholesky, .orthonormal: 2
    }
  }

  /// Whether values come from a finite set that can be enumerated.
  public var isFinite: Bool {
    switch self {
    case .binary, .category: true
    case .real, .positive, .unit, .count, .integer, .simplex, .covariance, .correlation, .cholesky,
      .orthonormal:
      false
    }
  }

  /// Whether values are whole numbers.
  public var isDiscrete: Bool {
    switch self {
    case .binary, .category, .count, .integer: true
    case .real, .positive, .unit, .simplex, .covariance, .correlation, .cholesky, .orthonormal:
      false
    }
  }

  /// The word that declares it.
  public var word: String {
    switch self {
    case .real: "real"
    case .positive: "positive"
    case .unit: "unit"
    case .count: "count"
    case .integer: "integer"
    case .binary: "binary"
    case .category: "category"
    case .simplex: "simplex"
    case .covariance: "covariance"
    case .correlation: "correlation"
    case .cholesky: "cholesky"
    case .orthonormal: "orthonormal"
    }
  }
}

/// The type of a variable or an expression: an element kind and a shape.
///
/// `shape` lists every dimension, batch sizes first, event sizes last: `covariance[K, D]` has shape
/// [K, D, D]; `simplex[K, D]` has [K, D]; `category[Q, K]` has [Q] with kind `category(K)`.
public struct ValueType: Hashable, Sendable, CustomStringConvertible {
  public var kind: ElementKind
  public var shape: [Size]

  public init(_ kind: ElementKind, _ shape: [Size] = []) {
    self.kind = kind
    self.shape = shape
  }

  public var isScalar: Bool { shape.isEmpty }
  public var batchShape: [Size] { Array(shape.dropLast(kind.eventRank)) }
  public var eventShape: [Size] { Array(shape.suffix(kind.eventRank)) }

  /// The shape as numbers; nil while a size is unknown.
  public var dims: [Int]? {
    var result: [Int] = []
    for size in shape {
      guard let value = size.constant else { return nil }
      result.append(value)
    }
    return result
  }

  public func substituting(_ values: [String: Int]) -> ValueType {
    var kind = kind
    if case .category(let size, let labels) = kind {
      kind = .category(size.substituting(values), labels: labels)
    }
    return ValueType(kind, shape.map { $0.substituting(values) })
  }

  /// As the user writes it.
  public var description: String {
    var arguments: [String]
    switch kind {
    case .category(let size, let labels):
      arguments = shape.map(\.description)
      arguments += labels.map { $0.map { "\"\($0)\"" } } ?? [size.description]
    case .covariance, .correlation, .cholesky:
      arguments = shape.dropLast().map(\.description)
    case .real, .positive, .unit, .count, .integer, .binary, .simplex, .orthonormal:
      arguments = shape.map(\.description)
    }
    return arguments.isEmpty ? kind.word : "\(kind.word)[\(arguments.joined(separator: ", "))]"
  }
}
