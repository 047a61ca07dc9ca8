import LVMCompute
import LVMModel

/// An expression on its way to the tensor program: a value whose leading dims are the finite latents it
/// depends on, in order, and whose remaining dims are its own shape.
package struct Lowered {
  package var value: Value
  package var axes: [Axis]

  /// The dims after the axes.
  var event: [Int] { Array(value.shape.dims.dropFirst(axes.count)) }
  var axisSizes: [Int] { Array(value.shape.dims.prefix(axes.count)) }
  var plate: PlateID? { value.shape.plate }

  package init(_ value: Value, axes: [Axis] = []) {
    self.value = value
    self.axes = axes
  }
}

extension Lowered {
  /// This value with exactly the axes of `target` (a superset in order; missing ones have size 1) and
  /// its event dims padded on the left to `rank`.
  func expanded(to target: [Axis], eventRank rank: Int) -> Value {
    let sizes = Dictionary(uniqueKeysWithValues: zip(axes, axisSizes))
    let own = event
    let padding = [Int](repeating: 1, count: max(0, rank - own.count))
    return value.reshape(target.map { sizes[$0] ?? 1 } + padding + own)
  }

  /// The union of the axes of several values, in order.
  static func axes(of values: [Lowered]) -> [Axis] {
    Set(values.flatMap(\.axes)).sorted()
  }

  /// Elementwise arithmetic on aligned axes.
  static func combine(_ a: Lowered, _ b: Lowered, _ body: (Value, Value) -> Value) -> Lowered {
    let (a, b) = onOnePlate(a, b)
    let axes = axes(of: [a, b])
    let rank = max(a.event.count, b.event.count)
    return Lowered(
      body(a.expanded(to: axes, eventRank: rank), b.expanded(to: axes, eventRank: rank)), axes: axes
    )
  }

  /// Both values on the inner of their two plates.
  static func onOnePlate(_ a: Lowered, _ b: Lowered) -> (Lowered, Lowered) {
    guard let p = a.plate, let q = b.plate, p != q else { return (a, b) }
    return (a.on(min(p, q)), b.on(min(p, q)))
  }

  /// This value spread onto an inner plate; unchanged where it has no plate.
  func on(_ plate: PlateID?) -> Lowered {
    guard let plate, let own = self.plate, own != plate else { return self }
    return Lowered(value.builder.add(.spread(plate), [value]), axes: axes)
  }

  func map(_ body: (Value) -> Value) -> Lowered { Lowered(body(value), axes: axes) }

  package static func + (a: Lowered, b: Lowered) -> Lowered { combine(a, b) { $0 + $1 } }
  static func - (a: Lowered, b: Lowered) -> Lowered { combine(a, b) { $0 - $1 } }
  static func * (a: Lowered, b: Lowered) -> Lowered { combine(a, b) { $0 * $1 } }
  static func / (a: Lowered, b: Lowered) -> Lowered { combine(a, b) { $0 / $1 } }

  /// Product summed over shared event labels; labels 0, 1, 2… name event dims.
  static func contract(
    _ a: Lowered, _ left: [Int], _ b: Lowered, _ right: [Int], to output: [Int]
  ) -> Lowered {
    let (a, b) = onOnePlate(a, b)
    let axes = axes(of: [a, b])
    var label: [Axis: Int] = [:]
    for (i, axis) in axes.enumerated() { label[axis] = 1000 + i }
    let spec = ContractSpec(
      left: a.axes.map { label[$0] ?? 0 } + left, right: b.axes.map { label[$0] ?? 0 } + right,
      output: axes.map { label[$0] ?? 0 } + output, keepsPlate: true)
    return Lowered(a.value.builder.add(.contract(spec), [a.value, b.value]), axes: axes)
  }

  /// Sum over event dims, counted from the first event dim.
  func sum(eventAxes: [Int]) -> Lowered {
    Lowered(value.sum(axes: eventAxes.map { $0 + axes.count }), axes: axes)
  }

  /// Sum over all event dims.
  func sumEvent() -> Lowered { sum(eventAxes: Array(event.indices)) }

  func reshape(event dims: [Int]) -> Lowered {
    Lowered(value.reshape(axisSizes + dims), axes: axes)
  }

  func broadcast(event dims: [Int]) -> Lowered {
    event == dims
      ? self
      : Lowered(
        value.reshape(
          axisSizes + [Int](repeating: 1, count: dims.count - event.count) + event
        ).broadcast(axisSizes + dims), axes: axes)
  }

  /// Event dims permuted.
  func transpose(event permutation: [Int]) -> Lowered {
    let n = axes.count
    return Lowered(
      value.transpose(Array(0..<n) + permutation.map { $0 + n }), axes: axes)
  }

  /// Event dim `dim` turned into the axis of a finite latent.
  func promoting(event dim: Int, to axis: Axis) -> Lowered {
    let n = axes.count
    let position = axes.firstIndex { axis < $0 } ?? n
    var permutation = Array(value.shape.dims.indices)
    permutation.remove(at: n + dim)
    permutation.insert(n + dim, at: position)
    var joined = axes
    joined.insert(axis, at: position)
    return Lowered(value.transpose(permutation), axes: joined)
  }
}
