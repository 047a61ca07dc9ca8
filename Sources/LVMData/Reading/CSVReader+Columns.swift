/// What the columns of a text are, once its rows are read.
extension CSVReader {
  /// Where a comma is the decimal mark of this table, 1.234 may be a number of thousands: the text of such
  /// columns is wanted. False where there are none.
  mutating func takesPointsForGroups() -> Bool {
    guard marks(of: readings()) == [0x2c] else { return false }
    var found = false
    for i in 0..<columnCount where kinds[i] != .text && traits[i] == .hasThreeDecimals {
      kinds[i] = .text
      texts[i] = TextColumn()
      found = true
    }
    return found
  }

  /// How the text columns read as numbers.
  private func readings() -> [Int: NumberConvention.Reading] {
    var readings: [Int: NumberConvention.Reading] = [:]
    for i in 0..<columnCount where kinds[i] == .text {
      guard let text = texts[i], text.mayBeNumbers else { continue }
      let reading = NumberConvention.read(text.texts)
      if case .none = reading { continue }
      readings[i] = reading
    }
    return readings
  }

  /// The decimal marks that the table shows beyond doubt.
  private func marks(of readings: [Int: NumberConvention.Reading]) -> Set<UInt8> {
    guard !readings.isEmpty else { return [] }
    var marks: Set<UInt8> = []
    for case .numbers(_, let mark?) in readings.values { marks.insert(mark) }
    let points = kinds.indices.contains(where: {
      kinds[$0] != .text && traits[$0].contains(.hasOtherDecimals)
    })
    if points { marks.insert(0x2e) }
    return marks
  }

  mutating func finish(
    _ chunks: inout NumberChunks, rowCount: Int, indices: [String: Int]
  ) -> Table {
    let readings = readings()
    let marks = marks(of: readings)
    var columns: [Column] = []
    columns.reserveCapacity(columnCount)
    var read: [(name: String, text: String, value: Double)] = []
    for i in 0..<columnCount {
      let isRowName = i == 0 && header.hasRowNames
      let kept = texts[i]
      texts[i] = nil
      guard kinds[i] == .text, let text = kept else {
        let (storage, summary) = chunks.take(i)
        columns.append(
          Column(
            name: header.names[i], number: i + 1, storage: storage, summary: summary,
            isRowName: isRowName, written: kept.map { $0.interner.sortedCells($0.codes) }))
        continue
      }
      let values = readings[i].flatMap { numbers(of: $0, marks) }
      columns.append(
        text.column(
          name: header.names[i], number: i + 1, isRowName: isRowName, numbers: values))
      if let values, let sample = text.sample(values) {
        read.append((header.names[i], sample.text, sample.value))
      }
    }
    if let first = read.first {
      warnings.append(
        .numberFormat(
          file: name, columns: read.map(\.name), written: first.text,
          value: shortest(first.value)))
    }
    if columnCount == 1, blankLines > 0 {
      warnings.append(.blankLines(file: name, count: blankLines, firstLine: firstBlankLine))
    }
    return Table(
      name: name, columns: columns, rowCount: rowCount, warnings: warnings, indices: indices,
      lines: lines, origin: origin, memoryLimit: memoryLimit)
  }

  /// The numbers of a text column, where it is told what they are.
  private func numbers(of reading: NumberConvention.Reading, _ marks: Set<UInt8>) -> [Double]? {
    switch reading {
    case .none: nil
    case .numbers(let numbers, _): numbers
    case .either(let choices):
      marks.count == 1 ? choices.first { marks.contains($0.mark) }?.numbers : nil
    }
  }
}
