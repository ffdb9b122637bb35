//! The wire: what users and workers say to the leading coordinator, and sites and leads to a hub, over gRPC, versioned.
//!
//! [`v1`] is generated from `v1/*.proto`. Nobody works on generated types: `runs` and `workers` (feature `cluster`) hold the
//! same messages checked, and `TryFrom` and `From` lead from the one to the other. A message that breaks the contract is an error of kind
//! `Invalid` that names the field. [`status`] carries an error's kind and text through a gRPC status. How the wire may
//! change: `README.md` beside this crate.

#[cfg(feature = "cluster")]
mod convert;
mod error;
mod failure;
mod fields;
#[cfg(feature = "cluster")]
pub mod runs;
pub mod status;
#[cfg(feature = "cluster")]
pub mod workers;

pub use error::WireError;

/// Generated messages, clients and servers.
#[expect(clippy::allow_attributes, reason = "generated code silences lints of its own")]
pub mod v1 {
    tonic::include_proto!("renkei.v1");
}

/// The version of this wire. It grows when a message changes its meaning or a new state or answer is sent that an older
/// side could not ignore; an added field does not change it.
pub const PROTOCOL: u32 = 1;

/// The oldest version that a coordinator of this build still understands.
pub const OLDEST_PROTOCOL: u32 = 1;
