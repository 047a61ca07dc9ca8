import Foundation
import LVM

/// The program: finds the command that the first word names and runs it.
enum Program {
  static let version = "0.1.0"

  static let commands: [any (Command & SendableMetatype).Type] = [
    RunCommand.self, CheckCommand.self, ExplainCommand.self, GraphCommand.self, EncodeCommand.self,
    PredictCommand.self, ReconstructCommand.self, ImputeCommand.self, ScoreCommand.self,
    SampleCommand.self, InterpolateCommand.self,
    FormatCommand.self, NewCommand.self,
  ]

  /// Commands of the documented command line that this version refuses.
  static let planned = ["report"]

  static func run(_ words: [String]) -> ExitCode {
    let terminal = Terminal()
    ProcessMemory.returnLargeBlocksAtOnce()
    do {
      try checkText()
      return try dispatch(words, terminal)
    } catch {
      return Failure.report(error, terminal)
    }
  }

  private static func dispatch(_ words: [String], _ terminal: Terminal) throws -> ExitCode {
    guard let first = words.first else {
      terminal.complain(help)
      return .usage
    }
    switch first {
    case "--help", "-h", "help":
      if first == "help", words.count > 1, let command = command(words[1]) {
        try terminal.write(Array(command.helpText.utf8))
      } else {
        try terminal.write(Array(help.utf8))
      }
      return .done
    case "--version":
      try checkKernels()
      try terminal.print("lvmc \(version)")
      try terminal.print(kernels)
      try terminal.print("BLAS: \(BLAS.core)")
      return .done
    default: break
    }
    try checkKernels()
    guard let command = command(first) else {
      if planned.contains(first) { throw UsageError.plannedCommand(first) }
      throw UsageError.unknownCommand(first, known: commands.map { $0.name })
    }
    let arguments = try Arguments(Array(words.dropFirst()), of: command)
    if arguments.has("help") {
      try terminal.write(Array(command.helpText.utf8))
      return .done
    }
    if command != RunCommand.self { try OutputTarget.check(arguments) }
    return try command.run(arguments, terminal)
  }

  /// Names that are not UTF-8 would reach the program garbled.
  private static func checkText() throws(UsageError) {
    for i in 1..<max(1, Int(CommandLine.argc)) {
      guard let word = CommandLine.unsafeArgv[i] else { continue }
      let bytes = UnsafeBufferPointer(
        start: UnsafeRawPointer(word).assumingMemoryBound(to: UInt8.self), count: strlen(word))
      guard String(validating: bytes, as: UTF8.self) == nil else { continue }
      throw .notUTF8(String(decoding: bytes, as: UTF8.self))
    }
    guard let folder = getcwd(nil, 0) else { return }
    defer { free(folder) }
    if String(validatingCString: folder) == nil { throw .notUTF8(String(cString: folder)) }
  }

  /// LVM_KERNELS is heeded before this; here it is refused where it cannot be.
  private static func checkKernels() throws {
    guard let word = ProcessInfo.processInfo.environment["LVM_KERNELS"], !word.isEmpty else {
      return
    }
    do { _ = try KernelLevel(named: word) } catch { throw UsageError.kernels(error) }
  }

  private static var kernels: String {
    let now = KernelLevel.current
    let machine = KernelLevel.machine
    let note = now == machine ? "" : " (this machine has \(machine.rawValue))"
    return "kernels: \(now.rawValue)\(note)"
  }

  private static func command(_ name: String) -> (any Command.Type)? {
    commands.first { $0.name == name }
  }

  private static var help: String {
    let width = commands.map { $0.usage.count }.max() ?? 0
    var lines = ["lvmc: compiles and fits latent variable models", "", "commands:"]
    for command in commands {
      let gap = String(repeating: " ", count: width - command.usage.count + 2)
      lines.append("  \(command.usage)\(gap)\(command.summary)")
    }
    lines += [
      "", "`lvmc COMMAND --help` says more about one; `lvmc --version` names the version,",
      "the level of the kernels in use (LVM_KERNELS=v4|v3|baseline asks for a lower one), and BLAS.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
