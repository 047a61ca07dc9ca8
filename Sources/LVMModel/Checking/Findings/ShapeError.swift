import LVMSyntax

/// What is wrong with shapes and sizes.
enum ShapeError: WordedFinding {
  case different(operation: String, left: String, right: String, sizes: [String])
  case vectorProduct(left: String, right: String)
  case vectorDivision
  case product(left: String, right: String, help: [String])
  case expected(what: String, expected: String, found: String, help: [String])
  case argument(family: String, argument: String, expected: String, found: String, help: [String])
  case needsVector(function: String, found: String)
  case needsMatrix(function: String, found: String, square: Bool)
  case tooManyIndices(name: String, type: String, found: Int, dimensions: Int)
  case indexKind(found: String)
  case indexVector(found: String)
  case indexRange(value: Int, size: String)
  case categoryIndex(category: String, dimension: String, position: Int)
  case emptyRange(from: String, to: String)
  case sizeNotPositive(String)
  case notASize(String, isVariable: Bool)
  case sizeOperator(String)
  case sizeTooLong
  case simplexSum(String)
  case sizeTooLarge
  case tooManyNumbers(String, count: Int)
  case takes(function: String, expected: String, found: String, help: [String])
  case scalarMember(name: String)

  var wording: Wording {
    switch self {
    case .different(let operation, let left, let right, let sizes):
      return Wording(
        .differentShapes, "`\(operation)` needs equal shapes; here `\(left)` and `\(right)`",
        help: sizes)
    case .vectorProduct(let left, let right):
      return Wording(
        .vectorProduct, "`*` between two vectors could mean two things",
        label: "`\(left)` times `\(right)`",
        help: ["elementwise it is `a .* b`, the sum of the products is `dot(a, b)`"])
    case .vectorDivision:
      return Wording(
        .vectorDivision, "`/` divides by a single value", help: ["elementwise it is `a ./ b`"])
    case .product(let left, let right, let help):
      return Wording(
        .matrixProduct, "`*` cannot multiply `\(left)` by `\(right)`", help: help)
    case .expected(let what, let expected, let found, let help):
      return Wording(
        .wrongShape, "\(what) is `\(expected)`, but this is `\(found)`", help: help)
    case .argument(let family, let argument, let expected, let found, let help):
      return Wording(
        .argumentShape, "the \(argument) of `\(family)` must be \(expected); this is `\(found)`",
        help: help)
    case .needsVector(let function, let found):
      return Wording(
        .needsVector, "`\(function)` takes a vector; this is `\(found)`",
        help: function == "dot" ? [] : ["it works within one row, never over the rows of the table"]
      )
    case .needsMatrix(let function, let found, let square):
      return Wording(
        .needsMatrix, "`\(function)` takes a \(square ? "square " : "")matrix; this is `\(found)`")
    case .tooManyIndices(let name, let type, let found, let dimensions):
      return Wording(
        .tooManyIndices,
        dimensions == 0
          ? "`\(name)` is a single value (`\(type)`) and has no elements"
          : "`\(name)` has \(counted(dimensions, "dimension")) (`\(type)`), "
            + "here it has \(found) indices")
    case .indexKind(let found):
      return Wording(
        .indexKind, "an index is a whole number or a category; this is `\(found)`")
    case .indexVector(let found):
      return Wording(
        .indexVector, "an index is one position; this is `\(found)`",
        help: ["index it first, as in `effect[k[1]]`"])
    case .indexRange(let value, let size):
      return Wording(
        .indexOutOfRange,
        value < 1
          ? "indices start at 1, not at \(value)" : "\(value) is beyond the last element, \(size)")
    case .categoryIndex(let category, let dimension, let position):
      return Wording(
        .categoryIndex,
        "`\(category)` cannot index a dimension of size `\(dimension)`",
        label: "index \(position)",
        help: ["a category picks from a dimension of as many values as it has"])
    case .emptyRange(let from, let to):
      return Wording(.emptyRange, "the range \(from)..\(to) holds nothing")
    case .sizeNotPositive(let size):
      return Wording(.sizeNotPositive, "a size must be at least 1; this is \(size)")
    case .notASize(let found, let isVariable):
      return Wording(
        .notASize,
        isVariable
          ? "`\(found)` is a variable: its value is not known when shapes are made"
          : "a size is a whole number or a name of the model's header, not \(found)",
        help: isVariable ? ["sizes are declared in the header, as in `model M(K = 2, D)`"] : [])
    case .sizeOperator(let sign):
      return Wording(
        .sizeOperator, "sizes are computed with `+`, `-` and `*`, not with `\(sign)`")
    case .sizeTooLong:
      return Wording(.sizeTooLong, "this size is too long to compute with")
    case .sizeTooLarge:
      return Wording(.sizeTooLong, "this size is too large")
    case .tooManyNumbers(let name, let count):
      let shown = count == .max ? "more numbers than can be counted" : "\(count) numbers"
      return Wording(
        .tooManyNumbers, "`\(name)` needs \(shown), more than fits in memory",
        help: ["at most \(ModelGraph.numberLimit) can be computed with: choose smaller sizes"])
    case .takes(let function, let expected, let found, let help):
      return Wording(
        .wrongShape, "`\(function)` takes \(expected); this is `\(found)`", help: help)
    case .simplexSum(let sum):
      return Wording(.simplexSum, "probabilities sum to 1, these sum to \(sum)")
    case .scalarMember(let name):
      return Wording(
        .notAnOutput, "`.\(name)` picks an output of a network; this is not a network's result",
        help: [
          "an element of a vector is `x[1]`; elementwise product and quotient are `.*` and `./`"
        ])
    }
  }
}
