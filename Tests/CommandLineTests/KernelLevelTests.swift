import LVM
import Testing

@Suite struct KernelLevelCommandTests {
  @Test func versionNamesKernelsAndBLAS() throws {
    let scratch = try Scratch()
    for level in KernelLevel.available {
      let result = try Lvmc.run(
        ["--version"], in: scratch, environment: ["LVM_KERNELS": level.rawValue])
      #expect(result.status == 0)
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(lines[0] == "lvmc 0.1.0")
      let note = level == .machine ? "" : " (this machine has \(KernelLevel.machine.rawValue))"
      #expect(lines[1] == "kernels: \(level.rawValue)\(note)")
      #expect(lines[2] == "BLAS: \(BLAS.core)")
    }
  }

  @Test(arguments: [["--version"], ["check", Lvmc.model("gaussian")]])
  func wordsThatNameNoLevelAreRefused(arguments: [String]) throws {
    let result = try Lvmc.run(arguments, in: try Scratch(), environment: ["LVM_KERNELS": "avx2"])
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.contains("`LVM_KERNELS` is one of v4, v3, baseline, not `avx2`"))
  }

  @Test(.enabled(if: KernelLevel.machine < .v4))
  func levelsThatTheMachineLacksAreRefused() throws {
    let result = try Lvmc.run(
      ["--version"], in: try Scratch(), environment: ["LVM_KERNELS": "v4"])
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.contains("the highest level of this machine is"))
  }

  /// What a level changes is time.
  @Test(
    arguments: [
      ("gaussian-mixture", "faithful"), ("mixed-type-mixture", "iris"), ("latent-class", "lsat6"),
      ("hidden-markov", "earthquakes_annual"), ("local-level", "nile"),
      ("ppca-missing", "airquality"), ("random-effects", "prussian"), ("linear-vae", "iris"),
    ])
  func fitsHaveTheSameBitsAtEveryLevel(model: String, table: String) throws {
    let scratch = try Scratch()
    for level in KernelLevel.available {
      let result = try Lvmc.run(
        [
          "run", Lvmc.model(model), Lvmc.data(table), "-o", level.rawValue, "--seed", "1",
        ], in: scratch, environment: ["LVM_KERNELS": level.rawValue])
      #expect(result.status == 0, "\(result.errors)")
    }
    let own = try scratch.contents(of: KernelLevel.machine.rawValue)
    for level in KernelLevel.available {
      let other = try scratch.contents(of: level.rawValue)
      for name in ["parameters.safetensors", "latents.csv"] {
        #expect(own[name] == other[name], "\(name) at \(level.rawValue)")
      }
    }
  }
}
