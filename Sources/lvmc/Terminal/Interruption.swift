import Foundation

/// What happens on Ctrl-C, and when the machine asks the program to end.
///
/// A fit directory appears in one step at the very end, so that leaving at once leaves nothing half
/// written: the handlers say so and leave. While the directory is put in place signals wait.
enum Interruption {
  /// Ends with 130 on SIGINT and with 4 on SIGTERM; a closed pipe is an error of writing instead.
  static func install() {
    _ = unfinished
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files is an error of writing too.
    signal(SIGXFSZ, SIG_IGN)
    // Only calls that are safe in a signal handler: write, unlink and _exit.
    signal(SIGINT) { _ in
      Interruption.removeUnfinished()
      let text: StaticString = "\nlvmc: interrupted\n"
      _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
      _exit(130)
    }
    signal(SIGTERM) { _ in
      Interruption.removeUnfinished()
      let text: StaticString = "\nlvmc: stopped by the system\n"
      _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
      _exit(4)
    }
    unblock()
  }

  private static let mostUnfinished = 64
  nonisolated(unsafe) private static let unfinished:
    UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = {
      let paths = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
        capacity: mostUnfinished)
      paths.initialize(repeating: nil, count: mostUnfinished)
      return paths
    }()

  /// A hidden file that is being written, and goes when the program is stopped.
  static func removing(_ path: String) {
    for i in 0..<mostUnfinished where unfinished[i] == nil {
      unfinished[i] = strdup(path)
      return
    }
  }

  /// It is in place now.
  static func keeping(_ path: String) {
    for i in 0..<mostUnfinished {
      guard let known = unfinished[i], strcmp(known, path) == 0 else { continue }
      unfinished[i] = nil
      free(known)
    }
  }

  private static func removeUnfinished() {
    for i in 0..<mostUnfinished { if let path = unfinished[i] { unlink(path) } }
  }

  /// The same while a fit is under way, of which nothing will be left.
  static func installForFit() {
    signal(SIGINT) { _ in
      let text: StaticString = "\nlvmc: interrupted; no fit was written\n"
      _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
      _exit(130)
    }
    signal(SIGTERM) { _ in
      let text: StaticString = "\nlvmc: stopped by the system; no fit was written\n"
      _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
      _exit(4)
    }
  }

  nonisolated(unsafe) private static var signalled: Int32 = 0
  nonisolated(unsafe) private static var since = timespec()

  /// From here on a signal is only noted: training stops at its next chance and leaves a checkpoint. A
  /// second one ends the program at once, unless it comes within a second of the first: `timeout` and batch
  /// systems signal a program and then its whole group, which is one request.
  static func request() {
    let note: @convention(c) (Int32) -> Void = { number in
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      if Interruption.signalled != 0 {
        let first = Interruption.since
        let elapsed = (now.tv_sec - first.tv_sec) * 1_000_000_000 + now.tv_nsec - first.tv_nsec
        if elapsed > 1_000_000_000 { _exit(number == SIGTERM ? 4 : 130) }
        return
      }
      Interruption.since = now
      Interruption.signalled = number
    }
    signal(SIGINT, note)
    signal(SIGTERM, note)
  }

  /// Whether someone asked to stop, and whether it was the machine.
  static var isRequested: Bool { signalled != 0 }
  static var isTermination: Bool { signalled == SIGTERM }

  private static func unblock() {
    // Whoever started the program from a thread that blocks signals hands the block on.
    var both = sigset_t()
    sigemptyset(&both)
    sigaddset(&both, SIGINT)
    sigaddset(&both, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &both, nil)
  }

  /// From here on the fit is being written, which takes a moment and is not interrupted.
  static func hold() {
    signal(SIGINT, SIG_IGN)
    signal(SIGTERM, SIG_IGN)
  }

  /// Replaces a file without being interrupted half-way; a pipe or device may be, for it may wait.
  static func holding(whileReplacing path: String, _ write: () throws -> Void) throws {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return try write() }
    hold()
    defer { install() }
    try write()
  }
}
