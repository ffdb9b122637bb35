//! Ed25519 identities and signatures, each signature bound to what it was made for.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is no key or no signature.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not so many hexadecimal digits, or no point of the curve, or a weak one.
    #[error("'{0}' is no ed25519 key: 64 hexadecimal digits of a valid public key are needed")]
    Identity(String),
    /// Not so many hexadecimal digits.
    #[error("not an ed25519 signature: 128 hexadecimal digits are needed")]
    Signature,
}

/// A public ed25519 key: who a site, a lead or a reviewer is. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Identity(VerifyingKey);

/// An ed25519 signature, written as 128 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

/// What a signature is made for. It is signed along, so that a review can never be passed for an audit entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The lead proposes a study.
    Proposal,
    /// A reviewer of a site approves or rejects it.
    Review,
    /// An entry of an audit log.
    AuditEntry,
    /// The other side's signature on the head of an audit log.
    AuditHead,
    /// Somebody who was invited proves that it holds its key.
    Enrolment,
}

impl Purpose {
    fn message(self, bytes: &[u8]) -> Vec<u8> {
        let purpose = match self {
            Self::Proposal => "proposal",
            Self::Review => "review",
            Self::AuditEntry => "audit entry",
            Self::AuditHead => "audit head",
            Self::Enrolment => "enrolment",
        };
        [b"renkei federation 1 ", purpose.as_bytes(), b"\0", bytes].concat()
    }

    /// Signs `bytes` for this purpose.
    #[must_use]
    pub fn sign(self, key: &SigningKey, bytes: &[u8]) -> Signature {
        Signature(key.sign(&self.message(bytes)).to_bytes())
    }

    /// Whether `signature` over `bytes` for this purpose is by `identity` (strict verification, no malleability).
    #[must_use]
    pub fn verify(self, identity: &Identity, bytes: &[u8], signature: &Signature) -> bool {
        identity.signed(&self.message(bytes), &signature.0)
    }
}

impl Identity {
    /// The identity of whoever holds `key`.
    #[must_use]
    pub fn of(key: &SigningKey) -> Self {
        Self(key.verifying_key())
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether `signature` over `text` is by this identity (strict verification, no malleability). `text` must say what it is
    /// signed for, as [`Purpose`] and the messages of secure sums do.
    pub(crate) fn signed(&self, text: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(text, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }

    /// The first 16 hexadecimal digits: what a person compares by eye, never for verification.
    #[must_use]
    pub fn short(&self) -> String {
        hex::encode(&self.0.as_bytes()[..8])
    }
}

impl FromStr for Identity {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let refused = || KeyError::Identity(text.to_owned());
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| refused())?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| refused())?;
        if key.is_weak() { Err(refused()) } else { Ok(Self(key)) }
    }
}

impl FromStr for Signature {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| KeyError::Signature)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0.as_bytes()))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Identity);
as_text!(Signature);
