/// Pictures side by side on one sheet: each row of a table that is an image, or several to compare.
public struct ImageSheet: Sendable {
  public let height: Int
  public let width: Int
  /// 1 or 3.
  public let channels: Int
  private var images: [[Double]] = []

  /// A sheet of images of one shape; nil for numbers of channels that are no picture.
  public init?(height: Int, width: Int, channels: Int) {
    guard height > 0, width > 0, channels == 1 || channels == 3 else { return nil }
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// The shape of a variable's image: [h, w] or [h, w, c] as declared, or of a vector of n² numbers, n at
  /// least 4, a square of grey pixels.
  public init?(dims: [Int]) {
    switch dims.count {
    case 3: self.init(height: dims[0], width: dims[1], channels: dims[2])
    case 2: self.init(height: dims[0], width: dims[1], channels: 1)
    case 1:
      let side = Int(Double(dims[0]).squareRoot().rounded())
      guard side >= 4, side * side == dims[0] else { return nil }
      self.init(height: side, width: side, channels: 1)
    default: return nil
    }
  }

  /// Images so far.
  public var count: Int { images.count }

  /// Adds an image of `height · width · channels` numbers; what is not finite shows as middle grey.
  public mutating func append(_ image: [Double]) {
    precondition(image.count == height * width * channels, "an image of another size")
    images.append(image)
  }

  /// Adds a place that shows as background.
  public mutating func appendBlank() {
    images.append([Double](repeating: .nan, count: height * width * channels))
  }

  /// The sheet as a PNG file: `columns` images a line, dark to bright over `range` or the range of all
  /// numbers, with a margin of one pixel; small images are enlarged. Nil for a sheet without images.
  public func png(columns: Int, range: ClosedRange<Double>? = nil) -> [UInt8]? {
    guard !images.isEmpty else { return nil }
    let columns = max(1, min(columns, images.count))
    let lines = (images.count + columns - 1) / columns
    let zoom = max(1, 56 / max(height, width))
    let (h, w) = (height * zoom + 1, width * zoom + 1)
    let (sheetHeight, sheetWidth) = (lines * h + 1, columns * w + 1)
    let (low, high) = range.map { ($0.lowerBound, $0.upperBound) } ?? bounds
    let scale = high > low ? 255 / (high - low) : 0
    var pixels = [UInt8](repeating: 128, count: sheetHeight * sheetWidth * channels)
    for (i, image) in images.enumerated() {
      let (top, left) = (i / columns * h + 1, i % columns * w + 1)
      for y in 0..<(height * zoom) {
        for x in 0..<(width * zoom) {
          for c in 0..<channels {
            let value = image[((y / zoom) * width + x / zoom) * channels + c]
            guard value.isFinite else { continue }
            pixels[((top + y) * sheetWidth + left + x) * channels + c] = UInt8(
              max(0, min(255, (value - low) * scale)))
          }
        }
      }
    }
    return PNGWriter.encode(
      pixels, width: sheetWidth, height: sheetHeight, channels: channels)
  }

  /// The least and the largest number.
  private var bounds: (Double, Double) {
    var low = Double.infinity
    var high = -Double.infinity
    for image in images {
      for x in image where x.isFinite {
        low = min(low, x)
        high = max(high, x)
      }
    }
    return (low, high)
  }
}
