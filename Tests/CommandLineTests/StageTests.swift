import Testing

/// Commands that print and fit nothing: explain, graph, check, fmt, and `--emit`.
@Suite struct StageTests {
  private func output(_ words: String...) throws -> String {
    let scratch = try Scratch()
    let result = try Lvmc.run(words, in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    #expect(scratch.entries.isEmpty)
    return result.output
  }

  @Test func explainSaysWhatWhyAndHowFarIdentified() throws {
    let mixture = try output("explain", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"))
    #expect(mixture.hasPrefix("GaussianMixture: em, because "))
    #expect(mixture.contains("local latent kind: enumeration\n  why: "))
    #expect(mixture.contains("identified up to permutation"))
    #expect(mixture.contains("elimination order:\n  1. sum out kind per row, 2 cells\n"))
    let ppca = try output("explain", Lvmc.model("ppca"))
    #expect(ppca.contains("local latent z: gaussian"))
    #expect(ppca.contains("identified up to rotation"))
    #expect(ppca.contains("stands for what the data will tell"))
    let gamma = try output("explain", Lvmc.model("gamma-poisson"))
    #expect(gamma.contains("group latent rate: conjugate"))
    let chain = try output("explain", Lvmc.model("hidden-markov"))
    #expect(chain.contains("scan finite chain state"))
  }

  @Test func everyStagePrints() throws {
    let model = Lvmc.model("gaussian-mixture")
    func stage(_ name: String) throws -> String {
      try output("run", model, Lvmc.data("faithful"), "--emit", name)
    }
    #expect(try stage("tokens").contains("keyword model\n"))
    #expect(try stage("ast").contains("GaussianMixture"))
    #expect(try stage("graph").contains("latent kind : category[2]"))
    #expect(try stage("plan").contains("local latent kind: enumeration"))
    #expect(try stage("factors").contains("sum out kind per row, 2 cells"))
    let compute = try stage("compute")
    #expect(compute.contains("parameter 'mean' : f64[2, 2]  0 flops, 32 bytes"))
    #expect(compute.contains("\noutput log p = %"))
    let step = try output(
      "run", Lvmc.model("vae"), Lvmc.data("digits8x8"), "--emit", "compute", "--fit", "batch=32")
    #expect(step.hasPrefix("step program: at most 32 rows, tiles of "))
    #expect(step.contains("fused over") && step.contains("operations for 32 rows"))
    // Without data too.
    #expect(try output("run", model, "--emit", "factors").contains("sum out kind"))
  }

  @Test func graphHasFourFormats() throws {
    let model = Lvmc.model("hidden-markov")
    #expect(try output("graph", model).contains("previous state"))
    #expect(try output("graph", model, "--format", "dot").hasPrefix("digraph"))
    let mermaid = try output("graph", model, "--format", "mermaid")
    #expect(mermaid.hasPrefix("flowchart TB\n"))
    #expect(mermaid.contains("-. previous .->"))
    let svg = try output("graph", model, "--format", "svg")
    #expect(svg.hasPrefix("<svg xmlns=") && svg.hasSuffix("</svg>\n"))
    for name in ["start", "transition", "rate", "state", "count"] {
      #expect(svg.contains(">\(name)</text>"))
    }
    #expect(svg.contains("stroke-dasharray"))
  }

  @Test func checkShowsTheBinding() throws {
    let text = try output("check", Lvmc.model("random-intercept"), Lvmc.data("orthodont"))
    #expect(text.contains("distance  ← distance"))
    #expect(text.contains("27 groups"))
    #expect(text.hasSuffix("RandomIntercept: no errors\n"))
    #expect(try output("check", Lvmc.model("gaussian"), "--json") == "[]\n")
  }

  @Test func formatterChangesOnlyWhatItMust() throws {
    let scratch = try Scratch()
    try scratch.write(
      "a.lvm", "model  A\nparam m:real\neach row {\nobserve x : real ~ Normal( m , 1 )\n}\n")
    let check = try Lvmc.run(["fmt", "--check", "a.lvm"], in: scratch)
    #expect(check.status == 1)
    #expect(check.errors.contains("`a.lvm`"))
    #expect(try Lvmc.run(["fmt", "a.lvm"], in: scratch).status == 0)
    #expect(try scratch.read("a.lvm").contains("observe x : real ~ Normal(m, 1)"))
    #expect(try Lvmc.run(["fmt", "--check", "a.lvm"], in: scratch).status == 0)
  }

  @Test func modelsOfTheReadmeAreRight() throws {
    let readme = try String(contentsOfFile: Lvmc.models + "/../README.md", encoding: .utf8)
    let blocks = readme.components(separatedBy: "```lvm\n").dropFirst()
    #expect(!blocks.isEmpty)
    for block in blocks {
      let scratch = try Scratch()
      try scratch.write("a.lvm", block.components(separatedBy: "```")[0])
      let result = try Lvmc.run(["check", "a.lvm"], in: scratch)
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  @Test func settingsOfTheFitBlockAct() throws {
    let scratch = try Scratch()
    let mixture = """
      model M(K = 2)
      param w : simplex[K]
      param m : real[K]
      param s : positive[K]
      each row {
        latent k : category[K] ~ Categorical(w)
        observe waiting : real ~ Normal(m[k], s[k])
      }
      fit { restarts = 3, epochs = 5 }

      """
    try scratch.write("m.lvm", mixture)
    let words = ["run", "m.lvm", Lvmc.data("faithful"), "-o", "m.fit", "--json"]
    let own = try Lvmc.run(words, in: scratch)
    #expect(own.output.contains("\"restarts\": 3,"))
    #expect(own.errors.contains("`epochs` in the fit block has no meaning for this model"))
    for option in [["--restarts", "4"], ["--fit", "restarts=4"]] {
      #expect(try Lvmc.run(words + option, in: scratch).output.contains("\"restarts\": 4,"))
    }
  }
}
