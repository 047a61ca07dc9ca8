import Foundation
import LVMSyntax

/// Why an output cannot be written.
public enum OutputError: Error, Finding, Hashable {
  case diskFull(path: String)
  case notPermitted(path: String)
  case noParent(path: String)
  /// A file stands where a directory is to be written, or the other way round.
  case wrongKind(path: String, expectsDirectory: Bool)
  /// The directory that would be replaced is not one that this program wrote.
  case notReplaceable(path: String, marker: String)
  /// It has a file of the marker's name, which is not this program's.
  case otherMarker(path: String, marker: String)
  /// A file of others in the directory that is replaced, which could not be carried over.
  case notKept(path: String)
  /// Whoever was reading the output has closed it.
  case closedPipe(path: String)
  case failed(path: String, action: String, reason: String)

  public var code: String {
    switch self {
    case .diskFull: "disk-full"
    case .notPermitted: "output-not-permitted"
    case .noParent: "no-such-directory"
    case .wrongKind: "output-wrong-kind"
    case .notReplaceable, .otherMarker, .notKept: "output-not-replaceable"
    case .closedPipe: "output-closed"
    case .failed: "output-failed"
    }
  }

  public var message: String {
    switch self {
    case .diskFull(let path): "`\(path)` cannot be written: the disk is full"
    case .notPermitted(let path): "writing `\(path)` is not permitted"
    case .noParent(let path): "`\(path)` cannot be written: its directory does not exist"
    case .wrongKind(let path, let expectsDirectory):
      expectsDirectory
        ? "`\(path)` is a file, and a directory is to be written there"
        : "`\(path)` is a directory, and a file is to be written there"
    case .notReplaceable(let path, let marker):
      "`\(path)` exists and holds no `\(marker)`; it is not replaced"
    case .otherMarker(let path, let marker):
      "`\(path)` exists, and its `\(marker)` is not of a fit; it is not replaced"
    case .notKept(let path): "`\(path)` is not of a fit, and could not be kept; nothing is replaced"
    case .closedPipe(let path): "`\(path)` was closed before everything was written"
    case .failed(let path, let action, let reason): "`\(path)`: \(action) failed: \(reason)"
    }
  }

  public var help: [String] {
    switch self {
    case .notReplaceable, .otherMarker, .notKept, .wrongKind:
      ["choose another name with `-o`, or move it away"]
    case .diskFull, .notPermitted, .noParent, .closedPipe, .failed: []
    }
  }

  /// The error for what a system call reported.
  init(path: String, action: String, code: Int32) {
    switch code {
    case ENOSPC, EDQUOT: self = .diskFull(path: path)
    case EACCES, EPERM, EROFS: self = .notPermitted(path: path)
    case ENOENT: self = .noParent(path: path)
    case EPIPE: self = .closedPipe(path: path)
    case EFBIG:
      self = .failed(
        path: path, action: action, reason: "the limit on the size of files is reached")
    case EISDIR: self = .wrongKind(path: path, expectsDirectory: false)
    case ENOTDIR: self = .noParent(path: path)
    default:
      self = .failed(path: path, action: action, reason: String(cString: strerror(code)))
    }
  }
}

extension OutputError: CustomStringConvertible {
  public var description: String {
    (["error: \(message) [\(code)]"] + help.map { "  help: \($0)" }).joined(separator: "\n")
  }
}
