import Foundation

/// Writing bytes to files and streams, with errors in plain words.
public enum FileOutput {
  /// Writes all bytes to an open descriptor, such as standard output (1).
  public static func write(
    _ bytes: [UInt8], to descriptor: Int32, name: String = "standard output"
  ) throws(OutputError) {
    var written = 0
    while written < bytes.count {
      let result = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map {
          #if canImport(Darwin)
            Darwin.write(descriptor, $0 + written, buffer.count - written)
          #else
            Glibc.write(descriptor, $0 + written, buffer.count - written)
          #endif
        } ?? 0
      }
      if result < 0 {
        if errno == EINTR { continue }
        throw OutputError(path: name, action: "writing", code: errno)
      }
      written += result
    }
  }

  /// Writes a file so that at any moment either the old one or the new one is there, complete.
  ///
  /// What is not a plain file, such as `/dev/stdout` or a pipe, is written to directly.
  public static func replace(_ path: String, with bytes: [UInt8]) throws(OutputError) {
    let file = try FileReplacement(path)
    try file.write(bytes)
    try file.finish()
  }

  /// What killed programs left in the folder of `path`: hidden files of other outputs, half written.
  public static func leftovers(beside path: String) -> [String] {
    Leftovers(of: resolvedPath(path)).ofOthers()
  }

  /// Creates a file and waits until its bytes are on the disk.
  static func create(
    _ path: String, _ bytes: [UInt8], shownAs name: String
  ) throws(OutputError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputError(path: name, action: "creating", code: errno) }
    defer { close(descriptor) }
    // Tells other writers that this one lives.
    flock(descriptor, LOCK_EX | LOCK_NB)
    try write(bytes, to: descriptor, name: name)
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw OutputError(path: name, action: "writing", code: errno)
    }
  }
}

/// The path with a final symbolic link followed, so that a rename replaces what it points to.
func resolvedPath(_ path: String) -> String {
  var trimmed = path
  while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
  guard let resolved = realpath(trimmed, nil) else { return trimmed }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// A hidden name beside `path`, on the same file system.
func siblingPath(of path: String, kind: String) -> String {
  let name = path.split(separator: "/").last.map(String.init) ?? path
  let random = String(UInt32.random(in: .min ... .max), radix: 16)
  return parentPath(of: path) + "/.\(name).\(kind)-\(getpid())-\(random)"
}

func parentPath(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Makes renames in a directory last; file systems that cannot do so are left alone.
func synchronizeDirectory(_ path: String) {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}
