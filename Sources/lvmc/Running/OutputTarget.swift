import Foundation
import LVM

/// Where results may not go: onto what the command reads.
enum OutputTarget {
  /// Files from which a fit is read.
  private static let fitFiles = [
    Fit.marker, "model.lvm", "parameters.safetensors", "parameter-draws.safetensors",
  ]

  /// Throws where any output of the command line is one of its inputs; before the work.
  static func check(_ arguments: Arguments) throws(UsageError) {
    for (name, flag) in [("output", "-o"), ("png", "--png")] {
      if let path = arguments.text(name) { try check(path, option: flag, arguments) }
    }
  }

  /// Throws if `path` is an input of the command, by whatever name.
  static func check(_ path: String, option: String, _ arguments: Arguments) throws(UsageError) {
    guard let target = identity(path) else { return }
    let inputs = arguments.positional + ["validate"].compactMap { arguments.text($0) }
    for input in inputs {
      if identity(input) == target { throw .ontoInput(option: option, path: path) }
      for file in fitFiles where identity(input + "/" + file) == target {
        throw .ontoInput(option: option, path: path)
      }
    }
  }

  private struct Identity: Equatable {
    var device: UInt64
    var file: UInt64
  }

  /// Of a plain file; others may well be both, such as a terminal.
  private static func identity(_ path: String) -> Identity? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev),
      file: UInt64(truncatingIfNeeded: status.st_ino))
  }
}
