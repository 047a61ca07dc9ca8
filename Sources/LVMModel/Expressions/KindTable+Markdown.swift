/// The table of kinds for the documentation, made from the rules themselves.
extension KindTable {
  /// Kinds of numbers, in the order of the table.
  private static let kinds: [ElementKind] = [.positive, .unit, .count, .integer, .binary, .real]

  /// Markdown: one table an operator, then one for functions.
  public static var markdown: String {
    var text = """
      # How kinds propagate

      The kind of an expression follows from the kinds of its parts, element by element. Where
      something positive, a probability or a count must stand, a variable that is declared otherwise
      is an error; what is computed and cannot be proved is checked when the model runs.

      A number counts as what it is: `2` as positive and whole, `0.5` as a unit value. Elements of a
      `simplex` are unit values. `1 - x` is `unit` for a unit `x` and `binary` for a binary one.
      Elements of `unit` count as above zero.


      """
    for operation in Arithmetic.allCases {
      text += "## `a \(operation.rawValue) b`\n\n"
      text += "| a \\ b | " + kinds.map(\.word).joined(separator: " | ") + " |\n"
      text += String(repeating: "|---", count: kinds.count + 1) + "|\n"
      for a in kinds {
        let row = kinds.map { b in
          arithmetic(operation, ElementFacts(a), ElementFacts(b)).kind.word
        }
        text += "| \(a.word) | " + row.joined(separator: " | ") + " |\n"
      }
      text += "\n"
    }
    text += "## Functions\n\n"
    text += "| f(x) | " + kinds.map(\.word).joined(separator: " | ") + " |\n"
    text += String(repeating: "|---", count: kinds.count + 1) + "|\n"
    for function in ElementwiseFunction.allCases {
      let row = kinds.map { map(function, ElementFacts($0)).kind.word }
      text += "| `\(function.rawValue)` | " + row.joined(separator: " | ") + " |\n"
    }
    return text + """

      `softmax` gives a `simplex`; `one_hot` binary values; `identity`, `inverse` of a covariance,
      `diag` of a positive vector, `A * transpose(A)`, sums of covariances and their positive
      multiples give a `covariance`; `cholesky` gives a `cholesky` factor. A matrix product of positive
      values is positive, one of whole numbers whole; `sum`, `cumsum`, `min`, `max` keep what holds of
      all elements, `mean` all but wholeness.

      """
  }
}
