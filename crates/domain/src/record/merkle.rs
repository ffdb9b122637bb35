//! The Merkle root of a run's content, hashed as RFC 6962 (Certificate Transparency), section 2.1.

use crate::Digest;

/// Root over `leaves` in their order: leaf hash = H(0x00 | leaf), inner hash = H(0x01 | left | right), the left subtree
/// holding the largest power of two smaller than the number of leaves. No leaf: H of nothing.
#[must_use]
pub fn merkle_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(b""),
        [leaf] => prefixed(0, &[leaf]),
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            prefixed(1, &[&merkle_root(left), &merkle_root(right)])
        }
    }
}

fn prefixed(prefix: u8, digests: &[&Digest]) -> Digest {
    let mut bytes = Vec::with_capacity(1 + 32 * digests.len());
    bytes.push(prefix);
    for digest in digests {
        bytes.extend_from_slice(digest.as_bytes());
    }
    Digest::of(&bytes)
}
