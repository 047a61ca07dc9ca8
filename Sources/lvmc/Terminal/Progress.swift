import Foundation
import LVM

/// Shows how a fit goes: one line that rewrites itself on a terminal, at most a line a second elsewhere.
final class Progress: @unchecked Sendable {
  private let terminal: Terminal
  private let isQuiet: Bool
  private let lock = NSLock()
  private var last: ContinuousClock.Instant
  private var isLineOpen = false

  init(_ terminal: Terminal, isQuiet: Bool) {
    self.terminal = terminal
    self.isQuiet = isQuiet
    last = ContinuousClock.now
  }

  /// Called after each iteration, from any thread.
  func show(_ progress: FitProgress) {
    if isQuiet { return }
    lock.withLock {
      let now = ContinuousClock.now
      let pause: Duration = terminal.errorIsTerminal ? .milliseconds(100) : .seconds(1)
      guard now - last >= pause else { return }
      last = now
      let line = Self.line(progress)
      if terminal.errorIsTerminal {
        terminal.writeError("\r\u{1B}[K" + line)
        isLineOpen = true
      } else {
        terminal.complain(line)
      }
    }
  }

  /// Clears the rewriting line, so that what follows stands alone.
  func finish() {
    lock.withLock {
      if isLineOpen { terminal.writeError("\r\u{1B}[K") }
      isLineOpen = false
    }
  }

  static func line(_ p: FitProgress) -> String {
    var parts = [
      p.stage, "iteration \(p.iteration)",
      "objective \(String(format: "%.4f", p.objective))",
      "\(String(format: p.rate < 10 ? "%.2f" : "%.0f", p.rate)) iterations/s",
    ]
    // How many iterations convergence takes is not known: the limit bounds the time.
    let left = Double(max(0, p.maximumIterations - p.iteration)) / max(p.rate, 1e-9)
    if left.isFinite, left < 1e7 { parts.append("at most \(duration(left)) left") }
    return parts.joined(separator: ", ")
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
