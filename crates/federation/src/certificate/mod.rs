//! Proof that the federated result equals the pooled one on a check set of the same shapes.
