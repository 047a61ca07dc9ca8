/// What the checker reads of a family: its parameterisations, the rank of its values, its support.
struct FamilySignature {
  var forms: [[FamilyParameter]]
  var eventRank: Int
  var support: Support
}

extension FamilyName {
  /// As the family's own file states it.
  var signature: FamilySignature {
    let known = family(self)
    return FamilySignature(
      forms: known.forms, eventRank: known.eventRank, support: known.support)
  }
}
