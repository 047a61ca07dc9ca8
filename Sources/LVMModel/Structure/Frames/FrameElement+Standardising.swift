import LVMCompute

extension FrameElement {
  /// The element that brings columns near mean 0 and deviation 1, as far as they are free to go.
  ///
  /// Scales are powers of two and shifts whole numbers of the scaled columns, so that undoing a scale is
  /// exact. Columns of one scale take the root mean square of their deviations.
  ///
  /// - Parameters:
  ///   - mean: of the present cells of each of `frames.columns`.
  ///   - deviation: likewise; what is not above zero and finite is left out.
  public init(standardising frames: Frames, mean: [Double], deviation: [Double]) {
    let place = Dictionary(uniqueKeysWithValues: frames.columns.enumerated().map { ($1, $0) })
    let scales = frames.scales.map { motion -> Int in
      var (squares, factors, count) = (0.0, 0.0, 0)
      for (column, factor) in zip(motion.columns, motion.factors) {
        guard let d = place[column].map({ deviation[$0] }), d > 0, d.isFinite else { continue }
        // A column that moves by a power counts by the unit of the motion itself.
        let own = (d.logarithm / factor.value).exponential
        guard own > 0, own.isFinite else { continue }
        squares += own * own
        factors += 1
        count += 1
      }
      guard count > 0, squares.isFinite else { return 0 }
      let wanted = -(squares / factors).logarithm / (2 * 2.0.logarithm)
      return Int((wanted / Double(motion.granularity)).rounded()) * motion.granularity
    }
    let scaling = FrameElement(frames, scales: scales, shifts: frames.shifts.map { _ in 0 })
    let shifts = frames.shifts.map { motion -> Double in
      var (sum, squares) = (0.0, 0.0)
      for (column, factor) in zip(motion.columns, motion.factors) {
        guard let m = place[column].map({ mean[$0] }), m.isFinite else { continue }
        let scaled = scaling.moved(
          [Double](repeating: m, count: column.entry + 1), of: column.variable)
        sum += factor.value * (scaled.last ?? 0)
        squares += factor.value * factor.value
      }
      return squares > 0 ? -(sum / squares).rounded() : 0
    }
    self.init(frames, scales: scales, shifts: shifts)
  }
}
