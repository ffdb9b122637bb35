//! gzip (RFC 1952), one or several members, as it comes.

use std::io::Write as _;

use flate2::write::MultiGzDecoder;

/// A compressed file being read.
#[derive(Debug)]
pub(super) struct Inflate {
    decoder: MultiGzDecoder<Vec<u8>>,
    broken: bool,
}

impl Default for Inflate {
    fn default() -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), broken: false }
    }
}

/// Whether a file that begins like this is compressed (RFC 1952, 2.3.1).
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

impl Inflate {
    /// The plain bytes of the next compressed ones; none after the first that are no gzip. Deflate swells by up to 1032.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        if !self.broken {
            self.broken = self.decoder.write_all(bytes).is_err();
        }
        std::mem::take(self.decoder.get_mut())
    }

    /// Whether bytes came that are no gzip.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The last plain bytes, and whether the file was whole.
    pub(super) fn finish(mut self) -> (Vec<u8>, bool) {
        let whole = !self.broken && self.decoder.try_finish().is_ok();
        (std::mem::take(self.decoder.get_mut()), whole)
    }
}
