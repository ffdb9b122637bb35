//! One study over many hospitals (DESIGN 10): pure words and arithmetic, without transport, clock or store.
//!
//! `methods` computes what each site sums and what the hub makes of the sums; `secure` hides each site's sums so that
//! only their total can be read; `egress` is the one door out of a site; `certificate` shows that federated equals
//! pooled; `study` is what the sites agreed and signed; `audit` is the record of what left.

pub mod audit;
pub mod certificate;
pub mod egress;
pub mod exchange;
pub mod keys;
pub mod methods;
pub mod secure;
pub mod study;
