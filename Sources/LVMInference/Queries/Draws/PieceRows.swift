import LVMCompute
import LVMModel

/// The numbers of some rows of a table, found by the rows' own numbers.
struct PieceRows: MinibatchRows {
  let width: Int
  let count: Int
  private let values: [Float]
  private let place: [Int: Int]

  init(_ rows: ArraySlice<Int>, _ values: [Float], width: Int) {
    self.width = width
    self.values = values
    count = (rows.max() ?? -1) + 1
    place = Dictionary(
      rows.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { a, _ in a })
  }

  func gather(_ rows: UnsafeBufferPointer<Int>, into out: UnsafeMutablePointer<Float>) {
    for (i, row) in rows.enumerated() {
      guard let own = place[row] else { continue }
      for j in 0..<width { out[i * width + j] = values[own * width + j] }
    }
  }
}
