extension Frames: CustomStringConvertible {
  /// What columns cannot do, or only together, and why; a line for neighbours of which the same holds.
  public var description: String {
    let held = held
    var lines: [(first: Column, last: Column, text: String)] = []
    for column in columns {
      let text = sentences(of: held[column] ?? [])
      if text.isEmpty { continue }
      if let i = lines.indices.last, lines[i].text == text,
        lines[i].last.variable == column.variable, lines[i].last.entry == column.entry - 1
      {
        lines[i].last = column
      } else {
        lines.append((column, column, text))
      }
    }
    return lines.map { first, last, text in
      let names = first == last ? name(of: first) : "\(name(of: first)) … \(name(of: last))"
      return "\(names): \(text)\n"
    }.joined()
  }

  private func sentences(of own: [(pin: Pinned, isTied: Bool)]) -> String {
    if own.count == 2, own[0].pin.reason == own[1].pin.reason, !own[0].isTied, !own[1].isTied {
      return "no scale, no shift: \(own[0].pin.reason)"
    }
    return own.map { pin, isTied in
      let partners = isTied ? " of its own, but with \(companions(of: pin))" : ""
      return "no \(pin.what.rawValue)\(partners): \(pin.reason)"
    }.joined(separator: "; ")
  }

  private var held: [Column: [(pin: Pinned, isTied: Bool)]] {
    var result: [Column: [(pin: Pinned, isTied: Bool)]] = [:]
    for pin in pinned { result[pin.column, default: []].append((pin, false)) }
    for tie in tied { result[tie.column, default: []].append((tie, true)) }
    return result.mapValues { $0.sorted { $0.pin.what.rawValue < $1.pin.what.rawValue } }
  }

  /// The first columns of the motions that a tied column takes part in.
  private func companions(of tie: Tied) -> String {
    let motions = tie.what == .scale ? scales : shifts
    return motions.filter { $0.columns.contains(tie.column) }
      .compactMap { $0.columns.first { $0 != tie.column }.map { "`\(name(of: $0))`" } }
      .joined(separator: ", ")
  }
}
