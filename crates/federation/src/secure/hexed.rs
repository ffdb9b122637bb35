//! Bytes in serialised state and messages: hex where people may read the form, plain bytes elsewhere.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(bytes: impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    match serializer.is_human_readable() {
        true => serializer.serialize_str(&hex::encode(bytes)),
        false => serializer.serialize_bytes(bytes.as_ref()),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>, T: TryFrom<Vec<u8>>>(deserializer: D) -> Result<T, D::Error> {
    let bytes = match deserializer.is_human_readable() {
        true => hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?,
        false => deserializer.deserialize_byte_buf(Plain)?,
    };
    T::try_from(bytes).map_err(|_| D::Error::custom("another number of bytes than this field has"))
}

struct Plain;

impl<'de> Visitor<'de> for Plain {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}
