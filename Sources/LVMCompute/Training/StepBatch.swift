/// The minibatch a step is at: which rows, and where the inputs' numbers come from.
final class StepBatch {
  var rows = UnsafeBufferPointer<Int>(start: nil, count: 0)
  /// Per input of the step.
  private var inputs: [StepInput?]
  private var keys: [UInt64]
  let names: [String]

  init(names: [String]) {
    self.names = names
    inputs = [StepInput?](repeating: nil, count: names.count)
    keys = [UInt64](repeating: 0, count: names.count)
  }

  func set(_ name: String, _ input: StepInput) {
    for (k, own) in names.enumerated() where own == name { inputs[k] = input }
  }

  /// Takes on rows; keys of random numbers are those of the epoch.
  func begin(_ rows: UnsafeBufferPointer<Int>, epoch: Int) throws(StepError) {
    for (k, input) in inputs.enumerated() {
      guard let input else { throw .missingInput(names[k]) }
      switch input {
      case .rows(let source):
        let count = source.count
        for row in rows where row < 0 || row >= count {
          throw .rowOutOfRange(row, input: names[k], count: count)
        }
      case .random(let random):
        keys[k] = random.key(epoch: epoch)
      }
    }
    self.rows = rows
  }

  /// Writes rows `range` of the minibatch of one input.
  func fill(_ input: Int, _ range: Range<Int>, width: Int, _ out: UnsafeMutablePointer<Float>) {
    let part = UnsafeBufferPointer(rebasing: rows[range])
    switch inputs[input] {
    case .rows(let source): source.gather(part, into: out)
    case .random(let random): random.fill(part, width: width, key: keys[input], out)
    case nil: break
    }
  }
}
