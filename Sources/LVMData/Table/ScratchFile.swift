import Foundation

/// A temporary file without a name: it is gone when it is closed, however the program ends.
final class ScratchFile: @unchecked Sendable {
  // Sendable: reading names its own position; writing happens before the file is shared.
  let descriptor: Int32
  private(set) var count = 0

  /// Creates it in `TMPDIR`, else in `/var/tmp`, which is on a disk where `/tmp` may be in memory.
  init() throws(ScratchError) {
    let wanted = ProcessInfo.processInfo.environment["TMPDIR"].map { [$0] } ?? []
    for folder in wanted + ["/var/tmp", "/tmp"] {
      var template = Array((folder + "/lvmc-XXXXXX").utf8CString)
      let file = mkstemp(&template)
      guard file >= 0 else { continue }
      unlink(template)
      _ = fcntl(file, F_SETFD, FD_CLOEXEC)
      descriptor = file
      return
    }
    throw ScratchError(action: "creating", code: errno)
  }

  deinit { close(descriptor) }

  func append(_ bytes: UnsafeRawBufferPointer) throws(ScratchError) {
    var written = 0
    while written < bytes.count, let base = bytes.baseAddress {
      let result = write(descriptor, base + written, bytes.count - written)
      if result < 0 {
        if errno == EINTR { continue }
        throw ScratchError(action: "writing", code: errno)
      }
      written += result
    }
    count += bytes.count
  }

  /// Forgets what was written.
  func clear() throws(ScratchError) {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw ScratchError(action: "clearing", code: errno)
    }
    count = 0
  }
}

/// A temporary file that cannot be written or read.
struct ScratchError: Error {
  var action: String
  var code: Int32

  var problem: ReadingProblem {
    .temporaryFile(reason: "\(action) it failed: \(String(cString: strerror(code)))")
  }
}

/// Reads all bytes of a range of a file; the error's number, or 0.
func readFully(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int)
  -> Int32
{
  var filled = 0
  while filled < buffer.count, let base = buffer.baseAddress {
    let got = pread(descriptor, base + filled, buffer.count - filled, off_t(offset + filled))
    if got < 0 {
      if errno == EINTR { continue }
      return errno
    }
    // The file has been cut off.
    if got == 0 { return ENODATA }
    filled += got
  }
  return 0
}
