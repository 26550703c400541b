//! What was spent: CPU time of threads, this process, its children, the machine.

use std::collections::BTreeMap;
use std::time::Duration;

pub use streetwatch::worker::stages::thread_cpu;

/// CPU time of this process so far, user and system.
pub fn process() -> Duration {
    usage(libc::RUSAGE_SELF)
}

/// CPU time of the children that were waited for, user and system.
pub fn children() -> Duration {
    usage(libc::RUSAGE_CHILDREN)
}

fn usage(who: libc::c_int) -> Duration {
    // SAFETY: all zeroes is a valid rusage, which the call fills in.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(who, &raw mut usage);
        usage
    };
    let time = |t: libc::timeval| Duration::new(t.tv_sec as u64, t.tv_usec as u32 * 1000);
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// CPU time of this process's threads by what they do. Threads that have ended are not in it.
pub fn by_role() -> BTreeMap<&'static str, Duration> {
    let mut roles = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let read = |name: &str| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
        // The first number is nanoseconds on a CPU.
        let spent = read("schedstat").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        *roles.entry(role(read("comm").trim())).or_default() += Duration::from_nanos(spent);
    }
    roles
}

fn role(thread: &str) -> &'static str {
    match thread {
        name if name.starts_with("read ") => "demux",
        name if name.starts_with("cam ") => "camera",
        name if name.starts_with("infer-") => "inference",
        name if name.starts_with("dispatch-") || name.starts_with("evidence") => "evidence",
        name if name.starts_with("log-") => "log",
        _ => "other",
    }
}

/// CPU time that all processes of the machine have used so far.
pub fn machine() -> Duration {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<u64> =
        stat.lines().next().unwrap_or_default().split_whitespace().skip(1).filter_map(|n| n.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal
    let busy: u64 = ticks.iter().take(8).enumerate().filter(|(i, _)| !matches!(i, 3 | 4)).map(|(_, n)| n).sum();
    // SAFETY: takes no pointers.
    let hertz = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as u64;
    Duration::from_millis(busy * 1000 / hertz)
}

/// Memory of this process now (resident), bytes.
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) * 1024
}
