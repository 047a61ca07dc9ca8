/// A name as written, with its place.
public struct Name: Sendable, Hashable {
  public var text: String
  public var span: Span

  public init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }
}

/// A whole `.lvm` file: one model.
public struct ModelSyntax: Sendable {
  public var name: Name
  /// The sizes and constants in parentheses after the name.
  public var sizes: [SizeSyntax]
  public var statements: [StatementSyntax]
  public var span: Span

  public init(name: Name, sizes: [SizeSyntax], statements: [StatementSyntax], span: Span) {
    self.name = name
    self.sizes = sizes
    self.statements = statements
    self.span = span
  }
}

/// `K = 2` or `D` in a model's header.
public struct SizeSyntax: Sendable {
  public var name: Name
  public var defaultValue: ExpressionSyntax?

  public init(name: Name, defaultValue: ExpressionSyntax?) {
    self.name = name
    self.defaultValue = defaultValue
  }
}

/// One statement, at the top level or inside an `each` block.
public indirect enum StatementSyntax: Sendable {
  case variable(VariableSyntax)
  case each(EachSyntax)
  case network(NetworkSyntax)
  case guide(GuideSyntax)
  case fit(FitSyntax)

  public var span: Span {
    switch self {
    case .variable(let s): s.span
    case .each(let s): s.span
    case .network(let s): s.span
    case .guide(let s): s.span
    case .fit(let s): s.span
    }
  }
}

/// The word that starts a variable's declaration.
public enum Role: String, Sendable, CaseIterable, Codable {
  case param, latent, observe, given
  case binding = "let"
}

/// `latent z : real[L] ~ Normal(0, 1)` and its siblings `param`, `observe`, `given`, `let`.
public struct VariableSyntax: Sendable {
  public var role: Role
  public var name: Name
  /// Absent for `let` unless written.
  public var type: TypeSyntax?
  /// What follows `from`, if anything.
  public var from: ColumnSyntax?
  public var definition: DefinitionSyntax?
  public var span: Span

  public init(
    role: Role, name: Name, type: TypeSyntax?, from: ColumnSyntax?, definition: DefinitionSyntax?,
    span: Span
  ) {
    self.role = role
    self.name = name
    self.type = type
    self.from = from
    self.definition = definition
    self.span = span
  }
}

/// How a variable comes to be.
public enum DefinitionSyntax: Sendable {
  /// `~ Family(…)`
  case drawn(ExpressionSyntax)
  /// `= expression`
  case equal(ExpressionSyntax)
  /// `initially Family(…) then Family(…)`; either part may instead be `= expression`.
  case chain(initially: StepSyntax?, then: StepSyntax)
}

/// One part of a chain: a family, or `= expression`.
public enum StepSyntax: Sendable {
  case drawn(ExpressionSyntax)
  case equal(ExpressionSyntax)

  public var expression: ExpressionSyntax {
    switch self {
    case .drawn(let e), .equal(let e): e
    }
  }
}

/// `real[K, D]`, `category["low", "high"]`.
public struct TypeSyntax: Sendable {
  public var kind: Name
  public var arguments: [ExpressionSyntax]
  public var span: Span

  public init(kind: Name, arguments: [ExpressionSyntax], span: Span) {
    self.kind = kind
    self.arguments = arguments
    self.span = span
  }
}

/// What stands after `from`: which columns, and how they are prepared.
public indirect enum ColumnSyntax: Sendable {
  /// `flow`
  case name(Name)
  /// `"p*"`; the text without quotes.
  case pattern(Name)
  /// `(eruptions, waiting)`
  case list([ColumnSyntax], Span)
  /// `not (id, label)` or `not id`
  case not([ColumnSyntax], Span)
  /// `standardize("p*")`, `scale("p*", 1/255)`, `log(flow)`, `sum(x)`
  case prepared(function: Name, source: ColumnSyntax, arguments: [ExpressionSyntax], Span)

  public var span: Span {
    switch self {
    case .name(let n), .pattern(let n): n.span
    case .list(_, let s), .not(_, let s), .prepared(_, _, _, let s): s
    }
  }
}

/// `each row { … }`, `each row in order { … }`, `each subject by id { … }`.
public struct EachSyntax: Sendable {
  public var unit: Name
  /// The columns after `by`; empty for rows.
  public var by: [ColumnSyntax]
  public var inOrder: Bool
  public var statements: [StatementSyntax]
  public var span: Span

  public init(
    unit: Name, by: [ColumnSyntax], inOrder: Bool, statements: [StatementSyntax], span: Span
  ) {
    self.unit = unit
    self.by = by
    self.inOrder = inOrder
    self.statements = statements
    self.span = span
  }
}

/// `network decoder(z : real[L]) -> pixel : unit[D] { dense(H) relu }`.
public struct NetworkSyntax: Sendable {
  public var invertible: Bool
  public var name: Name
  public var inputs: [PortSyntax]
  public var outputs: [PortSyntax]
  public var layers: [LayerSyntax]
  public var span: Span

  public init(
    invertible: Bool, name: Name, inputs: [PortSyntax], outputs: [PortSyntax],
    layers: [LayerSyntax], span: Span
  ) {
    self.invertible = invertible
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.layers = layers
    self.span = span
  }
}

/// A named, typed input or output of a network.
public struct PortSyntax: Sendable {
  public var name: Name
  public var type: TypeSyntax

  public init(name: Name, type: TypeSyntax) {
    self.name = name
    self.type = type
  }
}

/// `dense(H)`, `relu`, `residual { … }`.
public struct LayerSyntax: Sendable {
  public var name: Name
  public var arguments: [ArgumentSyntax]
  /// The layers inside braces, for `residual`.
  public var body: [LayerSyntax]?
  public var span: Span

  public init(name: Name, arguments: [ArgumentSyntax], body: [LayerSyntax]?, span: Span) {
    self.name = name
    self.arguments = arguments
    self.body = body
    self.span = span
  }
}

/// `guide { z ~ Normal(encoder(x).mean, encoder(x).scale) }`.
public struct GuideSyntax: Sendable {
  public var entries: [GuideEntrySyntax]
  public var span: Span

  public init(entries: [GuideEntrySyntax], span: Span) {
    self.entries = entries
    self.span = span
  }
}

/// One line of a guide: `z ~ Family(…)` or `z = expression`.
public struct GuideEntrySyntax: Sendable {
  public var variable: Name
  public var definition: StepSyntax
  public var span: Span

  public init(variable: Name, definition: StepSyntax, span: Span) {
    self.variable = variable
    self.definition = definition
    self.span = span
  }
}

/// `fit { epochs = 50, optimizer = Adam(0.001) }`.
public struct FitSyntax: Sendable {
  public var entries: [FitEntrySyntax]
  public var span: Span

  public init(entries: [FitEntrySyntax], span: Span) {
    self.entries = entries
    self.span = span
  }
}

public struct FitEntrySyntax: Sendable {
  public var key: Name
  public var value: ExpressionSyntax

  public init(key: Name, value: ExpressionSyntax) {
    self.key = key
    self.value = value
  }
}

/// A positional or named argument.
public struct ArgumentSyntax: Sendable {
  public var label: Name?
  public var value: ExpressionSyntax
  /// The end of an inclusive range, as of the lags in `previous(s, 1..3)`, where `value` is its
  /// start; absent otherwise.
  public var rangeEnd: ExpressionSyntax?

  public init(label: Name?, value: ExpressionSyntax, rangeEnd: ExpressionSyntax? = nil) {
    self.label = label
    self.value = value
    self.rangeEnd = rangeEnd
  }
}

/// The operators between two expressions.
public enum BinaryOperator: String, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case power = "^"
  case elementwiseMultiply = ".*"
  case elementwiseDivide = "./"
}

/// An expression as written.
public indirect enum ExpressionSyntax: Sendable {
  /// A number; the text as written is `source.text(span)`.
  case number(Double, Span)
  /// A quoted text, without its quotes; legal only where labels or patterns are.
  case text(String, Span)
  case name(Name)
  /// A function, network or family: `name(…)`.
  case call(Name, [ArgumentSyntax], Span)
  /// `base[i, j]`, an index may be a range.
  case index(ExpressionSyntax, [IndexSyntax], Span)
  /// `decoder(z).mean`
  case member(ExpressionSyntax, Name, Span)
  case negate(ExpressionSyntax, Span)
  case binary(BinaryOperator, ExpressionSyntax, ExpressionSyntax, operatorSpan: Span, Span)
  /// `[a, 2]` or `[[p, q], [1, 0]]`
  case array([ExpressionSyntax], Span)
  /// An expression in parentheses, kept so that the formatter can print it.
  case group(ExpressionSyntax, Span)
  /// What the parser puts where it could not read an expression; always reported.
  case invalid(Span)

  public var span: Span {
    switch self {
    case .number(_, let s), .text(_, let s), .call(_, _, let s), .index(_, _, let s),
      .member(_, _, let s), .negate(_, let s), .binary(_, _, _, _, let s), .array(_, let s),
      .group(_, let s), .invalid(let s):
      s
    case .name(let n): n.span
    }
  }
}

/// One index: a position, or an inclusive range `1..3`.
public enum IndexSyntax: Sendable {
  case at(ExpressionSyntax)
  case range(ExpressionSyntax, ExpressionSyntax)
}
