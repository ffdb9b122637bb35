//! Mutated messages and names: whatever comes, the import ends well and counts.

use proptest::collection::vec;
use proptest::prelude::*;
use renkei_records::hl7::{Message, decode};

use super::folder::{import_with, sample};
use super::storage::{Storage, head};

/// One change of a text's bytes.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Copy(prop::sample::Index, prop::sample::Index),
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    let telling = prop::sample::select(b"|^~\\&\r\n\x1b\x1c\"$B(DJI<>-.e09 \x00\xff\x8e".to_vec());
    prop_oneof![
        (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), telling]).prop_map(|(at, byte)| Change::Set(at, byte)),
        any::<prop::sample::Index>().prop_map(Change::Cut),
        (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(from, to)| Change::Copy(from, to)),
    ]
}

pub(crate) fn mutated(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        match change {
            Change::Set(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Change::Copy(from, to) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let part = bytes[from..].iter().take(40).copied().collect::<Vec<_>>();
                bytes.splice(to..to, part);
            }
        }
    }
    bytes
}

/// A message with every kind of field that is read.
fn message() -> Vec<u8> {
    let mut text = head("OUL^R22", "1234567").into_bytes();
    text.extend(
        b"SPM|1|||023^\x1b$B7l@6\x1b(B^JC10|||||||||||||20200110^20200111\rOBR|1||||||20200110\r\
          OBX|1|NM|5D305^PSA^JC10^1^x^99X||4.05|ng/mL|||||F|||202001101200\r\
          OBX|2|SN|5D305^PSA^JC10||<^0.01|\\X6E67\\/mL|||||F\rOBX|3|CWE|5H010^x^JC10||A^A^JSHR002~B^B^JSHR002||||||F\r\x1c",
    );
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_mutated_message_panics(changes in vec(change(), 1..12)) {
        let bytes = mutated(message(), &changes);
        if let Some(decoded) = decode(&bytes)
            && let Some(message) = Message::parse(&decoded.text)
        {
            for segment in message.segments() {
                for field in 0..60 {
                    for part in segment.field(field).repetitions() {
                        let _ = part.component(3).text();
                    }
                }
            }
        }
    }
}

#[test]
fn mutated_storages_are_read_to_the_end() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let changes = vec(change(), 1..8);
    let config = ProptestConfig { cases: 12, ..ProptestConfig::default() };
    proptest!(config, |(messages in vec(changes, 60))| {
        let storage = Storage::new();
        for (order, changes) in messages.iter().enumerate() {
            let name = format!("1234567_20200110_OML-11_{order}_20200111120000000_01_1");
            storage.put(super::storage::folder_of(&name).join(&name), mutated(message(), changes));
        }
        let done = runtime.block_on(import_with(storage.path(), 2)).unwrap();
        // Each file was opened, or was seen to be too short for a message.
        prop_assert!(done.summary.files <= 60 && done.summary.files + done.summary.faults.values().sum::<u64>() >= 60);
    });
}

/// The sample's own messages, each mutated many times.
#[test]
fn the_sample_mutated_does_not_panic() {
    let Some(sample) = sample() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut messages = Vec::new();
    collect(&sample, &sample, &mut messages);
    let config = ProptestConfig { cases: 24, ..ProptestConfig::default() };
    proptest!(config, |(changes in vec(vec(change(), 1..8), messages.len()))| {
        let storage = Storage::new();
        for ((path, bytes), changes) in messages.iter().zip(&changes) {
            storage.put(path, mutated(bytes.clone(), changes));
        }
        prop_assert!(runtime.block_on(import_with(storage.path(), 2)).is_ok());
    });
}

fn collect(root: &std::path::Path, folder: &std::path::Path, into: &mut Vec<(std::path::PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, into);
        } else {
            into.push((path.strip_prefix(root).unwrap().to_owned(), std::fs::read(&path).unwrap()));
        }
    }
}
