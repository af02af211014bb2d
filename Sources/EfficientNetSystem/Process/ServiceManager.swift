internal import Glibc

/// What systemd, or another program that speaks its protocol, is told of the state of a service.
///
/// Source: [sd_notify](https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html).
package enum ServiceManager {
  /// The state of the service.
  package enum State: Sendable {
    case ready, reloading, stopping
  }

  /// Tells the manager, if there is one.
  package static func notify(_ state: State) {
    guard let path = environmentVariable("NOTIFY_SOCKET") else { return }
    let text =
      switch state {
      case .ready: "READY=1"
      case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
      case .stopping: "STOPPING=1"
      }
    send(text, to: path)
  }

  /// The clock of the protocol.
  private static var microseconds: Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
  }

  /// Sends a datagram to a socket of the file system, or with "@" of the abstract names. A manager
  /// that cannot be reached changes nothing for the service.
  private static func send(_ text: String, to path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(path.utf8)
    if name.first == UInt8(ascii: "@") { name[0] = 0 }
    guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
    let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
    guard socket >= 0 else { return }
    defer { close(socket) }
    let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    unsafe withUnsafePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = unsafe sendto(socket, text, text.utf8.count, Int32(MSG_NOSIGNAL), address, size)
      }
    }
  }
}
