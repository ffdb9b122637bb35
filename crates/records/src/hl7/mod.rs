//! HL7 v2.5 messages: character sets, segments, fields, escapes. Knows no message type.

mod charset;
mod escape;
mod message;

pub use charset::{Charset, Decoded, decode};
pub use escape::unescape;
pub use message::{Field, Message, Segment, Separators};
