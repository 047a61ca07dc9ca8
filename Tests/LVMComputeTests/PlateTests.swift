import LVMCompute
import Testing

private let rows = PlateID(0)
private let groups = PlateID(1)
private let regions = PlateID(2)

/// 9 rows in 4 groups (one of them empty) in 2 regions.
private let nested = DataColumns(
  layout: PlateLayout(counts: [9, 4, 2], offsets: [[0, 2, 2, 6, 9], [0, 3, 4]]),
  columns: [
    "x": DataColumn(values: [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    "g": DataColumn(plate: groups, values: [10, 20, 30, 40]),
    "k": DataColumn(values: [0, 1, 2, 0, 1, 2, 0, 1, 2]),
  ])

@Test func sumsAndSpreadsOverNestedPlates() throws {
  let found = try evaluate(data: nested) { b in
    let x = b.data("x", [])
    let sums = x.segmentSum(groups)
    return [
      "groups": sums, "regions": sums.segmentSum(regions), "straight": x.segmentSum(regions),
      "spread": b.data("g", plate: groups, []).spread(rows),
      "back": sums.segmentSum(regions).spread(groups),
      "total": x.sumPlate(), "count": b.ones(groups).sumPlate(),
      "start": b.add(.segmentStart(groups), [x]), "first": b.add(.segmentStart(nil), [x]),
    ]
  }
  #expect(found["groups"] == Tensor([4], [3, 0, 18, 24]))
  #expect(found["regions"] == Tensor([2], [21, 24]))
  #expect(found["straight"] == Tensor([2], [21, 24]))
  #expect(found["spread"] == Tensor([9], [10, 10, 30, 30, 30, 30, 40, 40, 40]))
  #expect(found["back"] == Tensor([4], [21, 21, 21, 24]))
  #expect(found["total"] == Tensor(45))
  #expect(found["count"] == Tensor(4))
  #expect(found["start"] == Tensor([9], [1, 0, 1, 0, 0, 0, 1, 0, 0]))
  #expect(found["first"] == Tensor([9], [1, 0, 0, 0, 0, 0, 0, 0, 0]))
}

@Test func looksUpByData() throws {
  let found = try evaluate(["w": Tensor([3, 2], [1, 2, 3, 4, 5, 6])], data: nested) { b in
    let k = b.data("k", [])
    return [
      "take": b.add(.take, [b.parameter("w", [3, 2]), k]),
      "scatter": b.add(.scatterAdd(count: 3), [b.data("x", []), k]),
      "one hot": b.add(.oneHot(count: 3), [k]).sumPlate(),
    ]
  }
  #expect(found["take"]?.values == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
  #expect(found["scatter"] == Tensor([3], [12, 15, 18]))
  #expect(found["one hot"] == Tensor([3], [3, 3, 3]))
}

@Test func gradientsSumOverPlates() throws {
  let parameters = [
    "w": tensor([3, 2]), "s": tensor([], from: 0.5, to: 1, salt: 1), "v": tensor([2], salt: 2),
  ]
  let error = try gradientError(parameters, data: nested) { b, p in
    let x = b.data("x", []) * 0.1
    let rowValue = b.add(.take, [p["w"]!, b.data("k", [])]) * x.reshape([1]) + p["v"]!
    let group = (rowValue * p["s"]!).segmentSum(groups).apply(.tanh)
    let region = (group * p["v"]!).segmentSum(regions).square()
    let down = region.spread(groups) * group + p["s"]!
    // Values without a plate are added on one, where they count once a row.
    return down.spread(rows) * rowValue + p["v"]! * p["s"]!
  }
  #expect(error < 1e-7)
}

@Test func gradientsOfValuesThatDoNotTouchThePlateCountItsInstances() throws {
  let error = try gradientError(["s": Tensor(0.7)], data: nested) { b, p in
    b.data("x", []) * 0 + p["s"]!.square()
  }
  #expect(error < 1e-8)
}

@Test func contractionsOverPlates() throws {
  let n = 700
  let data = DataColumns(
    layout: .rows(n),
    columns: [
      "x": DataColumn(dims: [4], values: wobble(n * 4)),
      "y": DataColumn(dims: [3], values: wobble(n * 3, salt: 1)),
      "m": DataColumn(dims: [3, 4], values: wobble(n * 12, salt: 2)),
    ])
  let (x, y, m) = (wobble(n * 4), wobble(n * 3, salt: 1), wobble(n * 12, salt: 2))
  let w = tensor([4, 5], salt: 3)
  let found = try evaluate(["w": w], data: data) { b in
    let (x, y, m) = (b.data("x", [4]), b.data("y", [3]), b.data("m", [3, 4]))
    let w = b.parameter("w", [4, 5])
    return [
      "product": x.contract(w, left: [0], right: [0, 1], output: [1]),
      "moments": y.contract(x, left: [0], right: [1], output: [1, 0], keepsPlate: false),
      "weighed": (y.reshape([3, 1]) * x).contract(
        x, left: [0, 1], right: [2], output: [0, 1, 2], keepsPlate: false),
      "vectors": m.contract(x, left: [0, 1], right: [1], output: [0]),
      "outer": y.contract(x, left: [0], right: [1], output: [1, 0]),
      "dot": x.contract(x, left: [0], right: [0], output: [], keepsPlate: false),
      "batch": m.contract(m, left: [0, 1], right: [0, 2], output: [0, 1, 2], keepsPlate: false),
      "lone": x.contract(w, left: [0], right: [0, 1], output: [1], keepsPlate: false),
    ]
  }
  func expect(_ name: String, _ count: Int, _ value: (Int) -> Double) {
    guard let values = found[name]?.values else {
      Issue.record("no output \(name)")
      return
    }
    #expect(values.count == count)
    #expect(values.indices.allSatisfy { isClose(values[$0], value($0), 1e-12) }, "\(name)")
  }
  func total(_ f: (Int) -> Double) -> Double { (0..<n).reduce(0) { $0 + f($1) } }
  expect("product", n * 5) { at in
    (0..<4).reduce(0) { $0 + x[at / 5 * 4 + $1] * w.values[$1 * 5 + at % 5] }
  }
  expect("moments", 12) { at in total { y[$0 * 3 + at % 3] * x[$0 * 4 + at / 3] } }
  expect("weighed", 48) { at in
    total { y[$0 * 3 + at / 16] * x[$0 * 4 + at / 4 % 4] * x[$0 * 4 + at % 4] }
  }
  expect("vectors", n * 3) { at in
    (0..<4).reduce(0) { $0 + m[at * 4 + $1] * x[at / 3 * 4 + $1] }
  }
  expect("outer", n * 12) { at in y[at / 12 * 3 + at % 3] * x[at / 12 * 4 + at / 3 % 4] }
  expect("dot", 1) { _ in x.reduce(0) { $0 + $1 * $1 } }
  expect("batch", 48) { at in
    total { m[$0 * 12 + at / 16 * 4 + at / 4 % 4] * m[$0 * 12 + at / 16 * 4 + at % 4] }
  }
  expect("lone", 5) { at in
    total { r in (0..<4).reduce(0) { $0 + x[r * 4 + $1] * w.values[$1 * 5 + at] } }
  }
}

@Test func emptyTablesGiveZeroTotals() throws {
  let none = DataColumns(layout: .rows(0), columns: ["x": DataColumn(values: [])])
  let found = try evaluate(data: none) { b in
    let x = b.data("x", [])
    return ["total": x.exp().sumPlate(), "rows": x.exp(), "after": x.sumPlate() + 1]
  }
  #expect(found["total"] == Tensor(0))
  #expect(found["rows"] == Tensor([0], []))
  #expect(found["after"] == Tensor(1))
}
