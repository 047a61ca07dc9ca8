/// Fixed numbers of a network through which columns enter it or leave it.
struct NetworkPart: Sendable {
  /// As in parameters: `decoder.mean.offset`.
  var name: String
  var scales: [EntryFrame]
  var shifts: [EntryFrame]
  /// Whether shifts are added, as to a location, or not, as to a spread.
  var isShifted: Bool
}

extension ModelGraph {
  /// The fixed numbers of all networks: of inputs that are columns, and of outputs in the columns' units.
  func networkParts(_ scaling: FrameSolution, _ shifting: FrameSolution) -> [NetworkPart] {
    var result: [NetworkPart] = []
    for network in networks {
      func add(
        _ port: Network.Port, _ part: String, _ a: [EntryFrame], _ b: [EntryFrame], _ moves: Bool
      ) {
        result.append(
          NetworkPart(
            name: "\(network.name).\(port.name).\(part)", scales: a, shifts: b, isShifted: moves))
      }
      for (i, source) in network.scaled.inputs.sorted(by: { $0.key < $1.key }) {
        guard let id = variable(named: source)?.id.index else { continue }
        let (a, b) = (scaling.values[id], shifting.values[id])
        if a.isEmpty || b.isEmpty { continue }
        add(network.inputs[i], "center", a, b, true)
        add(network.inputs[i], "scale", a, b, false)
      }
      for i in network.scaled.outputs.keys.sorted() {
        guard let a = scaling.outputs[network.id]?[i], let b = shifting.outputs[network.id]?[i]
        else { continue }
        add(network.outputs[i], "offset", a.entries, b.entries, true)
        add(network.outputs[i], "factor", a.entries, b.entries, false)
      }
    }
    return result
  }
}
