import Foundation

/// A file that is written piece by piece, so that at any moment either the old one or the new one is there,
/// complete.
///
/// What is not a plain file, such as `/dev/stdout` or a pipe, is written to directly.
public final class FileReplacement {
  private let path: String
  private let target: String
  /// The hidden file beside the target that holds what is written; nil where it is written to directly.
  public private(set) var temporary: String?
  private var descriptor: Int32

  public init(_ path: String) throws(OutputError) {
    self.path = path
    var status = stat()
    if stat(path, &status) == 0 {
      let kind = status.st_mode & S_IFMT
      if kind == S_IFDIR { throw .wrongKind(path: path, expectsDirectory: false) }
      if kind != S_IFREG {
        target = path
        descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
          throw OutputError(path: path, action: "opening", code: errno)
        }
        return
      }
    }
    target = resolvedPath(path)
    Leftovers(of: target).remove()
    let own = siblingPath(of: target, kind: "tmp")
    descriptor = open(own, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputError(path: path, action: "creating", code: errno) }
    temporary = own
    // Tells other writers that this one lives.
    flock(descriptor, LOCK_EX | LOCK_NB)
  }

  public func write(_ bytes: [UInt8]) throws(OutputError) {
    try FileOutput.write(bytes, to: descriptor, name: path)
  }

  /// Puts the file in place, once its bytes are on the disk.
  public func finish() throws(OutputError) {
    guard let temporary else { return }
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw OutputError(path: path, action: "writing", code: errno)
    }
    guard rename(temporary, target) == 0 else {
      throw OutputError(path: path, action: "renaming", code: errno)
    }
    self.temporary = nil
    synchronizeDirectory(parentPath(of: target))
  }

  deinit {
    close(descriptor)
    if let temporary { unlink(temporary) }
  }
}
