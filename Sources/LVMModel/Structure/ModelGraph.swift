import LVMSyntax

/// A variable's number in its model: its index in `ModelGraph.variables`.
public struct VariableID: Hashable, Sendable, Comparable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
  public static func < (a: VariableID, b: VariableID) -> Bool { a.index < b.index }
}

/// A plate's number in its model: its index in `ModelGraph.plates`; 0 is the model itself.
public struct PlateIndex: Hashable, Sendable, Comparable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
  public static let global = PlateIndex(0)
  public static func < (a: PlateIndex, b: PlateIndex) -> Bool { a.index < b.index }
}

/// A network's number in its model.
public struct NetworkID: Hashable, Sendable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
}

/// The checked model: plates, variables with typed definitions, networks, guides, fit settings.
///
/// Sizes may be symbolic; `sized(_:)` puts numbers in. Everything later reads this value.
public struct ModelGraph: Sendable {
  public var name: String
  public var source: SourceText
  public var sizes: [SizeParameter]
  /// Plate 0 is the model itself (one instance); each other plate has a parent.
  public var plates: [Plate]
  public var variables: [Variable]
  public var networks: [Network]
  public var guides: [GuideEntry]
  public var fit: [FitEntry]

  public init(
    name: String, source: SourceText, sizes: [SizeParameter], plates: [Plate],
    variables: [Variable], networks: [Network], guides: [GuideEntry], fit: [FitEntry]
  ) {
    self.name = name
    self.source = source
    self.sizes = sizes
    self.plates = plates
    self.variables = variables
    self.networks = networks
    self.guides = guides
    self.fit = fit
  }

  public subscript(_ id: VariableID) -> Variable { variables[id.index] }
  public subscript(_ id: PlateIndex) -> Plate { plates[id.index] }
  public subscript(_ id: NetworkID) -> Network { networks[id.index] }

  public func variable(named name: String) -> Variable? { variables.first { $0.name == name } }
}

/// A size or constant in the model's header.
public struct SizeParameter: Hashable, Sendable {
  public var name: String
  public var span: Span
  /// The default, or a value given on the command line or found in the data.
  public var value: Double?
  /// Whether it is used as a size somewhere (and so must be a positive whole number).
  public var isSize: Bool

  public init(name: String, span: Span, value: Double?, isSize: Bool) {
    self.name = name
    self.span = span
    self.value = value
    self.isSize = isSize
  }
}

/// A block that repeats: rows, or the groups of a column.
public struct Plate: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// The model itself.
    case model
    /// `each row`; in order if the rows follow one another.
    case rows(inOrder: Bool)
    /// `each subject by id`: the columns whose values make the groups.
    case groups(by: [ColumnSource])
  }

  public var name: String
  public var kind: Kind
  public var parent: PlateIndex?
  public var span: Span

  public init(name: String, kind: Kind, parent: PlateIndex?, span: Span) {
    self.name = name
    self.kind = kind
    self.parent = parent
    self.span = span
  }
}

/// One declared variable.
public struct Variable: Hashable, Sendable {
  public var id: VariableID
  public var name: String
  public var role: Role
  public var plate: PlateIndex
  public var type: ValueType
  public var definition: Definition
  /// What `from` said, for observed and given variables.
  public var columns: ColumnSource?
  public var nameSpan: Span
  public var typeSpan: Span
  public var span: Span

  public init(
    id: VariableID, name: String, role: Role, plate: PlateIndex, type: ValueType,
    definition: Definition, columns: ColumnSource?, nameSpan: Span, typeSpan: Span, span: Span
  ) {
    self.id = id
    self.name = name
    self.role = role
    self.plate = plate
    self.type = type
    self.definition = definition
    self.columns = columns
    self.nameSpan = nameSpan
    self.typeSpan = typeSpan
    self.span = span
  }
}

/// How a variable comes to be.
public enum Definition: Hashable, Sendable {
  /// A parameter without a prior, or a given.
  case free
  case drawn(Distribution)
  case equal(Expression)
  case chain(Chain)
}

/// `initially … then …`: a variable that depends on its own, or another variable's, earlier rows.
public struct Chain: Hashable, Sendable {
  public enum Step: Hashable, Sendable {
    case drawn(Distribution)
    case equal(Expression)
  }
  /// For the first `order` rows of a series; absent only if nothing needs it.
  public var initially: Step?
  public var then: Step
  /// The largest lag at which the variable's own past, or another's, is read.
  public var order: Size

  public init(initially: Step?, then: Step, order: Size) {
    self.initially = initially
    self.then = then
    self.order = order
  }
}

/// A distribution as used in a model: a family with its arguments, or a combinator over one.
public indirect enum Distribution: Hashable, Sendable {
  /// Arguments stand in the family's order; `form` says which of its parameterisations was written.
  case family(FamilyName, form: Int, arguments: [Expression], Span)
  case zeroInflated(Distribution, probability: Expression, Span)
  case truncated(Distribution, low: Expression?, high: Expression?, Span)
  /// Tobit limits; `right` is an indicator that the value is a lower bound (censored on the right).
  case censored(Distribution, low: Expression?, high: Expression?, right: Expression?, Span)
  case mixture(weights: Expression, Distribution, Span)

  public var span: Span {
    switch self {
    case .family(_, _, _, let s), .zeroInflated(_, _, let s), .truncated(_, _, _, let s),
      .censored(_, _, _, _, let s), .mixture(_, _, let s):
      s
    }
  }

  /// All argument expressions, combinators' included.
  public var expressions: [Expression] {
    switch self {
    case .family(_, _, let arguments, _): arguments
    case .zeroInflated(let base, let p, _): base.expressions + [p]
    case .truncated(let base, let low, let high, _):
      base.expressions + [low, high].compactMap { $0 }
    case .censored(let base, let low, let high, let right, _):
      base.expressions + [low, high, right].compactMap { $0 }
    case .mixture(let weights, let base, _): [weights] + base.expressions
    }
  }
}

/// Where an observed or given variable's columns come from.
public indirect enum ColumnSource: Hashable, Sendable {
  case name(String, Span)
  /// A quoted name; `*` stands for any text.
  case pattern(String, Span)
  case list([ColumnSource], Span)
  case not([ColumnSource], Span)
  case prepared(Preparation, ColumnSource, arguments: [Double], Span)

  public var span: Span {
    switch self {
    case .name(_, let s), .pattern(_, let s), .list(_, let s), .not(_, let s),
      .prepared(_, _, _, let s):
      s
    }
  }
}

/// What can be done to columns as they are bound.
public enum Preparation: String, Hashable, Sendable, CaseIterable {
  case standardize, center, scale, threshold, binarize, log, log1p, sum
}

/// A declared network.
public struct Network: Hashable, Sendable {
  public struct Port: Hashable, Sendable {
    public var name: String
    public var type: ValueType
    public var span: Span

    public init(name: String, type: ValueType, span: Span) {
      self.name = name
      self.type = type
      self.span = span
    }
  }

  public var id: NetworkID
  public var name: String
  public var invertible: Bool
  public var inputs: [Port]
  public var outputs: [Port]
  public var layers: [Layer]
  /// Set for an encoder that the compiler wrote: how its inputs are prepared.
  public var encoder: EncoderInputs?
  /// Which ports of a network that the model declares have the units of the data.
  public var scaled = ScaledPorts()
  public var nameSpan: Span
  public var span: Span

  public init(
    id: NetworkID, name: String, invertible: Bool, inputs: [Port], outputs: [Port],
    layers: [Layer], encoder: EncoderInputs? = nil, nameSpan: Span, span: Span
  ) {
    self.id = id
    self.name = name
    self.invertible = invertible
    self.inputs = inputs
    self.outputs = outputs
    self.layers = layers
    self.encoder = encoder
    self.nameSpan = nameSpan
    self.span = span
  }
}

/// How the inputs of an encoder that the compiler wrote are prepared: counts by log1p, numbers
/// standardised, empty cells as zero, beside an indicator where the fitted table had empty cells.
public struct EncoderInputs: Hashable, Sendable {
  /// Inputs, by position, that bring an indicator of which cells are present.
  public var indicated: Set<Int>
  /// Whether inputs beside an image are channels of it, which serves layers that work on images.
  public var keepsImage: Bool

  public init(indicated: Set<Int> = [], keepsImage: Bool = true) {
    self.indicated = indicated
    self.keepsImage = keepsImage
  }
}

/// A layer with its settings checked; `inputShape` and `outputShape` are per row, channels last.
public struct Layer: Hashable, Sendable {
  public var kind: LayerKind
  public var inputShape: [Size]
  public var outputShape: [Size]
  public var span: Span

  public init(kind: LayerKind, inputShape: [Size], outputShape: [Size], span: Span) {
    self.kind = kind
    self.inputShape = inputShape
    self.outputShape = outputShape
    self.span = span
  }
}

public indirect enum LayerKind: Hashable, Sendable {
  case dense(units: Size, bias: Bool)
  case conv(channels: Size, kernel: Size, stride: Size, same: Bool, bias: Bool)
  case deconv(channels: Size, kernel: Size, stride: Size, same: Bool, bias: Bool)
  case pool(size: Size)
  case reshape([Size])
  case relu, leakyRelu, gelu, silu, tanh, softplus, sigmoid
  case batchnorm, layernorm
  case dropout(Double)
  case residual([Layer])
  /// Layers of invertible networks.
  case coupling(hidden: Size)
  case linear
}

/// One line of a guide: `z ~ …` or, for a point guide, `z = …`.
public struct GuideEntry: Hashable, Sendable {
  public var variable: VariableID
  public var definition: Chain.Step
  public var span: Span

  public init(variable: VariableID, definition: Chain.Step, span: Span) {
    self.variable = variable
    self.definition = definition
    self.span = span
  }
}

/// One setting of the `fit` block.
public struct FitEntry: Hashable, Sendable {
  public enum Key: String, Hashable, Sendable, CaseIterable {
    case epochs, batch, optimizer, restarts, samples, kl, warmup, patience, critic
  }
  public enum Setting: Hashable, Sendable {
    case number(Double)
    /// `Adam(0.001)`: a name with numbers.
    case named(String, [Double])
    case name(String)
  }

  public var key: Key
  public var value: Setting
  public var span: Span

  public init(key: Key, value: Setting, span: Span) {
    self.key = key
    self.value = value
    self.span = span
  }
}
