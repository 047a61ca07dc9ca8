/// What the process returns, as documented for scripts.
enum ExitCode: Int32 {
  case done = 0
  /// The model is wrong, or cannot be read.
  case model = 1
  /// The command line is wrong, or an output cannot be written.
  case usage = 2
  /// The data or a fit are wrong, or cannot be read.
  case data = 3
  /// The fit failed numerically, or the machine stopped it.
  case numerics = 4
  case interrupted = 130
}
