import Foundation
import LVM
import Testing

/// `lvmc encode --path`, against every path there is.
@Suite struct PathTests {
  /// Log probability of a path: start, steps and emissions.
  private func score(
    _ path: [Int], _ counts: [Double?], _ start: [Double], _ step: [Double], _ rate: [Double]
  ) -> Double {
    var total = log(start[path[0]])
    for t in path.indices {
      if t > 0 { total += log(step[path[t - 1] * rate.count + path[t]]) }
      if let n = counts[t] { total += n * log(rate[path[t]]) - rate[path[t]] }
    }
    return total
  }

  /// The best of all paths of so many rows.
  private func best(
    _ counts: [Double?], _ start: [Double], _ step: [Double], _ rate: [Double]
  ) -> [Int] {
    var paths: [[Int]] = [[]]
    for _ in counts { paths = paths.flatMap { path in rate.indices.map { path + [$0] } } }
    return paths.max {
      score($0, counts, start, step, rate) < score($1, counts, start, step, rate)
    } ?? []
  }

  private let model = """
    model Chain(K = 3)
    param start : simplex[K]
    param step  : simplex[K, K]
    param rate  : positive[K]
    each place by place {
      each row in order {
        latent state : category[K]
          initially Categorical(start)
          then Categorical(step[previous(state)])
        observe count : count ~ Poisson(rate[state])
      }
    }

    """

  @Test func isTheBestOfAllPaths() throws {
    let scratch = try Scratch()
    try scratch.write("chain.lvm", model)
    let counts: [[Double?]] = [
      [3, 9, nil, 14, 15, 2, 8, 30], [1, 2, nil, nil, 22, 7, 2], [13],
    ]
    // Rows of the series stand among each other, as they may.
    var rows: [(place: Int, count: Double?)] = []
    for t in 0..<8 {
      for (place, own) in counts.enumerated() where t < own.count { rows.append((place, own[t])) }
    }
    let lines = rows.map { "p\($0.place)," + ($0.count.map { String(Int($0)) } ?? "") }
    try scratch.write("data.csv", "place,count\n" + lines.joined(separator: "\n") + "\n")
    // Parameters at which paths are neither obvious nor degenerate.
    let (start, rate) = ([0.5, 0.3, 0.2], [3.0, 10, 20])
    let step = [0.8, 0.15, 0.05, 0.1, 0.7, 0.2, 0.05, 0.35, 0.6]
    let result = try Lvmc.run(
      ["run", "chain.lvm", "data.csv", "-o", "a.fit", "--quiet"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    var fit = try Fit(contentsOf: scratch.url("a.fit"))
    fit.parameters = [
      "start": Tensor([3], start), "step": Tensor([3, 3], step), "rate": Tensor([3], rate),
    ]
    try fit.save(to: scratch.url("a.fit"))
    let encoded = try Lvmc.run(["encode", "a.fit", "data.csv", "--path"], in: scratch)
    #expect(encoded.status == 0, "\(encoded.errors)")
    let cells = encoded.output.split(separator: "\n").map(String.init)
    #expect(cells.first == "state")
    let found = cells.dropFirst().compactMap { Int($0) }
    #expect(found.count == rows.count)
    for (place, own) in counts.enumerated() {
      let path = zip(rows, found).filter { $0.0.place == place }.map { $0.1 - 1 }
      #expect(path == best(own, start, step, rate))
    }
  }

  @Test func aSingleLabelIsItsOwnMode() throws {
    let scratch = try Scratch()
    let words = ["run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "-o", "a.fit"]
    #expect(try Lvmc.run(words, in: scratch).status == 0)
    let path = try Lvmc.run(["encode", "a.fit", Lvmc.data("faithful"), "--path"], in: scratch)
    let modes = try scratch.read("a.fit/latents.csv").split(separator: "\n").map {
      String($0.split(separator: ",")[0])
    }
    #expect(path.output.split(separator: "\n").map(String.init) == modes)
  }

  @Test func whatHasNoPathSaysSo() throws {
    let scratch = try Scratch()
    for (model, data, message) in [
      ("ppca", "iris", "no latent labels"), ("factorial-mixture", "iris", "`kind`, `state`"),
    ] {
      let words = ["run", Lvmc.model(model), Lvmc.data(data), "-o", "\(model).fit"]
      #expect(try Lvmc.run(words, in: scratch).status == 0)
      let path = try Lvmc.run(["encode", "\(model).fit", Lvmc.data(data), "--path"], in: scratch)
      #expect(path.status == 2)
      #expect(path.errors.contains(message), "\(path.errors)")
    }
  }
}
