//! The one cryptography provider: ring.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;

/// Makes ring what every TLS connection of this process uses: also those of other crates, which take the process's
/// default. [`crate::server()`] and [`crate::Servers::new`] do it too; a program whose first TLS connection is
/// another (an object store, etcd) calls it first in `main`. Doing it again changes nothing.
pub fn install_ring() {
    // An error says only that a provider is there already. No other than ring is linked (`cargo tree -i aws-lc-rs`).
    let _ = default_provider().install_default();
}

/// Ring, for what takes a provider by hand.
pub(crate) fn ring() -> Arc<CryptoProvider> {
    Arc::new(default_provider())
}
