import CLVMKernels

/// All trained parameters in one run of Float32 numbers, with views by name, and in the same layout the
/// gradient.
public final class ParameterArena {
  public struct Entry: Sendable {
    public let name: String
    public let dims: [Int]
    /// Where it starts; a multiple of 16.
    public let offset: Int
    public var count: Int { dims.reduce(1, *) }
    public var range: Range<Int> { offset..<(offset + count) }
    /// With the gap after it.
    var place: Range<Int> { offset..<(offset + ((max(1, count) + 15) & ~15)) }
  }

  public let entries: [Entry]
  /// Numbers in the arena, the gaps between parameters included.
  public let count: Int
  let values: UnsafeMutablePointer<Float>
  let gradient: UnsafeMutablePointer<Float>
  private let places: [String: Int]

  init(_ shapes: [(name: String, dims: [Int])]) {
    var entries: [Entry] = []
    var offset = 0
    for (name, dims) in shapes {
      entries.append(Entry(name: name, dims: dims, offset: offset))
      offset = entries[entries.count - 1].place.upperBound
    }
    let total = max(offset, 16)
    func numbers() -> UnsafeMutablePointer<Float> {
      let raw = UnsafeMutableRawPointer.allocate(byteCount: total * 4, alignment: 64)
      return raw.initializeMemory(as: Float.self, repeating: 0, count: total)
    }
    self.entries = entries
    count = total
    values = numbers()
    gradient = numbers()
    places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
  }

  deinit {
    for pointer in [values, gradient] { pointer.deallocate() }
  }

  func entry(_ name: String) throws(StepError) -> Entry {
    guard let place = places[name] else { throw .missingParameter(name) }
    return entries[place]
  }

  func offset(_ name: String) -> Int? { places[name].map { entries[$0].offset } }

  /// A parameter's numbers, row-major.
  public func values(_ name: String) throws(StepError) -> [Float] {
    let entry = try entry(name)
    return Array(UnsafeBufferPointer(start: values + entry.offset, count: entry.count))
  }

  /// Sets a parameter.
  public func set(_ name: String, _ numbers: [Float]) throws(StepError) {
    let entry = try entry(name)
    guard numbers.count == entry.count else {
      throw .parameterShape(name, expected: entry.count, found: numbers.count)
    }
    numbers.withUnsafeBufferPointer {
      if let base = $0.baseAddress { (values + entry.offset).update(from: base, count: $0.count) }
    }
  }

  /// The derivative of the last step's loss, summed over its rows.
  public func gradient(_ name: String) throws(StepError) -> [Float] {
    let entry = try entry(name)
    return Array(UnsafeBufferPointer(start: gradient + entry.offset, count: entry.count))
  }

  /// The runs of the arena that a group of parameters has, gaps included; of all of them, the whole.
  func runs(of names: [String]) -> [Range<Int>] {
    let own = Set(names)
    if entries.allSatisfy({ own.contains($0.name) }) { return [0..<count] }
    var runs: [Range<Int>] = []
    for entry in entries where own.contains(entry.name) {
      if let last = runs.last, last.upperBound == entry.offset {
        runs[runs.count - 1] = last.lowerBound..<entry.place.upperBound
      } else {
        runs.append(entry.place)
      }
    }
    return runs
  }

  /// The sum of squares of a run of the gradient.
  func gradientSquares(_ range: Range<Int>) -> Double {
    lvm_sum_of_squares(gradient + range.lowerBound, range.count)
  }
}
