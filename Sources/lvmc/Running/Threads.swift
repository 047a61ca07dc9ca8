import Foundation
import LVM

/// `--threads`: how many processors to use; results do not depend on it.
enum Threads {
  static let option = Option(
    "threads", .wholeNumber(placeholder: "N", from: 1),
    help: "processors to use; all if not said, with the same results")

  static func runtime(_ arguments: Arguments) -> Runtime {
    let available = ProcessInfo.processInfo.activeProcessorCount
    return Runtime(threads: min(arguments.integer("threads") ?? available, 256))
  }
}
