import LVMSyntax

/// Why a table does not hold what a variable needs.
public enum BindingProblem: Error, Finding, Hashable {
  /// Columns named by a variable or in `from` that the table lacks.
  case columnNotFound(
    variable: String, sought: String, nearest: String?, available: [String], isVector: Bool)
  case patternMatchesNothing(variable: String, pattern: String, available: [String])
  case noColumnsLeft(variable: String, reason: String)
  case severalVectorsLeft(variable: String, others: [String], sought: String)
  case columnCount(variable: String, expected: Int, found: Int, columns: [String])
  case columnMultiple(variable: String, factor: Int, found: Int)
  case sizeConflict(
    symbol: String, variable: String, size: Int, other: String, otherSize: Int)
  case sizeUnknown(variable: String, symbols: [String])
  case expectedNumber(variable: String, column: String, found: String)
  case expectedBinary(variable: String, column: String, found: String)
  case valueOutside(
    variable: String, column: String, expected: String, found: String, more: Int)
  case infinite(variable: String, column: String)
  case missingGiven(variable: String, column: String, more: Int)
  case tooManyLabels(
    variable: String, allowed: Int, found: Int, labels: [String], cell: String)
  case noLabels(variable: String)
  /// A label that the model, or the fit that is used, does not know; where it indexes a latent the
  /// caller may allow it.
  case unseenLabel(
    variable: String, column: String, found: String, known: [String], fromFit: Bool)
  case unknownPreparation(name: String, nearest: String?)
  case preparationArguments(name: String, expected: Int, found: Int)
  case preparationConstant(name: String, expected: String, found: String)
  case preparationDomain(name: String, variable: String, column: String, found: String)
  case preparedCategory(variable: String)
  case misplacedSum(variable: String)
  case preparationMismatch(variable: String, stored: Int, found: Int)
  case notConstantInGroup(
    variable: String, group: String, label: String, first: String, found: String)
  /// A table for a fit that has none of the columns which the fit was made with.
  case noneOfColumns(expected: [String], available: [String])
  case unknownVariable(name: String, nearest: String?, known: [String])

  public var code: String {
    switch self {
    case .columnNotFound: "column-not-found"
    case .patternMatchesNothing: "pattern-matches-nothing"
    case .noColumnsLeft: "no-columns-left"
    case .severalVectorsLeft: "several-vectors-left"
    case .columnCount, .columnMultiple: "column-count"
    case .sizeConflict: "size-conflict"
    case .sizeUnknown: "size-unknown"
    case .expectedNumber: "expected-number"
    case .expectedBinary: "expected-binary"
    case .valueOutside: "value-outside"
    case .infinite: "infinite-value"
    case .missingGiven: "missing-given"
    case .tooManyLabels: "too-many-labels"
    case .noLabels: "no-labels"
    case .unseenLabel: "unseen-label"
    case .unknownPreparation: "unknown-preparation"
    case .preparationArguments: "preparation-arguments"
    case .preparationConstant: "preparation-constant"
    case .preparationDomain: "preparation-domain"
    case .preparedCategory: "prepared-category"
    case .misplacedSum: "misplaced-sum"
    case .preparationMismatch: "preparation-mismatch"
    case .notConstantInGroup: "not-constant-in-group"
    case .noneOfColumns: "none-of-columns"
    case .unknownVariable: "unknown-variable"
    }
  }

  public var message: String {
    switch self {
    case .columnNotFound(let variable, let sought, _, _, let isVector):
      isVector && sought == variable
        ? "`\(variable)` found no columns `\(sought)1`, `\(sought)2`… in the table"
        : sought == variable
          ? "`\(variable)` needs a column `\(sought)`, and the table has none"
          : "the column `\(sought)` for `\(variable)` is not in the table"
    case .patternMatchesNothing(let variable, let pattern, _):
      "no column matches \"\(pattern)\" for `\(variable)`"
    case .noColumnsLeft(let variable, let reason): "no column is left for `\(variable)`: \(reason)"
    case .severalVectorsLeft(let variable, let others, let sought):
      "`\(variable)` found no columns `\(sought)1`, `\(sought)2`…, and cannot take all remaining"
        + " ones because \(quotedList(others)) could too"
    case .columnCount(let variable, let expected, let found, let columns):
      "`\(variable)` needs \(counted(expected, "column")), and \(found) "
        + (found == 1 ? "was found" : "were found") + (found == 0 ? "" : ": \(quotedList(columns))")
    case .columnMultiple(let variable, let factor, let found):
      "`\(variable)` needs a multiple of \(factor) columns, and \(found) were found"
    case .sizeConflict(let symbol, let variable, let size, let other, let otherSize):
      "`\(symbol)` is \(otherSize) by the columns of `\(other)` and \(size) by those of `\(variable)`"
    case .sizeUnknown(let variable, let symbols):
      "the \(symbols.count == 1 ? "size" : "sizes") \(quotedList(symbols)) of `\(variable)` cannot be"
        + " told from the data"
    case .expectedNumber(_, let column, let found):
      "column `\(column)`: expected a number, found `\(shortened(found))`"
    case .expectedBinary(_, let column, let found):
      "column `\(column)`: expected 0 or 1, or no or yes, found `\(shortened(found))`"
    case .valueOutside(_, let column, let expected, let found, let more):
      "column `\(column)`: expected \(expected), found \(found)"
        + (more > 0 ? " (and \(counted(more, "more cell")) like it)" : "")
    case .infinite(_, let column): "column `\(column)`: expected a finite number, found infinity"
    case .missingGiven(let variable, let column, let more):
      "column `\(column)`: the value is missing, and `\(variable)` is given, so it must be known"
        + (more > 0 ? " (and \(counted(more, "more cell")) like it)" : "")
    case .tooManyLabels(let variable, let allowed, let found, let labels, let cell):
      "`\(variable)` has room for \(counted(allowed, "label")), and the data hold \(found):"
        + " \(quotedList(labels, limit: 6)); `\(shortened(cell))` is the first too many"
    case .noLabels(let variable):
      "`\(variable)` has no value in the data, so its labels cannot be counted"
    case .unseenLabel(let variable, let column, let found, let known, let fromFit):
      "column `\(column)`: `\(shortened(found))` is not a label of `\(variable)`"
        + (fromFit ? " in the fit" : "") + " (\(quotedList(known, limit: 6)))"
    case .unknownPreparation(let name, _): "there is no preparation `\(name)`"
    case .preparationArguments(let name, let expected, let found):
      "`\(name)` takes \(expected == 0 ? "no number" : counted(expected, "number")) after the columns,"
        + " and has \(found)"
    case .preparationConstant(let name, let expected, let found):
      "the number in `\(name)` must be \(expected), and is \(found)"
    case .preparationDomain(let name, _, let column, let found):
      "column `\(column)`: `\(name)` is not defined at \(found)"
    case .preparedCategory(let variable):
      "`\(variable)` is a category, and only numbers can be prepared"
    case .misplacedSum(let variable):
      "`sum` for `\(variable)` must name columns or a variable, not prepared ones"
    case .preparationMismatch(let variable, let stored, let found):
      "`\(variable)` was fitted on \(counted(stored, "prepared column")), and \(found) are bound now"
    case .notConstantInGroup(let variable, let group, let label, let first, let found):
      "`\(variable)` must have one value in each `\(group)`, and in `\(label)` it has \(first)"
        + " and \(found)"
    case .noneOfColumns(let expected, _):
      "the table has none of the columns that the fit was made with: \(quotedList(expected, limit: 12))"
    case .unknownVariable(let name, _, _): "the model binds no variable `\(name)`"
    }
  }

  public var help: [String] {
    switch self {
    case .columnNotFound(let variable, let sought, let nearest, let available, let isVector):
      (nearest.map { ["did you mean `\($0)`?"] } ?? [])
        + ["the table has \(available.isEmpty ? "no columns" : quotedList(available, limit: 12))"]
        + (sought == variable
          ? ["say which column with `from`, as in `from \(isVector ? "\"p*\"" : "height")`"] : [])
    case .patternMatchesNothing(_, _, let available), .noneOfColumns(_, let available):
      ["the table has \(quotedList(available, limit: 12))"]
    case .severalVectorsLeft: ["say which columns with `from`, as in `from \"p*\"`"]
    case .columnCount(_, let expected, let found, _):
      found > expected
        ? ["name the columns after `from`, or leave some out with `from not (…)`"] : []
    case .sizeConflict(let symbol, _, _, _, _):
      [
        "give the two variables different sizes, or bind equally many columns to both;"
          + " `\(symbol)` can only have one value"
      ]
    case .sizeUnknown(_, let symbols):
      ["set it, as in `--set \(symbols.first ?? "D")=3`"]
    case .expectedNumber(_, _, let found): numberHelp(found)
    case .expectedBinary(_, _, let found):
      isMissingWord(Array(found.uppercased().utf8))
        ? ["an empty cell, NA or NaN stands for a missing value"]
        : ["write 0 and 1, so that it is told which is which, or declare `category[2]`"]
    case .tooManyLabels(_, _, let found, _, _):
      ["declare `category[\(found)]`, or correct the cells"]
    case .unseenLabel(_, _, let found, let known, _):
      suggestion(for: found, among: known).map { ["did you mean `\($0)`?"] } ?? []
    case .unknownPreparation(_, let nearest):
      nearest.map { ["did you mean `\($0)`?"] }
        ?? ["there are \(PreparationName.allCases.map(\.rawValue).joined(separator: ", ")) and sum"]
    case .preparationDomain(let name, _, _, _):
      name == "log" ? ["use `log1p` where values can be 0"] : []
    case .misplacedSum: ["write `log(sum(x))` rather than `sum(log(x))`"]
    case .unknownVariable(_, let nearest, let known):
      nearest.map { ["did you mean `\($0)`?"] } ?? ["it binds \(quotedList(known))"]
    case .noColumnsLeft, .columnMultiple, .valueOutside, .infinite, .missingGiven, .noLabels,
      .preparationArguments, .preparationConstant, .preparedCategory, .preparationMismatch,
      .notConstantInGroup:
      []
    }
  }

  /// How a text is written that was meant as a number.
  private func numberHelp(_ found: String) -> [String] {
    func plain(_ number: Double) -> String { numberLabel(number) }
    switch NumberConvention.read([found]) {
    case .numbers(let numbers, let mark?) where mark == 0x2c:
      return numbers.prefix(1).map { "write decimals with a point: \(plain($0))" }
    case .numbers(let numbers, _):
      return numbers.prefix(1).map { "write the number without separators: \(plain($0))" }
    case .either(let choices):
      let thousands = choices.first { $0.mark == 0x2e }?.numbers.first ?? 0
      return [
        "write \(plain(thousands)) if the comma separates thousands,"
          + " \(found.replacing(",", with: ".")) if it is the decimal mark"
      ]
    case .none: break
    }
    let signs: Set<Character> = ["%", "$", "€", "£", "¥", "°"]
    let bare = String(found.filter { !signs.contains($0) && $0 != " " })
    if bare != found, Double(bare) != nil { return ["write the number alone: \(bare)"] }
    return ["an empty cell, NA or NaN stands for a missing value"]
  }
}
