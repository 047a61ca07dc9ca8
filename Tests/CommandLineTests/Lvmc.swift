import Foundation

/// The built program, run as a user runs it.
enum Lvmc {
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The program beside the test bundle, or the one that LVMC_BINARY names.
  static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["LVMC_BINARY"], !path.isEmpty { return path }
    let bundles = [Bundle.main] + Bundle.allBundles
    for bundle in bundles {
      for start in [bundle.executableURL, bundle.bundleURL].compactMap({ $0 }) {
        var at = start
        for _ in 0..<4 {
          at = at.deletingLastPathComponent()
          let path = at.appendingPathComponent("lvmc").path
          if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
      }
    }
    return "lvmc"
  }()

  /// The package's bundled models.
  static let models: String = {
    let tests = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("models").path
  }()

  static func model(_ name: String) -> String { "\(models)/\(name).lvm" }
  static func data(_ name: String) -> String { "\(models)/data/\(name).csv" }

  static func start(
    _ arguments: [String], in directory: Scratch, environment: [String: String] = [:],
    program: String = binary
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["LVMC_MODELS": models]
    ) { $1 }.merging(environment) { $1 }
    for name in ["stdout", "stderr"] {
      try directory.write("." + name, "")
    }
    process.standardOutput = try FileHandle(forWritingTo: directory.url(".stdout"))
    process.standardError = try FileHandle(forWritingTo: directory.url(".stderr"))
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  static func run(
    _ arguments: [String], in directory: Scratch, environment: [String: String] = [:]
  ) throws -> Result {
    let process = try start(arguments, in: directory, environment: environment)
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: try directory.read(".stdout"),
      errors: try directory.read(".stderr"))
  }
}

extension Lvmc {
  /// Runs a line of the shell in which `$LVMC` is the program.
  static func shell(_ script: String, in directory: Scratch) throws -> Result {
    let process = try start(
      ["-c", script], in: directory, environment: ["LVMC": binary], program: "/bin/sh")
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: try directory.read(".stdout"),
      errors: try directory.read(".stderr"))
  }
}

/// A directory of a test's own, removed when the test ends.
final class Scratch: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("lvmc-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { path + "/" + name }
  func url(_ name: String) -> URL { URL(fileURLWithPath: path(name)) }

  func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: url(name)), as: UTF8.self)
  }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: url(name))
  }

  /// The files of a directory, with their bytes.
  func contents(of name: String) throws -> [String: Data] {
    var result: [String: Data] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: path(name)) {
      result[file] = try Data(contentsOf: url(name + "/" + file))
    }
    return result
  }

  /// Names of what is here, without the captured output of the program.
  var entries: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return all.filter { $0 != ".stdout" && $0 != ".stderr" }.sorted()
  }
}
