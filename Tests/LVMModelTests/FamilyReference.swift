import Foundation
import LVMCompute
import LVMModel

/// What Reference/families.json holds, made by Reference/families.py.
struct FamilyReference: Decodable {
  var cases: [Case]
  var intervals: [Interval]

  struct Case: Decodable {
    var family: String
    var form: Int
    var arguments: [Flat]
    var x: Flat
    var logDensity: Number
    var mean: Flat?
    var variance: Flat?
  }

  struct Interval: Decodable {
    var family: String
    var arguments: [Flat]
    var low: Double?
    var high: Double?
    var logMass: Number
  }

  struct Flat: Decodable {
    var dims: [Int]
    var values: [Number]
    var tensor: Tensor { Tensor(dims, values.map(\.value)) }
  }

  /// A number, or one of the words JSON has no number for.
  struct Number: Decodable {
    var value: Double

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let word = try? container.decode(String.self) {
        value = word == "inf" ? .infinity : (word == "-inf" ? -.infinity : .nan)
      } else {
        value = try container.decode(Double.self)
      }
    }
  }

  static func load() throws -> FamilyReference {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/families.json")
    return try JSONDecoder().decode(FamilyReference.self, from: Data(contentsOf: url))
  }
}
