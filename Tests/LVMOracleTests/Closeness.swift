/// Whether two lists agree entry by entry, relative to the larger of 1 and the entry.
func close(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-10) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * Swift.max(1, abs($1)) }
}

func close(_ a: Double, _ b: Double, _ tolerance: Double = 1e-10) -> Bool {
  close([a], [b], tolerance)
}
