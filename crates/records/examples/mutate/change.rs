//! How inputs are changed.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::samples::Sample;

/// A sample with one, two, four or eight changes. All but one CSV in 64 keep their header, or little behind it would be reached;
/// of what is compressed afterwards, one in four is changed again.
pub(crate) fn mutated(sample: &Sample, samples: &[Sample], random: &mut Random) -> Vec<u8> {
    let header = sample.bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let kept = if sample.path.ends_with(".csv") && random.below(64) > 0 { header } else { 0 };
    let (head, body) = sample.bytes.split_at(kept);
    let mut body = body.to_vec();
    for _ in 0..1 << random.below(4) {
        change(&mut body, samples, random);
    }
    let mut bytes = [head, &body].concat();
    if sample.path.ends_with(".gz") {
        bytes = compressed(&bytes);
        if random.below(4) == 0 {
            change(&mut bytes, samples, random);
        }
    }
    bytes
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn change(bytes: &mut Vec<u8>, samples: &[Sample], random: &mut Random) {
    let telling = b"|^~\\&\r\n\x1b\x1c\"$B(DJI<>-.,;e09 \t\x00\xff\x8e{}[]:/#u";
    let (from, to) = (random.below(bytes.len() + 1), random.below(bytes.len() + 1));
    let length = random.below(40).min(bytes.len() - from);
    let part = bytes[from..from + length].to_vec();
    match random.below(32) {
        0 if from < bytes.len() => bytes[from] ^= 1 << random.below(8),
        1 if from < bytes.len() => bytes[from] = telling[random.below(telling.len())],
        2 => drop(bytes.drain(from..from + length)),
        3 => drop(bytes.splice(to..to, part)),
        4 => {
            let other = &samples[random.below(samples.len())].bytes;
            let at = random.below(other.len());
            let taken: Vec<u8> = other[at..].iter().take(80).copied().collect();
            drop(bytes.splice(to..to, taken));
        }
        5 if random.below(4) == 0 => bytes.truncate(from),
        6 if random.below(16) == 0 => {
            let grown = vec![bytes.get(from).copied().unwrap_or(b'9'); 1 << random.below(14)];
            drop(bytes.splice(to..to, grown));
        }
        7.. => {
            // Another field in the place of one: what comes of it is still JSON, CSV or a message.
            let other = &samples[random.below(samples.len())].bytes;
            if let (Some(place), Some(taken)) = (value(bytes, from), value(other, random.below(other.len()))) {
                drop(bytes.splice(place, other[taken].iter().copied()));
            }
        }
        _ => {}
    }
}

/// Where the next field stands: a value of JSON without a structure, of CSV or of a message.
fn value(bytes: &[u8], from: usize) -> Option<std::ops::Range<usize>> {
    // No name of a member, no object, no list, no colon within a string.
    let begins = |bytes: &[u8]| match bytes {
        [b'"', b':', next] => !b"{[ ".contains(next),
        [_, b',' | b'|' | b'^', next] => !b"\"{[ ".contains(next),
        _ => false,
    };
    let start = from + bytes.get(from..)?.windows(3).position(begins)? + 2;
    let rest = &bytes[start..];
    let length = match rest.first()? {
        b'"' => rest[1..].iter().position(|byte| *byte == b'"')? + 2,
        _ => rest.iter().position(|byte| b",{}[]|^\r\n".contains(byte))?,
    };
    Some(start..start + length)
}

/// xorshift64* (Vigna 2016): the same inputs for the same seed on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // Never 0, which gives nothing else.
        Self(seed << 1 | 1)
    }

    /// What the next inputs come from, so that they can be made again.
    pub(crate) fn state(&self) -> u64 {
        self.0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        drawn as usize % end.max(1)
    }
}
