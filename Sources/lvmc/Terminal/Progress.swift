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
      guard now - last >= pause || isDue(progress) else { return }
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

  /// Elsewhere than on a terminal each epoch has a line, of very many every so manieth.
  private func isDue(_ progress: FitProgress) -> Bool {
    guard !terminal.errorIsTerminal, let epoch = progress.epoch, !progress.isPart else {
      return false
    }
    let every = (progress.maximumIterations + Self.mostLines - 1) / Self.mostLines
    return epoch.epoch % max(1, every) == 0
  }

  private static let mostLines = 200

  /// Clears the rewriting line, so that what follows stands alone.
  func finish() {
    lock.withLock {
      if isLineOpen { terminal.writeError("\r\u{1B}[K") }
      isLineOpen = false
    }
  }

  static func line(_ p: FitProgress) -> String {
    if let epoch = p.epoch { return line(epoch, p) }
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

  /// `epoch 3 of 50: ELBO -23.41 = reconstruction -17.02 - KL 6.39 (a lower bound, nats a row), 8 of 8 units
  /// active, 12 epochs/s, 4 s left`.
  private static func line(_ epoch: EpochReport, _ p: FitProgress) -> String {
    func number(_ x: Double) -> String { String(format: "%.3f", x) }
    var text = "epoch \(epoch.epoch) of \(p.maximumIterations)"
    if p.isPart { text += ", \(p.stage)" }
    text +=
      ": \(p.objectiveName == .elbo ? "ELBO" : p.objectiveName.rawValue) \(number(epoch.bound))"
    if let reconstruction = epoch.reconstruction, let divergence = epoch.divergence {
      text += " = reconstruction \(number(reconstruction)) - KL \(number(divergence))"
    }
    text += p.objectiveName == .elbo ? " (a lower bound, nats a row)" : " (nats a row)"
    if let active = epoch.active, let units = epoch.units {
      text += ", \(active) of \(units) units active"
    }
    if let held = epoch.heldOut { text += ", held out \(number(held))" }
    if p.rate > 0 {
      text += ", \(String(format: p.rate < 10 ? "%.2f" : "%.0f", p.rate)) epochs/s"
      let left = Double(p.maximumIterations - p.iteration) / p.rate
      text += ", at most \(duration(left)) left"
    }
    return text
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
