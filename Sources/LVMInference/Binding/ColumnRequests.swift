import LVMData
import LVMModel
import LVMSyntax

/// What a model asks of a table, in the data layer's terms.
enum ColumnRequests {
  /// One request a bound variable and a grouping; sizes with a known value are fixed.
  static func of(_ model: ModelGraph, sizes: [String: Int]) -> [ColumnRequest] {
    var requests: [ColumnRequest] = []
    for plate in model.plates {
      guard case .groups(let by) = plate.kind else { continue }
      let specs = by.map(spec)
      requests.append(
        ColumnRequest(
          name: plate.name, role: .group, domain: .real, shape: [],
          source: specs.count == 1 ? specs[0] : .list(specs), span: plate.span))
    }
    for v in model.variables where v.role == .observe || v.role == .given {
      requests.append(
        ColumnRequest(
          name: v.name, role: v.role == .observe ? .observed : .given,
          domain: domain(v.type, sizes), shape: shape(v.type, sizes),
          source: v.columns.map(spec), span: v.nameSpan))
    }
    return requests
  }

  private static func size(_ s: Size, _ sizes: [String: Int]) -> RequestedSize {
    let known = s.substituting(sizes)
    if let n = known.constant { return .fixed(n) }
    return .unknown(symbol: known.symbol ?? known.description)
  }

  private static func shape(_ type: ValueType, _ sizes: [String: Int]) -> [RequestedSize] {
    let own = type.kind == .simplex ? Array(type.shape.dropLast()) : type.shape
    return own.map { size($0, sizes) }
  }

  private static func domain(_ type: ValueType, _ sizes: [String: Int]) -> ValueDomain {
    switch type.kind {
    case .real, .covariance, .correlation, .cholesky, .orthonormal: .real
    case .positive: .positive
    case .unit: .unit
    case .count: .count
    case .integer: .integer
    case .binary: .binary
    case .category(let s, let labels): .category(size: size(s, sizes), labels: labels)
    case .simplex: .simplex(size: type.shape.last.map { size($0, sizes) } ?? .fixed(1))
    }
  }

  /// A model's column source as the data layer writes it.
  static func spec(_ source: ColumnSource) -> ColumnSpec {
    switch source {
    case .name(let name, _): .name(name)
    case .pattern(let text, _): .pattern(text)
    case .list(let parts, _): .list(parts.map(spec))
    case .not(let parts, _): .not(parts.map(spec))
    case .prepared(let preparation, let inner, let arguments, _):
      .prepared(function: preparation.rawValue, spec(inner), arguments)
    }
  }
}
