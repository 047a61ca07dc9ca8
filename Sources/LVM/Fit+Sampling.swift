import LVMCompute
import LVMData
import LVMInference
import LVMModel
import LVMSyntax

/// A value for a given variable, in its column's own units.
public enum GivenValue: Sendable, Hashable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral
{
  case numbers([Double])
  case label(String)

  public init(floatLiteral value: Double) { self = .numbers([value]) }
  public init(integerLiteral value: Int) { self = .numbers([Double(value)]) }
  public init(stringLiteral value: String) { self = .label(value) }
}

/// Draws from a fitted model, a column for each entry of each variable.
public struct Samples: Sendable {
  public struct Column: Sendable {
    public var name: String
    public var variable: String
    public var role: Role
    /// In the column's own units; of a label, its zero-based index.
    public var values: [Double]
    /// The names of labels, where there are any.
    public var labels: [String]?
    /// Whether values are labels: indices of `labels`, or numbers that count from one where it is nil.
    public var isLabel: Bool
  }

  public var rows: Int
  public var columns: [Column]

  public subscript(_ name: String) -> Column? { columns.first { $0.name == name } }
}

extension Fit {
  /// Ancestral draws of all latents and observed variables.
  ///
  /// Without a table: `count` rows, in one group where the model has groups, or a series of `count` rows.
  /// With one: `count` draws for each of its rows, its given variables and its groups as they are; a
  /// replicate draws each group's latents afresh.
  ///
  /// - Parameters:
  ///   - given: values of given variables in their columns' units; they stand before the table's, which
  ///     then needs no columns for them.
  ///   - means: whether observed variables are their means at the drawn latents instead of draws; those
  ///     that others depend on are drawn all the same.
  /// - Throws: `QueryError` for a given without a value and for what cannot be drawn; `DataErrors` of the
  ///   table.
  public func sample(
    count: Int, seed: UInt64 = 1, given: [String: GivenValue] = [:], rows table: Table? = nil,
    means: Bool = false, runtime: Runtime = .serial
  ) throws -> Samples {
    let known = model.variables.filter { $0.role == .given }.map(\.name)
    if let other = given.keys.sorted().first(where: { !known.contains($0) }) {
      throw QueryError.notGiven(name: other, known: known)
    }
    var frame: ModelSampler.Frame
    var order: [Int]?
    if let table {
      let bound = try bound(to: table, supplied: Set(given.keys), needsColumns: false)
      frame = ModelSampler.Frame(
        layout: bound.data.columns.layout, givens: bound.data.columns.materialized.columns)
      order = bound.data.order
    } else {
      let groups = plan.nesting.count - 1
      frame = ModelSampler.Frame(
        layout: PlateLayout(
          counts: [count] + [Int](repeating: 1, count: groups),
          offsets: (0..<groups).map { $0 == 0 ? [0, count] : [0, 1] }), givens: [:])
    }
    for (name, value) in given {
      guard let v = model.variable(named: name) else { continue }
      let one = try givenNumbers(v, value)
      let plate = plan.inference.plate(of: v)
      let n = frame.layout.count(plate)
      frame.givens[name] = DataColumn(
        plate: plate, dims: v.type.dims ?? [],
        values: [Double]((0..<n).map { _ in one }.joined()))
    }
    let averaged = means ? averagedVariables : []
    frame.omitted = Set(averaged)
    let replicates = table == nil ? 1 : count
    let base = frame.layout.count(.rows)
    var columns: [String: [Double]] = [:]
    for r in 0..<replicates {
      let parameters = parameters(ofReplicate: r, seed: seed)
      let sampler = ModelSampler(plan.inference, model: model, parameters: parameters)
      var draws = try sampler.draw(frame, seed: seed, replicate: r)
      try addMeans(of: averaged, to: &draws, frame, at: parameters, runtime: runtime)
      for (name, drawn) in draws {
        let width = max(1, drawn.dims.reduce(1, *))
        let starts = frame.layout.offsets(of: drawn.plate, into: .rows)
        var all = columns[name] ?? [Double](repeating: 0, count: base * replicates * width)
        for i in 0..<(drawn.values.count / width) {
          for row in starts[i]..<starts[i + 1] {
            let at = ((order?[row] ?? row) * replicates + r) * width
            for j in 0..<width { all[at + j] = drawn.values[i * width + j] }
          }
        }
        columns[name] = all
      }
    }
    let shown = model.variables.filter { columns[$0.name] != nil }
    return Samples(
      rows: base * replicates,
      columns: shown.flatMap { v in
        sampleColumns(v, columns[v.name] ?? [], areMeans: averaged.contains(v.name))
      })
  }

  /// A given value in the model's own units.
  func givenNumbers(_ v: Variable, _ value: GivenValue) throws -> [Double] {
    let width = max(1, (v.type.dims ?? []).reduce(1, *))
    var numbers: [Double]
    switch value {
    case .numbers(let x): numbers = x
    case .label(let text):
      if let x = Double(text), data.memory.labels[v.name] == nil {
        numbers = [x]
      } else {
        let labels = data.memory.labels[v.name] ?? []
        guard let index = labels.firstIndex(of: text) else {
          throw QueryError.unknownLabel(variable: v.name, label: text, known: labels)
        }
        return [Double](repeating: Double(index), count: width)
      }
    }
    guard numbers.count == width else {
      throw QueryError.givenWidth(name: v.name, expected: width, found: numbers.count)
    }
    if case .category(let size, _) = v.type.kind {
      let labels = data.memory.labels[v.name] ?? []
      return try numbers.map { x in
        let text = Int(exactly: x).map(String.init) ?? "\(x)"
        if let index = labels.firstIndex(of: text) { return Double(index) }
        guard let k = size.constant, let position = Int(exactly: x),
          (1...max(1, k)).contains(position)
        else { throw QueryError.unknownLabel(variable: v.name, label: text, known: labels) }
        return Double(position - 1)
      }
    }
    if let preparation = data.memory.preparations[v.name], preparation.columns.count == width {
      preparation.apply(to: &numbers)
    }
    return numbers
  }

  /// A variable's draws as columns in its own units.
  func sampleColumns(
    _ v: Variable, _ prepared: [Double], areMeans: Bool = false
  ) -> [Samples.Column] {
    let width = max(1, (v.type.dims ?? []).reduce(1, *))
    var values = prepared
    if let preparation = data.memory.preparations[v.name], preparation.columns.count == width {
      preparation.undo(&values)
    }
    let own = data.memory.columns[v.name] ?? []
    var isLabel = false
    var labels = data.memory.labels[v.name]
    if case .category(_, let fixed) = v.type.kind {
      isLabel = true
      labels = labels ?? fixed
    }
    // Words for 0 and 1, of draws and not of probabilities.
    if v.type.kind == .binary, labels != nil, !areMeans { isLabel = true }
    let gap = v.name.last?.isNumber == true ? "_" : ""
    return (0..<width).map { j in
      Samples.Column(
        name: own.count == width ? own[j] : width == 1 ? v.name : "\(v.name)\(gap)\(j + 1)",
        variable: v.name, role: v.role,
        values: stride(from: j, to: values.count, by: width).map { values[$0] }, labels: labels,
        isLabel: isLabel)
    }
  }
}
