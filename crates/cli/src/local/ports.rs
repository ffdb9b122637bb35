//! Free ports of the loopback address.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use renkei_runtime::{AttemptIds as _, SystemAttemptIds};

/// Below the ports that Linux gives to outgoing connections (32768 and up): one of those could take a port between its choice
/// and its use.
const QUIET: Range<u16> = 15_000..32_000;

/// So many free ports, from a place of their own for every caller. All are held until the last is chosen, so that none is
/// chosen twice.
pub(super) fn free(count: usize) -> io::Result<Vec<u16>> {
    let id = SystemAttemptIds.next().to_string();
    let place = id.bytes().fold(0_u16, |place, byte| place.wrapping_mul(31).wrapping_add(u16::from(byte)));
    let first = QUIET.start + place % (QUIET.end - QUIET.start);
    let tried = (first..QUIET.end).chain(QUIET.start..first);
    let held: Vec<TcpListener> =
        tried.filter_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()).take(count).collect();
    if held.len() < count {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "no free port between 15000 and 32000 on 127.0.0.1"));
    }
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_quiet_different_and_free() {
        let ports = free(12).unwrap();
        let mut sorted = ports.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!((ports.len(), sorted.len()), (12, 12));
        assert!(ports.iter().all(|port| QUIET.contains(port)));
        assert!(ports.iter().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()));
    }
}
