//! What a process may use, and has used.

use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    time::{ClockId, clock_gettime},
};

/// Raises the limit of open files to at least `wanted` where permitted; returns the limit now in force.
pub fn raise_open_files(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let may_be = limit.maximum.unwrap_or(u64::MAX);
    let to = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    if may_be < wanted && setrlimit(Resource::Nofile, to(wanted)).is_ok() {
        return wanted;
    }
    if setrlimit(Resource::Nofile, to(may_be)).is_ok() {
        return may_be;
    }
    limit.current.unwrap_or(u64::MAX)
}

/// CPU seconds of this process, more finely than /proc tells.
pub fn own_cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
