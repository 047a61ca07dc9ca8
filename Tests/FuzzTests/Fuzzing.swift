import Foundation
import Testing

/// SplitMix64 of a counter: the same numbers in every run.
struct Draws: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// From 0 to below `bound`, which may be 0.
  mutating func next(below bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

  /// True once in `times`.
  mutating func once(in times: Int) -> Bool { next(below: times) == 0 }

  mutating func one<C: RandomAccessCollection>(of items: C) -> C.Element {
    items[items.index(items.startIndex, offsetBy: next(below: items.count))]
  }
}

/// One fuzzer's run: input `i` depends on `i` alone, and is in a file before it is tried.
///
/// - `LVM_FUZZ`: how many inputs each fuzzer tries; a few thousand if not said.
/// - `LVM_FUZZ_FROM`: the number of the first, to repeat one or to go on.
/// - `LVM_FUZZ_DIR`: where inputs are kept; `lvm-fuzz` in the directory for temporary files if not said.
///   `NAME.tried` counts them by ten thousands, `NAME.last` is the input of a crash or a hang,
///   `NAME-i.failed` one that was mistreated, `NAME-i.slow` one that took longer than a second.
struct Fuzzing {
  let name: String
  let numbers: Range<Int>
  private let directory: URL

  init(_ name: String, usually count: Int) throws {
    let environment = ProcessInfo.processInfo.environment
    let first = environment["LVM_FUZZ_FROM"].flatMap { Int($0) } ?? 0
    self.name = name
    numbers = first..<(first + (environment["LVM_FUZZ"].flatMap { Int($0) } ?? count))
    directory =
      environment["LVM_FUZZ_DIR"].map { URL(fileURLWithPath: $0) }
      ?? FileManager.default.temporaryDirectory.appendingPathComponent("lvm-fuzz")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  /// Makes and tries every input; `attempt` records an issue or throws where one is mistreated.
  func run(
    _ make: (inout Draws) -> [UInt8], _ attempt: ([UInt8], inout Draws) throws -> Void
  ) throws {
    let path = directory.appendingPathComponent("\(name).last").path
    try #require(FileManager.default.createFile(atPath: path, contents: nil))
    let last = try #require(FileHandle(forWritingAtPath: path))
    let clock = ContinuousClock()
    for number in numbers {
      var draws = Draws(state: UInt64(number) << 24)
      let input = make(&draws)
      try last.truncate(atOffset: 0)
      try last.seek(toOffset: 0)
      try last.write(contentsOf: input)
      let began = clock.now
      do {
        try attempt(input, &draws)
      } catch {
        try Data(input).write(to: directory.appendingPathComponent("\(name)-\(number).failed"))
        Issue.record(error, "input \(number) of \(name), kept in \(directory.path)")
      }
      if number % 10_000 == 9_999 {
        try "\(number + 1)\n".write(
          to: directory.appendingPathComponent("\(name).tried"), atomically: true, encoding: .utf8)
      }
      if clock.now - began > .seconds(1) {
        try Data(input).write(to: directory.appendingPathComponent("\(name)-\(number).slow"))
      }
    }
    try last.close()
    try FileManager.default.removeItem(atPath: path)
  }
}

/// What is wrong with how an input was treated.
struct Mistreated: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// Throws where a condition does not hold: quicker than `#expect`, which the inner loops would feel.
func demand(_ condition: Bool, _ words: @autoclosure () -> String) throws {
  if !condition { throw Mistreated(words()) }
}
