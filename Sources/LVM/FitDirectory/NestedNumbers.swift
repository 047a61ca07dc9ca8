import Foundation
import LVMCompute

/// An array of numbers as `fit.json` nests it: row-major, null where there is no number.
indirect enum NestedNumbers: Decodable {
  case number(Double?)
  case array([NestedNumbers])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let items = try? container.decode([NestedNumbers].self) {
      self = .array(items)
    } else {
      self = .number(try container.decode(Double?.self))
    }
  }

  /// The dims along the first elements, and all numbers in order.
  var tensor: Tensor {
    Tensor(dims, values)
  }

  private var dims: [Int] {
    switch self {
    case .number: []
    case .array(let items): [items.count] + (items.first?.dims ?? [])
    }
  }

  private var values: [Double] {
    switch self {
    case .number(let value): [value ?? .nan]
    case .array(let items): items.flatMap(\.values)
    }
  }

  /// Whether every row is as long as the first.
  var isRegular: Bool { values.count == dims.reduce(1, *) }
}

extension Fit {
  /// Parameters by name as `fit.json` has them: an object of nested arrays, or one whose `parameters` is.
  /// Nil for anything else.
  public static func parameterValues(json data: Data) -> [String: Tensor]? {
    struct Whole: Decodable { var parameters: [String: NestedNumbers] }
    let decoder = JSONDecoder()
    let nested =
      (try? decoder.decode(Whole.self, from: data))?.parameters
      ?? (try? decoder.decode([String: NestedNumbers].self, from: data))
    guard let nested, nested.values.allSatisfy(\.isRegular) else { return nil }
    return nested.mapValues(\.tensor)
  }
}
