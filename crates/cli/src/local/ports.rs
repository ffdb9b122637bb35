//! Free ports of the loopback address.

use std::net::{Ipv4Addr, TcpListener};

/// So many free ports. All are held until the last is chosen, so that none is chosen twice.
pub(super) fn free(count: usize) -> std::io::Result<Vec<u16>> {
    let bind = |_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let held = (0..count).map(bind).collect::<std::io::Result<Vec<_>>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}
