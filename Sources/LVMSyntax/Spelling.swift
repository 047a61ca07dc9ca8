/// The known word that a misspelt one most likely means, or nil if none is close.
///
/// Closeness is the Damerau–Levenshtein distance (insertions, deletions, substitutions and swaps
/// of neighbours, the restricted form); one edit is allowed in words of up to four letters, two up
/// to eight, three beyond. Case counts as less than an edit. The first of equally close words wins.
public func nearestSpelling(_ word: String, among known: some Collection<String>) -> String? {
  let typed = Array(word)
  guard !typed.isEmpty, typed.count <= 64 else { return nil }
  let limit = typed.count <= 4 ? 1 : typed.count <= 8 ? 2 : 3
  var best: (word: String, cost: Int)?
  for candidate in known where candidate != word {
    let letters = Array(candidate)
    guard abs(letters.count - typed.count) <= limit, letters.count <= 64 else { continue }
    let folded = editDistance(Array(word.lowercased()), Array(candidate.lowercased()))
    // A word of one or two letters is not close to every other one.
    guard folded <= limit, folded < typed.count, folded * 2 <= max(typed.count, letters.count)
    else { continue }
    let cost = folded * 100 + editDistance(typed, letters)
    if cost < best?.cost ?? .max { best = (candidate, cost) }
  }
  return best?.word
}

/// The restricted Damerau–Levenshtein distance, by rows.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    row.reserveCapacity(b.count + 1)
    for j in 0..<b.count {
      var cost = min(last[j + 1], row[j]) + 1
      cost = min(cost, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, beforeLast[j - 1] + 1)
      }
      row.append(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
