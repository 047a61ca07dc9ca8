/// How much a finding matters: an error stops the pipeline, a warning does not.
public enum Severity: String, Sendable, Codable {
  case error, warning
}

/// One finding about a model, in the user's terms, ready to be rendered.
///
/// Findings are made from the closed enums that stand beside each check (`SyntaxError`, `NameError`…);
/// the enum words the message, this value carries it to the one renderer.
public struct Diagnostic: Sendable, Hashable {
  /// A place in the source with a few words about it; the words may be empty.
  public struct Label: Sendable, Hashable {
    public var span: Span
    public var text: String

    public init(_ span: Span, _ text: String = "") {
      self.span = span
      self.text = text
    }
  }

  public var severity: Severity
  /// A stable kebab-case name, such as `unknown-name`; tools and tests refer to it.
  public var code: String
  /// One sentence without a full stop that says what is wrong.
  public var message: String
  /// Where: rendered with carets.
  public var primary: Label
  /// Other places that explain it, such as "declared here".
  public var secondary: [Label]
  /// What to do about it, one line each.
  public var help: [String]

  public init(
    _ severity: Severity, code: String, message: String, primary: Label,
    secondary: [Label] = [], help: [String] = []
  ) {
    self.severity = severity
    self.code = code
    self.message = Self.clipped(message)
    self.primary = Label(primary.span, Self.clipped(primary.text))
    self.secondary = secondary.prefix(Self.labelLimit).map {
      Label($0.span, Self.clipped($0.text))
    }
    self.help = help.map(Self.clipped)
  }

  /// More places than this explain nothing.
  private static let labelLimit = 20

  /// Words that quote a very long name are cut in their middle.
  private static func clipped(_ text: String) -> String {
    guard text.utf8.count > 2000 else { return text }
    return text.prefix(600) + " … " + text.suffix(200)
  }
}

/// A kind of finding: each check keeps its own closed enum, and words its messages in it.
public protocol Finding: Sendable {
  /// A stable kebab-case name for the case.
  var code: String { get }
  var severity: Severity { get }
  var message: String { get }
  /// Words beside the caret; empty by default.
  var label: String { get }
  /// Other places, such as where a name was declared; empty by default.
  var secondary: [Diagnostic.Label] { get }
  /// What to do about it; empty by default.
  var help: [String] { get }
}

extension Finding {
  public var severity: Severity { .error }
  public var label: String { "" }
  public var secondary: [Diagnostic.Label] { [] }
  public var help: [String] { [] }

  /// This finding at a place in the source.
  public func at(_ span: Span) -> Diagnostic {
    Diagnostic(
      severity, code: code, message: message, primary: .init(span, label), secondary: secondary,
      help: help)
  }
}

/// All findings about one model that stopped it; thrown as an error.
public struct Diagnostics: Error, Sendable {
  public var source: SourceText
  public var items: [Diagnostic]

  public init(source: SourceText, items: [Diagnostic]) {
    self.source = source
    self.items = items
  }

  public var errors: [Diagnostic] { items.filter { $0.severity == .error } }
  public var warnings: [Diagnostic] { items.filter { $0.severity == .warning } }
}
