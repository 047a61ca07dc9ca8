/// How one number moves: v becomes 2^scale · v + shift.
struct EntryFrame: Hashable, Sendable {
  /// Nil for the number zero, which any scale leaves as it is.
  var scale: LinearForm?
  /// In units of log 2 where scales are looked for, else in the data's own.
  var shift: LinearForm

  static let plain = EntryFrame(scale: .zero, shift: .zero)
  static let zero = EntryFrame(scale: nil, shift: .zero)
}

/// Where a number stands in a model.
struct LiteralSite: Hashable, Sendable {
  /// The variable, or a negative number for an entry of the guide.
  var owner: Int
  var expression: Int
  var path: [Int]
}

/// The frames of a value's entries, row-major.
struct FrameTensor {
  var dims: [Int]
  var entries: [EntryFrame]
  /// Set for a number as the text has it, whose entries are those of the place that takes it.
  var literal: (site: LiteralSite, value: Double)?

  init(_ dims: [Int], _ entries: [EntryFrame]) {
    self.dims = dims
    self.entries = entries
  }

  init(_ site: LiteralSite, _ value: Double) {
    self.init([], [.plain])
    literal = (site, value)
  }

  static func plain(_ dims: [Int]) -> FrameTensor {
    FrameTensor(dims, [EntryFrame](repeating: .plain, count: dims.reduce(1, *)))
  }

  /// Repeated to larger dims, aligned from the right.
  func expanded(to target: [Int]) -> FrameTensor {
    if dims == target { return self }
    let count = target.reduce(1, *)
    if entries.count == 1 {
      return FrameTensor(target, [EntryFrame](repeating: entries[0], count: count))
    }
    let padded = [Int](repeating: 1, count: max(0, target.count - dims.count)) + dims
    let result = (0..<count).map { flat in
      var (rest, offset, stride) = (flat, 0, 1)
      for axis in target.indices.reversed() {
        let at = rest % target[axis]
        rest /= target[axis]
        offset += (padded[axis] == 1 ? 0 : at) * stride
        stride *= padded[axis]
      }
      return entries[min(offset, entries.count - 1)]
    }
    return FrameTensor(target, result)
  }

  /// The part at one place of the leading dimension.
  func part(_ place: Int) -> FrameTensor {
    let size = dims.dropFirst().reduce(1, *)
    guard place >= 0, (place + 1) * size <= entries.count else {
      return .plain(Array(dims.dropFirst()))
    }
    return FrameTensor(Array(dims.dropFirst()), Array(entries[place * size..<(place + 1) * size]))
  }

  /// Parts beneath one another.
  static func stacked(_ parts: [FrameTensor]) -> FrameTensor {
    FrameTensor([parts.count] + (parts.first?.dims ?? []), parts.flatMap(\.entries))
  }
}
