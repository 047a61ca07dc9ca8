/// When values that only their tile needs are alive.
extension StepCompiler {
  /// First and last step of each value that only its tile needs.
  static func lifetimes(
    _ steps: [LocalStep], _ nodes: [Node], _ schedule: StepSchedule, _ users: [[Int]],
    tileRows: Int, publishes: Bool
  ) -> [ArenaPlan.Request] {
    var place: [Int: Int] = [:]
    for (k, step) in steps.enumerated() { for i in step.members { place[i] = k } }
    let own = place.filter { i, _ in
      guard nodes[i].shape.plate != nil else { return false }
      if schedule.kept.contains(i) { return publishes }
      return users[i].contains { place[$0] != place[i] }
    }
    var parts: [Int: (first: Int, last: Int)] = [:]
    for (i, k) in place {
      for part in nodes[i].inputs.map(schedule.root) where schedule.parts.contains(part) {
        let known = parts[part] ?? (k, k)
        parts[part] = (min(known.first, k), max(known.last, k))
      }
    }
    let partRequests = parts.map { i, span in
      ArenaPlan.Request(
        id: i,
        bytes: nodes[i].shape.count * nodes[i].dtype.byteCount
          * partRows(nodes[i], tileRows: tileRows), first: span.first, last: span.last)
    }
    return
      (own.map { i, first in
        ArenaPlan.Request(
          id: i, bytes: nodes[i].shape.count * nodes[i].dtype.byteCount * tileRows, first: first,
          last: users[i].compactMap { place[$0] }.max() ?? first)
      } + partRequests).sorted { ($0.first, $0.id) < ($1.first, $1.id) }
  }
}
