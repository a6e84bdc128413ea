import Foundation

/// How much memory this process can have.
public enum MachineMemory {
  /// Memory of the machine in bytes, or of the control group that the process runs in where that is less.
  public static let total: Double = {
    let machine = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    guard let text = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8),
      let group = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)), group > 0
    else { return machine }
    return min(machine, group)
  }()

  /// What one computation may ask for: half of the memory, and no more than 80% of what a limit on the
  /// address space (`ulimit -v`) leaves beside the program itself.
  public static let share: Double = {
    var limit = rlimit()
    #if os(Linux)
      let known = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0
    #else
      let known = getrlimit(RLIMIT_AS, &limit) == 0
    #endif
    guard known, limit.rlim_cur < UInt64(1) << 62 else { return 0.5 * total }
    return min(0.5 * total, 0.8 * max(0, Double(limit.rlim_cur) - programSize))
  }()

  /// Address space of the program at its start: what /proc says, or a usual size.
  private static var programSize: Double {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = text.split(separator: " ").first.flatMap({ Double($0) })
    else { return 2e8 }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }
}
