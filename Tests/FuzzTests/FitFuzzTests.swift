import Foundation
import LVM
import Testing

/// Fits with a damaged file: each loads or is refused with a message that names the file, and one that
/// loads answers queries or refuses them with a message.
@Suite struct FitFuzzTests {
  struct Seed {
    var name: String
    var table: Table
    var directory: URL
    var files: [String: [UInt8]]
  }

  static let names = ["fit.json", "parameters.safetensors", "model.lvm"]

  /// What the command line has a message and an exit code for.
  private static func isKnown(_ error: any Error) -> Bool {
    error is FitDirectoryError || error is QueryError || error is DataErrors
      || error is Diagnostics || error is FitError
  }

  @Test func damagedFitsAreRefused() throws {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("lvmc-fuzz-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    var seeds: [Seed] = []
    for (name, model, bytes) in Seeds.pairs {
      // What a fit is damaged in does not depend on how many rows it was made from, and what a query
      // makes of the damage not on how many it is asked about.
      let whole = try Table(csv: bytes, name: "\(name).csv")
      let table = whole.rows(0..<min(whole.rowCount, 40))
      var options = FitOptions(seed: 1, restarts: 2)
      options.training = [.epochs: .number(2)]
      let fit = try Model(source: SourceText(name: name, bytes: model)).fit(
        table, options: options)
      let directory = scratch.appendingPathComponent("\(name).fit")
      try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
      try fit.save(to: directory)
      var files: [String: [UInt8]] = [:]
      for file in Self.names {
        files[file] = [UInt8](try Data(contentsOf: directory.appendingPathComponent(file)))
      }
      let asked = table.rows(0..<min(table.rowCount, 12))
      seeds.append(Seed(name: name, table: asked, directory: directory, files: files))
    }
    let mutation = Mutation(
      snippets: [
        "{", "}", "[", "]", "\"", ":", ",", "null", "true", "-1", "1e999", "NaN", "\\u0000", "F32",
        "shape", "data_offsets", "K = 3", "D = 7", "labels", "columns", "preparation", "log",
      ], others: seeds.flatMap { Array($0.files.values) }.sorted { $0.count < $1.count })
    var seed = seeds[0]
    var file = ""
    try Fuzzing("fits", usually: 600).run { draws in
      seed = draws.one(of: seeds)
      file = draws.one(of: Self.names)
      return Self.damaged(seed.files[file] ?? [], file, mutation, &draws)
    } _: { bytes, draws in
      let path = seed.directory.appendingPathComponent(file)
      try Data(bytes).write(to: path)
      defer { try? Data(seed.files[file] ?? []).write(to: path) }
      do {
        let fit = try Fit(contentsOf: seed.directory)
        try Self.ask(fit, seed.table, &draws)
      } catch  where Self.isKnown(error) {
      } catch {
        throw Mistreated("\(seed.name), \(file): \(type(of: error)): \(error)")
      }
    }
  }

  private static func damaged(
    _ bytes: [UInt8], _ file: String, _ mutation: Mutation, _ draws: inout Draws
  ) -> [UInt8] {
    var bytes = bytes
    if file == "parameters.safetensors", bytes.count > 16, draws.once(in: 2) {
      // The lengths at the front, or the numbers at the back, with the text between them whole.
      let length = bytes[..<8].enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
      if draws.once(in: 3) {
        bytes[draws.next(below: 8)] = UInt8(draws.next(below: 256))
        return bytes
      }
      let numbers = (bytes.count - 8 - length) / 8
      for _ in 0...draws.next(below: 3) {
        let at = 8 + length + 8 * draws.next(below: numbers)
        let value = draws.one(of: [0, -1, 1, 1e300, -1e300, 1e-300, .nan, .infinity, 0.5, 3])
        for i in 0..<8 where at + i < bytes.count {
          bytes[at + i] = UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64(i)))
        }
      }
      return bytes
    }
    return mutation(bytes, &draws)
  }

  private static func ask(_ fit: Fit, _ table: Table, _ draws: inout Draws) throws {
    switch draws.next(below: 5) {
    case 0: _ = try fit.posteriors(given: table)
    case 1: _ = try fit.logLikelihood(of: table)
    case 2: _ = try fit.sample(count: 3)
    case 3: _ = try fit.predict(table)
    default: _ = try fit.impute(table)
    }
    try demand(!fit.json.isEmpty, "no JSON")
  }
}
