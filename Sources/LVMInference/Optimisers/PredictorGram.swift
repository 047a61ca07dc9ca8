import LVMCompute
import LVMModel

/// The mean over rows of f fᵀ, with f the features of real parameters in all predictors of a model.
struct PredictorGram {
  private let plan: InferencePlan
  private let layout: ParameterLayout
  private let data: ModelData
  private let runtime: Runtime
  private let lowered: Fork

  /// M of coordinates φ with θ = Mφ in which features are asked for, row-major; nil for θ itself.
  private let map: [Double]?

  /// More features than this in one predictor are left alone.
  private static let mostSlots = 64

  init(
    _ plan: InferencePlan, _ layout: ParameterLayout, data: ModelData, runtime: Runtime,
    map: [Double]? = nil
  ) throws {
    self.plan = plan
    self.map = map
    self.layout = layout
    self.data = data
    self.runtime = runtime
    lowered = try plan.lowered(masked: data.masked, weighted: data.isWeighted).fork()
  }

  private var context: LoweringContext { lowered.context }
  private var model: ModelGraph { plan.model }

  /// One predictor, ready to be summed over rows.
  private struct Piece {
    var output: String
    var slots: Int
    /// Positions in the layout, cell by cell and slot by slot.
    var entries: [Int]
    /// Dims of cells: labels' sizes, then the expression's.
    var cells: [Int]
    /// What a cell's squares are divided by.
    var units: [Double]
  }

  /// G, row-major over the layout.
  func matrix() throws -> [Double] {
    var pieces: [Piece] = []
    let shown = StartingValues(
      structure: ModelStructure(model: model, nesting: plan.nesting), data: data)
    for v in model.variables where v.role == .observe || v.role == .latent {
      for (arguments, parameters) in distributions(v) {
        for (i, argument) in arguments.enumerated() {
          let isLocation =
            v.role == .observe && i == 0
            && [.real, .realVector].contains(parameters[i].constraint)
          for (form, isWhole) in predictors(in: argument, isWhole: true) {
            var units = isLocation && isWhole ? spreads(of: v).map { $0 * $0 } : [1]
            if v.role == .latent, i == 0, isWhole, let own = shown.unit(of: v) { units = own }
            if let piece = try piece(form, of: v, units, pieces.count) { pieces.append(piece) }
          }
        }
      }
    }
    let n = layout.count
    var gram = [Double](repeating: 0, count: n * n)
    guard !pieces.isEmpty else { return gram }
    let sums = try run(pieces)
    for piece in pieces {
      guard let sum = sums[piece.output], let rows = sums["$n." + piece.output]?.values.first
      else { continue }
      add(piece, sum, rows, to: &gram)
    }
    return gram
  }

  private func run(_ pieces: [Piece]) throws -> [String: Tensor] {
    let builder = lowered.builder
    let wanted = Set(pieces.flatMap { [$0.output, "$n." + $0.output] })
    let graph = builder.finish()
    let own = Graph(
      nodes: graph.nodes, outputs: graph.outputs.filter { wanted.contains($0.key) })
    return try runtime.evaluator(Program(own), data: data.columns).run([:])
  }

  private func add(_ piece: Piece, _ sum: Tensor, _ rows: Double, to gram: inout [Double]) {
    let (n, t) = (layout.count, piece.slots)
    let count = piece.cells.reduce(1, *)
    let wide = sum.broadcast(to: piece.cells + [t, t]).values
    for c in 0..<count {
      let unit = piece.units[c % piece.units.count]
      for i in 0..<t {
        let a = piece.entries[c * t + i]
        for j in 0..<t {
          gram[a * n + piece.entries[c * t + j]] += wide[(c * t + i) * t + j] / (rows * unit)
        }
      }
    }
  }

  // MARK: Predictors

  private func distributions(_ v: Variable) -> [([Expression], [FamilyParameter])] {
    func innermost(_ d: Distribution) -> ([Expression], [FamilyParameter]) {
      switch d {
      case .family(let name, let form, let arguments, _):
        (arguments, LVMModel.family(name).forms[form])
      case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
        .censored(let base, _, _, _, _), .mixture(_, let base, _):
        innermost(base)
      }
    }
    switch v.definition {
    case .drawn(let d): return [innermost(d)]
    case .chain(let chain):
      return [chain.initially, chain.then].compactMap { step in
        if case .drawn(let d)? = step { return innermost(d) }
        return nil
      }
    case .free, .equal: return []
    }
  }

  /// Affine parts of an expression: its summands that are linear in parameters with features from the data
  /// together, and what is inside the others on its own.
  private func predictors(in e: Expression, isWhole: Bool) -> [(LinearForm, isWhole: Bool)] {
    guard context.mentions(e, layout.ids) else { return [] }
    var joint: [LinearForm] = []
    var result: [(LinearForm, isWhole: Bool)] = []
    for (sign, part) in summands(e) where context.mentions(part, layout.ids) {
      if featuresAreKnown(part), let form = try? context.linear(part, layout), !form.terms.isEmpty {
        joint.append(sign > 0 ? form : form.mapped(features: { $0.map { -$0 } }))
      } else {
        for child in part.children { result += predictors(in: child, isWhole: false) }
      }
    }
    var shape: [Int] = []
    for form in joint {
      guard let common = Shape.broadcast(Shape(shape), Shape(form.shape))?.dims else {
        return result + joint.map { ($0, isWhole) }
      }
      shape = common
    }
    guard !joint.isEmpty else { return result }
    let terms = joint.flatMap { $0.padded(to: shape).terms }
    return result + [(LinearForm(shape: shape, terms: terms), isWhole)]
  }

  private func summands(_ e: Expression, _ sign: Double = 1) -> [(Double, Expression)] {
    switch e.node {
    case .arithmetic(.add, let a, let b): summands(a, sign) + summands(b, sign)
    case .arithmetic(.subtract, let a, let b): summands(a, sign) + summands(b, -sign)
    case .negate(let a): summands(a, -sign)
    case .variable(let id):
      if case .equal(let inner) = model[id].definition {
        summands(inner, sign)
      } else {
        [(sign, e)]
      }
    case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .matrixProduct,
      .index, .array, .network:
      [(sign, e)]
    }
  }

  /// Whether an expression reads only the layout's parameters, data and labels.
  private func featuresAreKnown(_ e: Expression) -> Bool {
    var open = [e]
    while let next = open.popLast() {
      var isKnown = true
      next.visit { part in
        switch part.node {
        case .variable(let id):
          let v = model[id]
          if case .equal(let inner) = v.definition {
            open.append(inner)
          } else {
            switch v.role {
            case .param: isKnown = isKnown && layout.offsets[id] != nil
            case .latent: isKnown = isKnown && v.type.kind.isFinite
            case .observe: isKnown = isKnown && !data.masked.contains(v.name)
            case .given, .binding: break
            }
          }
        case .previous, .previousRange, .network: isKnown = false
        case .number, .size, .map, .function, .arithmetic, .negate, .matrixProduct, .index, .array:
          break
        }
      }
      if !isKnown { return false }
    }
    return true
  }

  private func piece(_ form: LinearForm, of v: Variable, _ units: [Double], _ index: Int) throws
    -> Piece?
  {
    let t = form.terms.count
    guard t > 0, t <= Self.mostSlots else { return nil }
    let plate = context.plates.compute(v.plate)
    let builder = lowered.builder
    let features = form.terms.map { $0.feature.on(plate) }
    let axes = Lowered.axes(of: features + form.terms.map(\.entries))
    let rank = form.shape.count
    let wide = features.map { $0.expanded(to: axes, eventRank: rank) }
    var common = [Int](repeating: 1, count: axes.count + rank)
    for f in wide { common = Shape.broadcast(Shape(common), f.shape)?.dims ?? common }
    let sizes = axes.map { axis in context.states(of: model[axis.variable].type) ?? 1 }
    let cells = sizes + form.shape
    var joined = builder.add(
      .concat(axis: common.count), wide.map { $0.broadcast(common).reshape(common + [1]) })
    if joined.shape.plate == nil {
      joined = joined * context.ones(plate).reshape([Int](repeating: 1, count: joined.shape.rank))
    }
    let entries = builder.add(
      .concat(axis: cells.count),
      form.terms.map {
        $0.entries.expanded(to: axes, eventRank: rank).broadcast(cells).reshape(cells + [1])
      })
    let program = Program(Graph(nodes: builder.nodes, outputs: ["entries": entries.id]))
    var positions = (try Runtime.serial.evaluator(program).run([:])["entries"]?.values ?? []).map {
      Int($0)
    }
    var slots = t
    if let map {
      joined = Self.features(joined, cells, positions, map, layout.count)
      slots = layout.count
      positions = (0..<cells.reduce(1, *)).flatMap { _ in 0..<slots }
    }
    let output = "$gram\(index)"
    builder.setOutput(output, joined.crossProduct(joined))
    builder.setOutput("$n." + output, context.ones(plate).sumPlate())
    return Piece(
      output: output, slots: slots, entries: positions, cells: cells, units: units)
  }

  /// Features of φ from those of the slots of each cell: Σ over slots of f · M[entry of the slot].
  static func features(
    _ f: Value, _ cells: [Int], _ entries: [Int], _ map: [Double], _ n: Int
  ) -> Value {
    let rank = cells.count
    let slots = f.shape.dims[rank]
    let rows = f.builder.constant(
      Tensor(cells + [slots, n], entries.flatMap { map[($0 * n)..<(($0 + 1) * n)] }))
    return (f.reshape(f.shape.dims + [1]) * rows).sum(axes: [rank])
  }

  /// Standard deviations of an observed variable's coordinates.
  private func spreads(of v: Variable) -> [Double] {
    guard !data.isWeighted, let column = data.columns.columns[v.name] else { return [1] }
    return column.meanAndVariance(runtime).variance.map {
      $0 > 0 && $0.isFinite ? $0.squareRoot() : 1
    }
  }
}
