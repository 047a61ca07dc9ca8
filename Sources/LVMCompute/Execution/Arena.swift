/// Places of buffers in one block of memory, so that those alive together do not overlap.
struct ArenaPlan {
  private(set) var offsets: [Int: Int] = [:]
  private(set) var bytes = 0

  struct Request {
    var id: Int
    var bytes: Int
    /// First and last step at which the buffer is needed.
    var first: Int
    var last: Int
  }

  /// Requests in order of their first step; first fit.
  init(_ requests: [Request]) {
    var live: [(offset: Int, end: Int, last: Int)] = []
    for request in requests {
      live.removeAll { $0.last < request.first }
      live.sort { $0.offset < $1.offset }
      let size = (max(request.bytes, 1) + 63) & ~63
      var place = 0
      for block in live where place + size > block.offset { place = max(place, block.end) }
      offsets[request.id] = place
      live.append((place, place + size, request.last))
      bytes = max(bytes, place + size)
    }
  }
}
