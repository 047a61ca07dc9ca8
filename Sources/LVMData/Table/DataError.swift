import LVMSyntax

/// One thing that is wrong with the data, or with what a model asks of them.
public enum DataError: Error, Finding, Hashable {
  /// The file cannot be read as a table.
  case reading(ReadingProblem, at: DataPlace)
  /// The table does not hold what a variable needs; the span is the variable's, in the model file.
  case binding(BindingProblem, at: DataPlace, span: Span)

  /// Where in the data.
  public var place: DataPlace {
    switch self {
    case .reading(_, let place), .binding(_, let place, _): place
    }
  }

  /// Where in the model file, for errors that concern a variable.
  public var span: Span? {
    switch self {
    case .reading: nil
    case .binding(_, _, let span): span
    }
  }

  private var finding: any Finding {
    switch self {
    case .reading(let problem, _): problem
    case .binding(let problem, _, _): problem
    }
  }

  public var code: String { finding.code }
  public var message: String { finding.message }
  public var help: [String] { finding.help }
}

extension DataError: CustomStringConvertible {
  /// `file:line:column: error: message [code]`, then one line for each hint.
  public var description: String {
    var text = "\(place.prefix): error: \(message) [\(code)]"
    for line in help { text += "\n  help: \(line)" }
    return text
  }
}

/// Everything found wrong in one step; thrown as an error, never empty.
public struct DataErrors: Error, Sendable, Hashable, CustomStringConvertible {
  public var items: [DataError]

  public init(_ items: [DataError]) {
    self.items = items
  }

  init(_ problem: ReadingProblem, at place: DataPlace) {
    items = [.reading(problem, at: place)]
  }

  public var description: String {
    items.map(\.description).joined(separator: "\n")
  }
}
