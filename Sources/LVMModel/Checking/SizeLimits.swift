import LVMSyntax

/// What is larger than any machine of ordinary size computes with.
extension ModelGraph {
  /// Numbers that a variable, or a part of an expression, may have at most.
  public static let numberLimit = 10_000_000
  /// How many rows back a chain may read.
  public static let lagLimit = 10_000

  /// An error for each variable that is too large, as far as sizes are known; others count as 1.
  ///
  /// Sizes that the data tell are known only in the end: ask again then.
  public var sizeFindings: [Diagnostic] {
    var findings: [Diagnostic] = []
    for variable in variables {
      var worst = variable.type.knownCount
      var lag = 0
      for e in variable.definition.expressions {
        e.visit { part in
          worst = max(worst, part.type.knownCount)
          switch part.node {
          case .previous(_, let one): lag = max(lag, one.constant ?? 0)
          case .previousRange(_, _, let last): lag = max(lag, last.constant ?? 0)
          case .number, .size, .variable, .map, .function, .arithmetic, .negate, .matrixProduct,
            .index, .array, .network:
            break
          }
        }
      }
      if worst > Self.numberLimit {
        findings.append(
          ShapeError.tooManyNumbers(variable.name, count: worst).at(variable.typeSpan))
      } else if lag > Self.lagLimit {
        findings.append(RoleError.lagTooLarge(variable.name, lag: lag).at(variable.span))
      }
    }
    return findings
  }
}

extension ValueType {
  /// The numbers of a value, or the labels of a category if those are more; no more than `Int.max`.
  var knownCount: Int {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(1, size.constant ?? 1))
      count = overflow ? .max : product
    }
    guard case .category(let size, _) = kind else { return count }
    return max(count, size.constant ?? 1)
  }
}
