import LVMSyntax

/// What one check of a model gathers. Each topic is an extension in a file of its own.
final class Checker {
  /// More findings than this are cut off, as those of the parser are.
  static let findingLimit = 100

  let source: SourceText
  var findings: [Diagnostic] = []

  /// Names that the text declares, where the parser may have lost some; else empty.
  var lostNames: Set<String> = []

  // The header.
  var headers: [HeaderName] = []
  var headerIndex: [String: Int] = [:]
  /// Sizes whose numbers are known: defaults, settings and what the data said.
  var knownSizes: [String: Int] = [:]

  // Blocks and names.
  var plates: [Plate] = [
    Plate(name: "", kind: .model, parent: nil, span: .none)
  ]
  var declarations: [Declaration] = []
  /// Index of the declaration of each name; names are unique in a model.
  var declarationIndex: [String: Int] = [:]
  /// `let o = decoder(z)` with several outputs: the declarations of its outputs.
  var bundles: [String: Bundle] = [:]
  var rows: PlateIndex?

  // Networks.
  var networkSyntax: [NetworkSyntax] = []
  var networks: [Network?] = []
  var networkIndex: [String: Int] = [:]

  var guideSyntax: [(entry: GuideEntrySyntax, plate: PlateIndex)] = []
  var fitSyntax: [FitEntrySyntax] = []
  var guides: [GuideEntry] = []
  var fit: [FitEntry] = []

  init(source: SourceText) {
    self.source = source
  }

  func report(_ finding: some Finding, _ span: Span) {
    findings.append(finding.at(span))
  }

  /// Reports and gives nothing: what has an error has no value, and so no further errors.
  func fail<T>(_ finding: some Finding, _ span: Span) -> T? {
    report(finding, span)
    return nil
  }
}

/// A size or constant of the header while it is being checked.
struct HeaderName {
  var name: Name
  var value: Double?
  /// Whether a value was tried and found wrong: no further error about it.
  var isPoisoned = false
  var isSize = false
  /// Whether a setting, a preparation or another name's default reads it.
  var isMentioned = false
  /// Where it is used as a number, if it is.
  var usedAsNumber: Span?
}

/// One variable while it is being checked.
struct Declaration {
  var syntax: VariableSyntax
  var name: String
  var plate: PlateIndex
  /// For an output of `let o = decoder(z)`: its place among the network's outputs.
  var output: Int?
  /// Nil until known, and for ever if there is an error in it.
  var type: ValueType?
  var definition: Definition?
  var columns: ColumnSource?
  /// For a `let`: how far back it reads, and where.
  var past: (order: Size, span: Span)?
  /// For a `let`: the first latent, observed or given variable it depends on.
  var randomSource: VariableID?

  var role: Role { syntax.role }
  var nameSpan: Span { syntax.name.span }
}

/// `let o = decoder(z)` where the network has several outputs.
struct Bundle {
  var network: Int
  /// The declaration of each output.
  var outputs: [Int]
  var plate: PlateIndex
  var span: Span
}
