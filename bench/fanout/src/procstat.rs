//! CPU time and resident memory of a process tree, from /proc.

use std::{
    collections::HashSet,
    fs,
    net::{IpAddr, SocketAddr},
};

/// The processes to watch: the given ones and all their descendants at the time of the call.
pub fn process_tree(roots: &[u32]) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat_fields(pid)?.get(1)?.parse().ok()?)))
        .collect();
    let mut tree: Vec<u32> = roots.to_vec();
    let mut known: HashSet<u32> = roots.iter().copied().collect();
    let mut next = 0;
    while next < tree.len() {
        for &(pid, parent) in &parents {
            if parent == tree[next] && known.insert(pid) {
                tree.push(pid);
            }
        }
        next += 1;
    }
    tree
}

/// User plus system CPU seconds used so far by `pids`.
pub fn cpu_seconds(pids: &[u32]) -> f64 {
    let ticks_per_second = rustix::param::clock_ticks_per_second() as f64;
    let ticks = |pid: &u32| -> Option<f64> {
        let fields = stat_fields(*pid)?;
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    };
    pids.iter().filter_map(ticks).sum::<f64>() / ticks_per_second
}

/// Resident set size of `pids`, in bytes.
pub fn rss_bytes(pids: &[u32]) -> u64 {
    let rss = |pid: &u32| -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
    };
    pids.iter().filter_map(rss).sum()
}

/// The IPv4 addresses to which a TCP connection of this machine is established, as `peer_key`s.
/// A server's closing of a connection shows here even while the client reads nothing.
pub fn established_peers() -> HashSet<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    tables
        .iter()
        .flat_map(|table| table.lines())
        .filter_map(established_peer)
        .map(str::to_owned)
        .collect()
}

fn established_peer(line: &str) -> Option<&str> {
    let mut fields = line.split_whitespace().skip(2);
    let peer = fields.next()?;
    // A mapped IPv4 address is the end of the IPv6 one; 01 is ESTABLISHED.
    if fields.next()? == "01" {
        peer.get(peer.len().checked_sub(13)?..)
    } else {
        None
    }
}

pub fn peer_key(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) => format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), address.port()),
        IpAddr::V6(_) => String::new(),
    }
}

/// The fields of /proc/PID/stat from the third (state) on.
fn stat_fields(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = &stat[stat.rfind(')')? + 2..];
    Some(after_name.split(' ').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn established_peers_are_found_in_both_tables() {
        let v4 = "   1: 0100007F:2328 0200007F:A1B2 01 00000000:00000000 02:00000000 00000000 0 0 1 2 0";
        let v6 = "   1: 0000000000000000FFFF00000100007F:2328 0000000000000000FFFF00000200007F:A1B2 01 0:0";
        let key = peer_key(SocketAddr::from(([127, 0, 0, 2], 0xA1B2)));
        assert_eq!(established_peer(v4), Some(key.as_str()));
        assert_eq!(established_peer(v6), Some(key.as_str()));
        assert_eq!(established_peer(&v4.replace(" 01 ", " 04 ")), None);
    }
}
