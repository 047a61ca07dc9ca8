/// One small model for the comparison of engine and oracle: text, and how its tiny table is drawn.
///
/// Parameters, observed and given columns are drawn from the case's name; group columns are dealt out so
/// that groups interleave. A new case is a name, the parameters and the plates.
struct Case: Sendable {
  let name: String
  let text: String
  var rows: Int
  /// Share of observed cells left empty.
  var missing: Double
  /// Columns that are not drawn, flat row-major; categories count from zero.
  var fixedColumns: [String: [Double]]
  var fixedParameters: [String: [Double]]
  /// False where the oracle's differences would take many seconds.
  var checksGradient: Bool
  /// A draw other than the name's own.
  var seed = 0

  init(
    _ name: String, _ statements: String..., rows: Int = 5, missing: Double = 0,
    checksGradient: Bool = true,
    columns: [String: [Double]] = [:], parameters: [String: [Double]] = [:]
  ) {
    self.name = name
    text = "model M\n" + statements.joined(separator: "\n") + "\n"
    self.rows = rows
    self.missing = missing
    self.checksGradient = checksGradient
    fixedColumns = columns
    fixedParameters = parameters
  }

  /// The same table drawn for another text.
  init(_ other: Case, text: String) {
    name = other.name
    self.text = text
    rows = other.rows
    missing = other.missing
    checksGradient = other.checksGradient
    fixedColumns = other.fixedColumns
    fixedParameters = other.fixedParameters
  }
}

/// Numbers that depend on a name alone (SplitMix64).
struct Draws {
  private var state: UInt64

  init(_ name: String, _ seed: Int = 0) {
    state = name.utf8.reduce(0xcbf2_9ce4_8422_2325 ^ UInt64(seed)) {
      ($0 ^ UInt64($1)) &* 0x0100_0000_01b3
    }
  }

  mutating func uniform() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return (Double((z ^ (z >> 31)) >> 11) + 0.5) / 9_007_199_254_740_992
  }

  mutating func below(_ n: Int) -> Int { Int(uniform() * Double(n)) }

  /// About normal, between -3 and 3: a sum of uniforms.
  mutating func spread() -> Double { (0..<4).reduce(-2.0) { sum, _ in sum + uniform() } * 1.5 }
}
