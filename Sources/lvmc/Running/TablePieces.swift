import LVM

/// Where a command's table goes piece by piece: the file of `-o`, which is replaced when all is there, or
/// standard output.
final class TablePieces {
  private let file: FileReplacement?
  private let terminal: Terminal
  private let path: String?

  convenience init(_ arguments: Arguments, _ terminal: Terminal) throws {
    try self.init(to: arguments.text("output"), arguments, terminal)
  }

  /// Without a path, to standard output.
  init(to path: String?, _ arguments: Arguments, _ terminal: Terminal) throws {
    self.terminal = terminal
    self.path = path
    if let path { try OutputTarget.check(path, option: "-o", arguments) }
    file = try path.map { try FileReplacement($0) }
    if let temporary = file?.temporary { Interruption.removing(temporary) }
  }

  func write(_ bytes: [UInt8]) throws {
    if let file { try file.write(bytes) } else { try terminal.write(bytes) }
  }

  func finish() throws {
    guard let file, let temporary = file.temporary else { return }
    Interruption.hold()
    defer { Interruption.install() }
    try file.finish()
    Interruption.keeping(temporary)
    if let path { terminal.name(leftoversBeside: path) }
  }
}
