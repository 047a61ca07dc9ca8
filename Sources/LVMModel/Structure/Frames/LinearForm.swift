/// A sum of unknowns times fractions.
struct LinearForm: Hashable, Sendable {
  struct Term: Hashable, Sendable {
    var unknown: Int
    var factor: Rational
  }

  /// In the order of the unknowns, none with the factor zero.
  private(set) var terms: [Term] = []
  /// Whether a fraction was too large to be held; such a form proves nothing.
  private(set) var isLost = false

  static let zero = LinearForm()

  init() {}

  init(unknown: Int, _ factor: Rational = .one) {
    terms = factor.isZero ? [] : [Term(unknown: unknown, factor: factor)]
  }

  var isZero: Bool { terms.isEmpty && !isLost }

  func factor(of unknown: Int) -> Rational {
    terms.first { $0.unknown == unknown }?.factor ?? .zero
  }

  /// self + factor · other.
  func adding(_ other: LinearForm, times factor: Rational = .one) -> LinearForm {
    if other.terms.isEmpty && !other.isLost || factor.isZero { return self }
    var result = LinearForm()
    result.isLost = isLost || other.isLost
    result.terms.reserveCapacity(terms.count + other.terms.count)
    var (i, j) = (0, 0)
    while i < terms.count || j < other.terms.count {
      if j == other.terms.count || i < terms.count && terms[i].unknown < other.terms[j].unknown {
        result.terms.append(terms[i])
        i += 1
        continue
      }
      let scaled = other.terms[j].factor * factor
      let isShared = i < terms.count && terms[i].unknown == other.terms[j].unknown
      let total = isShared ? scaled.flatMap { terms[i].factor + $0 } : scaled
      result.append(other.terms[j].unknown, total)
      if isShared { i += 1 }
      j += 1
    }
    return result
  }

  private mutating func append(_ unknown: Int, _ factor: Rational?) {
    guard let factor else {
      isLost = true
      return
    }
    if !factor.isZero { terms.append(Term(unknown: unknown, factor: factor)) }
  }

  static func + (a: LinearForm, b: LinearForm) -> LinearForm { a.adding(b) }
  static func - (a: LinearForm, b: LinearForm) -> LinearForm { a.adding(b, times: -.one) }
  static func * (a: LinearForm, factor: Rational) -> LinearForm {
    LinearForm.zero.adding(a, times: factor)
  }

  /// The value where each unknown has one.
  func value(_ unknown: (Int) -> Double) -> Double {
    terms.reduce(0) { $0 + $1.factor.value * unknown($1.unknown) }
  }
}

/// Linear equations with the right side zero, kept in echelon form.
///
/// Every equation is solved for the unknown of the lowest rank in it, and among equals for the last.
/// So unknowns of high ranks, the columns, are free as far as any solution lets them be.
struct LinearSystem {
  private let ranks: [Int]
  private var rows: [Int: LinearForm] = [:]
  /// Whether some equation was lost because its fractions became too large.
  private(set) var isLost = false

  init(ranks: [Int]) { self.ranks = ranks }

  private func isSolvedBefore(_ a: Int, _ b: Int) -> Bool {
    ranks[a] != ranks[b] ? ranks[a] < ranks[b] : a > b
  }

  /// The form in unknowns that no equation so far is solved for.
  func reduced(_ form: LinearForm) -> LinearForm {
    var form = form
    while let term = form.terms.first(where: { rows[$0.unknown] != nil }) {
      guard let row = rows[term.unknown] else { break }
      form = (form - LinearForm(unknown: term.unknown, term.factor))
        .adding(row, times: term.factor)
    }
    return form
  }

  /// Adds form = 0; the unknown it is solved for and what it then is, nil where it follows already.
  mutating func add(_ form: LinearForm) -> (pivot: Int, row: LinearForm)? {
    let form = reduced(form)
    if form.isLost { isLost = true }
    guard let first = form.terms.first?.unknown else { return nil }
    let pivot = form.terms.reduce(first) { isSolvedBefore($1.unknown, $0) ? $1.unknown : $0 }
    guard let inverse = Rational.one / form.factor(of: pivot) else { return nil }
    let row =
      (form - LinearForm(unknown: pivot, form.factor(of: pivot))) * -inverse
    rows[pivot] = row
    return (pivot, row)
  }

  /// Writes every equation in free unknowns.
  mutating func close() {
    for pivot in rows.keys.sorted(by: { isSolvedBefore($1, $0) }) {
      if let row = rows[pivot] { rows[pivot] = reduced(row) }
    }
  }

  func isFree(_ unknown: Int) -> Bool { rows[unknown] == nil }
}
