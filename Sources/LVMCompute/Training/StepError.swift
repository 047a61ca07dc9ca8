/// What can be wrong with a graph or with what a step is given.
public enum StepError: Error, Equatable, CustomStringConvertible {
  /// The loss is not one number.
  case lossIsNotScalar(String)
  /// An op that works on groups or sequences of rows.
  case unsupported(String)
  case missingInput(String)
  case inputShape(String, expected: [Int], found: [Int])
  case missingParameter(String)
  case parameterShape(String, expected: Int, found: Int)
  /// Trained parameters are Float32.
  case parameterType(String)
  case tooManyRows(Int, most: Int)
  case rowOutOfRange(Int, input: String, count: Int)
  /// What a minibatch keeps is more than the machine's memory.
  case tooLarge(bytes: Int, rows: Int)

  public var description: String {
    switch self {
    case .lossIsNotScalar(let shape):
      "the loss of a step is one number, not an array \(shape)"
    case .unsupported(let op):
      "a step over minibatches cannot compute '\(op)', which needs whole groups of rows"
    case .missingInput(let name):
      "the step needs rows or random numbers for '\(name)'"
    case .inputShape(let name, let expected, let found):
      "'\(name)' has \(found) numbers a row; the step expects \(expected)"
    case .missingParameter(let name):
      "the step has no parameter '\(name)'"
    case .parameterShape(let name, let expected, let found):
      "'\(name)' was given \(found) numbers; it has \(expected)"
    case .parameterType(let name):
      "the trained parameter '\(name)' is not Float32"
    case .tooManyRows(let count, let most):
      "a minibatch of \(count) rows; the step was made for at most \(most)"
    case .rowOutOfRange(let row, let input, let count):
      "there is no row \(row) in '\(input)', which has \(count)"
    case .tooLarge(let bytes, let rows):
      "a minibatch of \(rows) rows, each counted once a draw, takes \(bytes >> 30) GB, more than this machine has"
    }
  }
}
