import LVMCompute
import LVMModel

/// Writes guides whose numbers belong to each row alone.
struct LocalGuide {
  var model: ModelGraph
  var columns: [LocalColumn] = []

  init(_ model: ModelGraph) { self.model = model }

  /// Gives a latent a Gaussian of each row's own on its free numbers, or one value of each row's own.
  mutating func add(_ latent: Variable, isPoint: Bool) {
    let shape = isPoint ? latent.type.shape : AutomaticGuide.freeShape(latent.type)
    let location = column(.location, latent, shape)
    model.guides.removeAll { $0.variable == latent.id }
    let definition: Chain.Step
    if isPoint {
      definition = .equal(GuideRange(latent).constrained(location, latent.type))
    } else {
      let spread = column(.spread, latent, shape)
      let scale = Expression(
        .map(.exp, spread), ValueType(.positive, shape), latent.span)
      definition = .drawn(
        .family(.normal, form: 0, arguments: [location, scale], latent.span))
    }
    model.guides.append(
      GuideEntry(variable: latent.id, definition: definition, span: latent.span))
  }

  private mutating func column(_ part: LocalColumn.Part, _ latent: Variable, _ shape: [Size])
    -> Expression
  {
    let entry = LocalColumn(
      latent: latent.name, part: part, dims: shape.map { $0.constant ?? 1 })
    columns.append(entry)
    let id = VariableID(model.variables.count)
    let type = ValueType(.real, shape)
    model.variables.append(
      Variable(
        id: id, name: entry.name, role: .given, plate: latent.plate, type: type,
        definition: .free, columns: nil, nameSpan: latent.nameSpan, typeSpan: latent.typeSpan,
        span: latent.span))
    return Expression(.variable(id), type, latent.span)
  }
}

/// The numbers of each row's own guide, with Adam's moments (Kingma & Ba 2015) row by row: a row that a
/// minibatch leaves out stays as it is.
final class LocalRows: MinibatchRows, @unchecked Sendable {
  let width: Int
  let count: Int
  // Workers read while a step runs; nothing writes then.
  private(set) var values: [Float]
  private var first: [Float]
  private var second: [Float]
  private var steps: [Float]

  init(_ values: [Float], width: Int) {
    self.values = values
    self.width = width
    count = values.count / Swift.max(1, width)
    first = [Float](repeating: 0, count: values.count)
    second = first
    steps = [Float](repeating: 0, count: count)
  }

  /// Puts some rows at the same numbers, with nothing known of their slopes.
  func begin(_ rows: Range<Int>, at start: [Float]) {
    for row in rows {
      steps[row] = 0
      for j in 0..<width {
        let at = row * width + j
        (values[at], first[at], second[at]) = (start[j], 0, 0)
      }
    }
  }

  /// Everything that going on to the same bits needs.
  var state: [Float] {
    get { values + first + second + steps }
    set {
      let n = count * width
      guard newValue.count == 3 * n + count else { return }
      values = Array(newValue[0..<n])
      first = Array(newValue[n..<(2 * n)])
      second = Array(newValue[(2 * n)..<(3 * n)])
      steps = Array(newValue[(3 * n)...])
    }
  }

  func gather(_ rows: UnsafeBufferPointer<Int>, into out: UnsafeMutablePointer<Float>) {
    values.withUnsafeBufferPointer { own in
      for (i, row) in rows.enumerated() {
        for j in 0..<width { out[i * width + j] = own[row * width + j] }
      }
    }
  }

  /// One step of Adam down the gradient for some rows, which may repeat: copies of a row are added up.
  func update(_ rows: ArraySlice<Int>, gradient: [Double], rate: Double) {
    var sums: [Int: [Float]] = [:]
    for (i, place) in rows.enumerated() {
      let own = gradient[(i * width)..<((i + 1) * width)].map { Float($0) }
      let row = place % Swift.max(1, count)
      if let known = sums[row] {
        sums[row] = zip(known, own).map { $0 + $1 }
      } else {
        sums[row] = own
      }
    }
    for (row, g) in sums {
      steps[row] += 1
      let t = Double(steps[row])
      let scale = Float(rate / (1 - (0.9).raised(to: t)))
      let root = Float(1 / (1 - (0.999).raised(to: t)).squareRoot())
      for j in 0..<width {
        let at = row * width + j
        first[at] = 0.9 * first[at] + 0.1 * g[j]
        second[at] = 0.999 * second[at] + 0.001 * g[j] * g[j]
        values[at] -= scale * first[at] / (second[at].squareRoot() * root + 1e-8)
      }
    }
  }
}
