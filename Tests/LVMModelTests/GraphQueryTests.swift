import LVMModel
import LVMSyntax
import Testing

/// Questions about a graph: who reads whom, factors, blocks, order, blanket.
@Suite struct GraphQueryTests {
  private func graph() throws -> ModelGraph {
    try #require(
      Corpus.graph(
        """
        model M(L = 2)
        param b : real ~ Normal(0, 1)
        param free : positive
        latent g : real ~ Normal(b, 1)
        each row {
          let m = n + g
          let n = z + x
          given x : real
          latent z : real ~ Normal(g, 1)
          latent w : real[L] ~ Normal(0, free)
          observe y : real ~ Normal(m, 1)
          observe v : real[L] ~ Normal(w, 1)
        }
        """))
  }

  private func names(_ ids: some Sequence<VariableID>, _ graph: ModelGraph) -> [String] {
    ids.map { graph[$0].name }.sorted()
  }

  @Test func parentsAndChildren() throws {
    let graph = try graph()
    let m = try #require(graph.variable(named: "m")).id
    #expect(names(graph.parents(of: m), graph) == ["g", "n"])
    #expect(names(graph.children(of: m), graph) == ["y"])
    #expect(graph.childTable[m.index] == graph.children(of: m))
  }

  @Test func factorsSeeThroughLets() throws {
    let graph = try graph()
    #expect(graph.factors.map { graph[$0.variable].name } == ["b", "g", "z", "w", "y", "v"])
    let y = try #require(graph.factors.first { graph[$0.variable].name == "y" })
    #expect(names(y.latents, graph) == ["g", "z"])
    #expect(names(y.givens, graph) == ["x"])
    #expect(names(y.observed, graph) == ["y"])
    #expect(y.lets.map { graph[$0].name } == ["n", "m"])
  }

  @Test func orderPutsReadersLast() throws {
    let graph = try graph()
    let order = graph.topologicalOrder
    #expect(order.count == graph.variables.count)
    for (position, id) in order.enumerated() {
      for parent in graph.parents(of: id) {
        let at = try #require(order.firstIndex(of: parent))
        #expect(at < position)
      }
    }
  }

  @Test func localLatentsThatShareNothingAreApart() throws {
    let graph = try graph()
    #expect(graph.latentBlocks.map { names($0, graph) } == [["z"], ["w"]])
  }

  @Test func blanketIsWhatFactorsShare() throws {
    let graph = try graph()
    let z = try #require(graph.variable(named: "z")).id
    #expect(names(graph.markovBlanket(of: z), graph) == ["g", "x", "y"])
  }

  @Test func pastReadsAreApart() throws {
    let graph = try #require(
      Corpus.graph(
        """
        model M
        each row in order {
          given u : real
          latent z : real initially Normal(0, 1) then Normal(previous(z) + previous(u), 1)
          observe y : real ~ Normal(z, 1)
        }
        """))
    let z = try #require(graph.variable(named: "z")).id
    #expect(graph.parents(of: z) == [])
    #expect(names(graph.pastParents(of: z), graph) == ["u", "z"])
    #expect(graph.dot.contains("style = dashed"))
  }

  @Test func dotNestsThePlates() throws {
    let graph = try #require(
      Corpus.graph(
        """
        model M
        each s by id { latent u : real ~ Normal(0, 1) each row { observe y : real ~ Normal(u, 1) } }
        """))
    #expect(
      graph.dot == """
        digraph "M" {
          rankdir = TB;
          node [fontname = "Helvetica"];
          subgraph cluster_1 {
            label = "each s";
            v0 [label = "u", tooltip = "real", shape = ellipse];
            subgraph cluster_2 {
              label = "each rows";
              v1 [label = "y", tooltip = "real", shape = ellipse, style = filled, \
        fillcolor = lightgray];
            }
          }
          v0 -> v1;
        }

        """)
  }

  @Test func verifyFindsWhatIsBroken() throws {
    var graph = try graph()
    #expect(graph.verify() == [])
    graph.variables[0].plate = PlateIndex(1)
    #expect(graph.verify() == ["b: parameter in a plate"])
    graph.variables[0].plate = .global
    graph.variables[2].type = ValueType(.real, [.constant(2)])
    #expect(!graph.verify().isEmpty)
  }
}
