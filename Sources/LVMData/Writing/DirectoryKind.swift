import Foundation

/// What tells a directory that a program writes, and its files there, from those of others.
public struct DirectoryKind: Sendable {
  /// A file that every such directory holds.
  public let marker: String
  /// Whether a directory with such a file is one of the program's.
  let recognises: @Sendable (_ directory: String) -> Bool
  /// Whether a file of it, by name, is the program's own.
  let owns: @Sendable (_ directory: String, _ name: String) -> Bool

  public init(
    marker: String, recognises: @escaping @Sendable (String) -> Bool = { _ in true },
    owns: @escaping @Sendable (String, String) -> Bool = { _, _ in true }
  ) {
    self.marker = marker
    self.recognises = recognises
    self.owns = owns
  }
}

/// Gives a file, or all files of a folder, a second name; a copy where the file system has no links. False
/// where neither can be made.
func linkTree(_ from: String, _ to: String) -> Bool {
  var status = stat()
  guard lstat(from, &status) == 0 else { return errno == ENOENT }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    if link(from, to) == 0 { return true }
    return (try? FileManager.default.copyItem(atPath: from, toPath: to)) != nil
  }
  guard mkdir(to, status.st_mode & 0o7777 | 0o700) == 0,
    let entries = try? FileManager.default.contentsOfDirectory(atPath: from)
  else { return false }
  guard entries.allSatisfy({ linkTree(from + "/" + $0, to + "/" + $0) }) else { return false }
  chmod(to, status.st_mode & 0o7777)
  return true
}
