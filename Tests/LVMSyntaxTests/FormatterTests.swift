import LVMSyntax
import Testing

struct FormatterTests {
  private func formatted(_ text: String) throws -> String {
    let once = try format(SourceText(name: "test", text: text))
    #expect(try format(SourceText(name: "test", text: once)) == once)
    let before = try #require(parse(SourceText(name: "test", text: text)).model)
    let after = try #require(parse(SourceText(name: "test", text: once)).model)
    #expect(dump(before) == dump(after))
    return once
  }

  @Test func messyTextBecomesCanonical() throws {
    let text = """
      // top


      // second
      model   Messy( K=2 ,  // sizes
         D )   // header



      param  a:real   // first
      // between
      param longer : positive ~ HalfNormal( 1 ) // second

      each  row in order
      { // open

        latent z:real~Normal( 0,1 )
        let q=a ^ 2+ -z*1 / 255
        observe y:real from not (id,label)~Normal(0, // mean
           1)
        // end

      }
      fit { epochs=50, // c
       batch=3 }
      // the end
      """
    #expect(
      try formatted(text) == """
        // top

        // second
        // sizes
        model Messy(K = 2, D)  // header

        param a      : real  // first
        // between
        param longer : positive ~ HalfNormal(1)  // second

        each row in order {  // open
          latent  z : real ~ Normal(0, 1)
          let     q = a^2 + -z * 1 / 255
          // mean
          observe y : real from not (id, label) ~ Normal(0, 1)
          // end
        }
        fit {
          epochs = 50  // c
          batch = 3
        }
        // the end

        """)
  }

  @Test func longStatementsAreBroken() throws {
    let name = String(repeating: "x", count: 30)
    let text = """
      model Long
      latent s : real initially Normal(\(name), \(name)) then Normal(previous(s), \(name) + 1)
      observe \(name) : real ~ Mixture(\(name), Normal([\(name), \(name)], \(name)), \(name))
      """
    #expect(
      try formatted(text) == """
        model Long
        latent  s                              : real
          initially Normal(\(name), \(name))
          then Normal(previous(s), \(name) + 1)
        observe \(name) : real
          ~ Mixture(\(name), Normal([\(name),
            \(name)], \(name)),
            \(name))

        """)
  }

  @Test func commentsAreKeptEverywhere() throws {
    // A comment after every token of a model: all of them survive.
    let source = SourceText(name: "vae", text: GoodModels.all.first { $0.name == "vae" }!.text)
    let tokens = tokenize(source).0
    var kept = 0
    for i in tokens.indices.dropLast() {
      let at = tokens[i].span.upper
      let text =
        source.text(Span(0, at)) + " // note\n" + source.text(Span(at, source.bytes.count))
      // Where a line may not end, a comment may not stand.
      guard parse(SourceText(name: "vae", text: text)).findings.isEmpty else { continue }
      kept += 1
      let result = try formatted(text)
      #expect(
        result.split(separator: "// note", omittingEmptySubsequences: false).count == 2,
        "after token \(i)")
    }
    #expect(kept > tokens.count / 2)
  }

  @Test func aTextWithMistakesIsRefused() {
    #expect(throws: Diagnostics.self) {
      try format(SourceText(name: "test", text: "model T\nparam a"))
    }
  }
}
