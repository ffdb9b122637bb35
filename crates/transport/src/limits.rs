//! What one server takes from outside at most, and how long either side waits.
//!
//! A dead connection is noticed after [`KEEPALIVE_INTERVAL`] + [`KEEPALIVE_TIMEOUT`] = 5 s, and a new one is there
//! or refused after [`CONNECT_TIMEOUT`] + [`HANDSHAKE_TIMEOUT`] = 5 s more: within the 10 s in which a lost leader
//! has to be replaced (DESIGN 12).

use std::time::Duration;

/// The longest message either side decodes, in bytes: 16 MiB, also Ballista's own default.
///
/// tonic sets this on each service, not on the server: give it to `max_decoding_message_size` of every generated
/// server and client. One that does not keeps tonic's 4 MiB, never no limit. A longer message ends its call with
/// `OUT_OF_RANGE`, before it is read.
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// Calls in flight on one connection; more wait on the caller's side.
pub const MAX_STREAMS: u32 = 128;

/// Connections open at once on one listener, those still in their handshake counted; one more is closed at once.
/// A worker or a site needs one. Well below the usual 1,024 open files of a process.
pub const MAX_CONNECTIONS: usize = 512;

/// The longest list of headers of one call, in bytes.
pub const MAX_HEADER_BYTES: u32 = 16 << 10;

/// How long a call may take until its response begins: on both sides, unless the caller asks for less.
/// A stream that has begun may go on for ever; what is slower than this answers first and works on afterwards.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a TCP connection may take to open.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a TLS handshake may take, on either side.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a connection to an enrolment server lasts, whatever is in progress on it: its callers are not known. It is
/// for one call, which is over after [`CONNECT_TIMEOUT`] + [`HANDSHAKE_TIMEOUT`] + [`REQUEST_TIMEOUT`] = 35 s.
pub const ENROLMENT_CONNECTION: Duration = Duration::from_secs(60);

/// How often each side asks a silent peer for a sign of life, idle or not.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);

/// How long that sign may take; after this the connection is closed and every call on it fails.
pub const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(3);
