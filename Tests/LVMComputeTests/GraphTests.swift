import LVMCompute
import Testing

private func graph(_ build: (GraphBuilder) -> Value) -> Graph {
  let builder = GraphBuilder()
  builder.setOutput("y", build(builder))
  return builder.finish()
}

@Test func identitiesVanish() {
  let identities: [(String, (Value) -> Value)] = [
    ("x * 1 + 0", { ($0 * 1 + 0) - 0 }),
    ("double negation", { -(-$0) }),
    ("log of exp", { $0.exp().log() }),
    ("reshapes there and back", { $0.reshape([6]).reshape([3, 2]).reshape([2, 3]) }),
    ("transposes there and back", { $0.transpose([1, 0]).transpose([1, 0]) }),
    ("a whole slice", { $0.slice(axis: 1, start: 0, count: 3) }),
    ("x / 1", { $0 / 1 }),
  ]
  for (name, build) in identities {
    let simple = simplify(graph { build($0.parameter("x", [2, 3])) })
    #expect(simple.nodes.map(\.op) == [.parameter("x")], "\(name)")
  }
}

@Test func constantsFold() {
  let simple = simplify(
    graph { b in
      let half = (b.constant(2) * 3 + 2).sqrt().log() * b.constant(Tensor([2], [1, 2]))
      return b.parameter("x", [2]) + half.exp()
    })
  #expect(simple.nodes.count == 3)
}

@Test func broadcastsThatArithmeticDoesItselfVanish() {
  let simple = simplify(
    graph { b in b.parameter("x", [4, 3]) * b.parameter("w", [3]).broadcast([4, 3]) })
  #expect(simple.nodes.count == 3)
}

@Test func infinitiesSurviveSimplification() throws {
  let found = try evaluate(["x": Tensor([2], [.infinity, .nan])]) { b in
    [
      "zero": b.parameter("x", [2]) * 0,
      "difference": b.parameter("x", [2]) - b.parameter("x", [2]),
    ]
  }
  #expect(found["zero"]?.values.allSatisfy(\.isNaN) == true)
  #expect(found["difference"]?.values.allSatisfy(\.isNaN) == true)
}

@Test func deadNodesGo() {
  let program = Program(
    graph { b in
      _ = b.parameter("unused", [1000]).exp()
      return b.parameter("x", [2]).exp()
    })
  #expect(program.parameters == ["x": [2]])
}

@Test func soundGraphsVerify() {
  let sound = graph { b in
    let x = b.parameter("x", [3])
    let y = (x * b.data("d", [3])).logSumExp(axes: [0]).sumPlate()
    return b.gradient(of: y, with: [x])[0]
  }
  #expect(verify(sound).isEmpty)
  #expect(verify(simplify(sound)).isEmpty)
}

@Test func verifierFindsWhatIsBroken() {
  let x = Node(op: .parameter("x"), inputs: [], shape: Shape([3]), dtype: .f64)
  func y(_ op: Op, _ inputs: [Int], _ shape: Shape = Shape([3]), _ type: DType = .f64) -> Node {
    Node(op: op, inputs: inputs, shape: shape, dtype: type)
  }
  let broken: [(String, [Node], [String: Int])] = [
    ("order", [y(.unary(.exp), [1]), x], ["y": 0]),
    ("itself", [y(.unary(.exp), [0])], ["y": 0]),
    ("shape", [x, y(.unary(.exp), [0], Shape([4]))], ["y": 1]),
    ("plate", [x, y(.unary(.exp), [0], Shape(plate: .rows, [3]))], ["y": 1]),
    ("format", [x, y(.unary(.exp), [0], Shape([3]), .f32)], ["y": 1]),
    ("inputs", [x, y(.binary(.add), [0])], ["y": 1]),
    ("output", [x], ["y": 1]),
    ("constant", [y(.constant(Tensor(1)), [])], ["y": 0]),
    ("data", [y(.data("d"), [])], ["y": 0]),
  ]
  for (name, nodes, outputs) in broken {
    #expect(verify(Graph(nodes: nodes, outputs: outputs)).count == 1, "\(name)")
  }
}

@Test func listingShowsEachNode() {
  let listing = graph { b in
    b.data("x", [2]).contract(b.parameter("w", [2, 3]), left: [0], right: [0, 1], output: [1])
  }.listing
  #expect(
    listing == """
      %0 = data 'x' : f64[rows, 2]  0 flops, 16 bytes
      %1 = parameter 'w' : f64[2, 3]  0 flops, 48 bytes
      %2 = contract i,ij->j %0 %1 : f64[rows, 3]  12 flops, 24 bytes
      output y = %2

      """)
}
