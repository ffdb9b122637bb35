//! Free ports of the loopback address.

use std::net::{Ipv4Addr, TcpListener};

/// `N` free ports. All are held until the last is chosen, so that none is chosen twice.
pub(super) fn free<const N: usize>() -> std::io::Result<[u16; N]> {
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}
