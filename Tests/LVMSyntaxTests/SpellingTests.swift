import LVMSyntax
import Testing

struct SpellingTests {
  @Test(arguments: [
    ("obsrve", "observe"), ("observ", "observe"), ("lateent", "latent"), ("parm", "param"),
    ("modle", "model"), ("gvien", "given"), ("LET", "let"), ("netwrok", "network"),
  ])
  func findsWhatWasMeant(typed: String, meant: String) {
    #expect(nearestSpelling(typed, among: Keyword.allCases.map(\.rawValue)) == meant)
  }

  @Test(arguments: ["x", "print", "", "encoder", "mu"])
  func staysSilentWhereNothingIsClose(typed: String) {
    #expect(nearestSpelling(typed, among: Keyword.allCases.map(\.rawValue)) == nil)
  }

  @Test func caseDecidesAmongEquals() {
    #expect(nearestSpelling("normal", among: ["LogNormal", "Normal", "formal"]) == "Normal")
    #expect(nearestSpelling("Nromal", among: ["HalfNormal", "Normal"]) == "Normal")
  }
}
