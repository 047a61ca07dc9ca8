import CLVMKernels

/// Rows that a step reads by their number. Several workers read at once.
public protocol MinibatchRows: Sendable {
  /// Rows there are.
  var count: Int { get }
  /// Numbers in a row.
  var width: Int { get }
  /// Copies rows, in the order asked for: `out` gets `rows.count · width` numbers.
  func gather(_ rows: UnsafeBufferPointer<Int>, into out: UnsafeMutablePointer<Float>)
}

/// Rows of Float32 numbers.
public struct FloatRows: MinibatchRows {
  public let width: Int
  private let values: [Float]
  public var count: Int { width == 0 ? 0 : values.count / width }

  public init(_ values: [Float], width: Int) {
    precondition(width > 0 && values.count % width == 0, "values do not fill rows of \(width)")
    self.values = values
    self.width = width
  }

  public func gather(_ rows: UnsafeBufferPointer<Int>, into out: UnsafeMutablePointer<Float>) {
    guard let places = rows.baseAddress else { return }
    values.withUnsafeBufferPointer {
      lvm_gather_f32($0.baseAddress, places, rows.count, width, out)
    }
  }
}

/// Rows of Float64 numbers, read as Float32.
public struct DoubleRows: MinibatchRows {
  public let width: Int
  private let values: [Double]
  public var count: Int { width == 0 ? 0 : values.count / width }

  public init(_ values: [Double], width: Int) {
    precondition(width > 0 && values.count % width == 0, "values do not fill rows of \(width)")
    self.values = values
    self.width = width
  }

  public func gather(_ rows: UnsafeBufferPointer<Int>, into out: UnsafeMutablePointer<Float>) {
    guard let places = rows.baseAddress else { return }
    values.withUnsafeBufferPointer {
      lvm_gather_f64($0.baseAddress, places, rows.count, width, out)
    }
  }
}

/// Rows of bytes, such as pixels, read as byte · scale + shift.
public struct ByteRows: MinibatchRows {
  public let width: Int
  public let scale: Float
  public let shift: Float
  private let values: [UInt8]
  public var count: Int { width == 0 ? 0 : values.count / width }

  public init(_ values: [UInt8], width: Int, scale: Float = 1, shift: Float = 0) {
    precondition(width > 0 && values.count % width == 0, "values do not fill rows of \(width)")
    self.values = values
    self.width = width
    self.scale = scale
    self.shift = shift
  }

  public func gather(_ rows: UnsafeBufferPointer<Int>, into out: UnsafeMutablePointer<Float>) {
    guard let places = rows.baseAddress else { return }
    values.withUnsafeBufferPointer {
      lvm_gather_u8($0.baseAddress, places, rows.count, width, scale, shift, out)
    }
  }
}

/// Rows of zeros and ones, eight to a byte, lowest bit first; a row starts at a byte.
public struct BitRows: MinibatchRows {
  public let width: Int
  private let bytes: [UInt8]
  public var count: Int { bytes.count / ((width + 7) / 8) }

  /// - Parameter bytes: `(width + 7) / 8` for each row.
  public init(packed bytes: [UInt8], width: Int) {
    precondition(width > 0 && bytes.count % ((width + 7) / 8) == 0, "bytes do not fill rows")
    self.bytes = bytes
    self.width = width
  }

  /// Packs numbers: 1 where one is not 0.
  public init(_ values: [Double], width: Int) {
    precondition(width > 0 && values.count % width == 0, "values do not fill rows of \(width)")
    let rows = values.count / width
    let binary = values.map { $0 == 0 ? 0.0 : 1.0 }
    self.init(
      packed: [UInt8](unsafeUninitializedCapacity: rows * ((width + 7) / 8)) { bytes, filled in
        if let start = bytes.baseAddress { _ = lvm_pack_bits(binary, rows, width, start) }
        filled = bytes.count
      }, width: width)
  }

  public func gather(_ rows: UnsafeBufferPointer<Int>, into out: UnsafeMutablePointer<Float>) {
    guard let places = rows.baseAddress else { return }
    bytes.withUnsafeBufferPointer {
      lvm_gather_bits($0.baseAddress, places, rows.count, width, out)
    }
  }
}
