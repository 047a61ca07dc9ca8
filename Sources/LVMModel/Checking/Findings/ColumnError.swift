import LVMSyntax

/// What is wrong with `from`.
enum ColumnError: WordedFinding {
  case role(String, role: String)
  case unknownPreparation(String)
  case preparationArguments(String, usage: String, found: Int)
  case preparationValue(String, expected: String)
  case preparationKind(String, gives: String, variable: String, type: String)
  case sumOfVector(variable: String, type: String)
  case count(variable: String, type: String, expected: String, found: Int)
  case repeated(String, first: Span)
  case matrix(variable: String, type: String)
  case notAlone
  case emptyName

  var wording: Wording {
    switch self {
    case .role(let name, let role):
      return Wording(
        .fromRole, "`\(name)` is a `\(role)`: only observed and given variables come from columns",
        help: ["leave out `from`"])
    case .unknownPreparation(let name):
      let near = didYouMean(name, among: Vocabulary.preparations)
      return Wording(
        .unknownPreparation, "columns cannot be prepared with `\(name)`",
        help: near.isEmpty
          ? ["there are \(Vocabulary.preparations.joined(separator: ", "))"] : near)
    case .preparationArguments(let name, let usage, let found):
      return Wording(
        .preparationArguments,
        found == 0
          ? "`\(name)` needs a number after the columns"
          : "`\(name)` cannot take \(counted(found, "number"))",
        help: ["write `\(usage)`"])
    case .preparationValue(let name, let expected):
      return Wording(.preparationValue, "`\(name)` takes \(expected)")
    case .preparationKind(let name, let gives, let variable, let type):
      return Wording(
        .preparationKind, "`\(name)` gives \(gives), but `\(variable)` is `\(type)`",
        help: ["change the type of `\(variable)`, or leave out `\(name)`"])
    case .sumOfVector(let variable, let type):
      return Wording(
        .sumOfVector, "`sum` gives one value a row, but `\(variable)` is `\(type)`")
    case .count(let variable, let type, let expected, let found):
      return Wording(
        .columnCount,
        "`\(variable)` is `\(type)` and takes \(expected) column\(expected == "1" ? "" : "s"), "
          + "here are \(found)")
    case .repeated(let name, let first):
      return Wording(
        .repeatedColumn, "the column `\(name)` is listed twice",
        secondary: [.init(first, "listed here")])
    case .matrix(let variable, let type):
      return Wording(
        .dataType, "`\(variable)` is `\(type)`, which no columns of a table can hold",
        help: ["data are numbers, categories, or vectors and arrays of them"])
    case .notAlone:
      return Wording(
        .notAlone, "`not` takes all other columns, so nothing can stand beside it",
        help: ["write `from not (id, label)`"])
    case .emptyName:
      return Wording(.emptyColumn, "the name of a column cannot be empty")
    }
  }
}
