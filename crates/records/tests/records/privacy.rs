//! Identifiers planted in every field of every type of message: none is in anything that an import writes or says.

use std::fmt::Write as _;

use super::folder::{import_with, imported};
use super::storage::{Storage, head};

/// A number, names in two scripts, a telephone number, an address and an e-mail address.
pub(crate) const PLANTED: [&str; 7] =
    ["1234567", "山田", "ヤマダ", "Yamada Taro", "03-3506-8010", "虎ノ門1-19-9", "yamada@example.jp"];

/// Each type that is read, with a segment of each name that its reader looks at.
const TYPES: [(&str, &str, &[&str]); 13] = [
    ("ADT-00", "ADT^A08", &["EVN", "NK1", "PV1", "DB1", "OBX", "AL1", "IN1"]),
    ("ADT-12", "ADT^A04", &["EVN", "PV1"]),
    ("ADT-22", "ADT^A01", &["EVN", "PV1"]),
    ("ADT-52", "ADT^A03", &["EVN", "PV1"]),
    ("PPR-01", "PPR^ZD1", &["PRB", "ZPR", "ZI1", "ORC"]),
    ("OMP-01", "RDE^O11", &["ORC", "RXE", "TQ1", "RXR"]),
    ("OMP-02", "RDE^O11", &["ORC", "RXE", "TQ1", "RXC"]),
    ("OMP-11", "RAS^O17", &["ORC", "RXA", "RXR"]),
    ("OMP-12", "RAS^O17", &["ORC", "RXA", "RXR"]),
    ("OML-11", "OUL^R22", &["SPM", "OBR", "ORC", "OBX", "NTE"]),
    ("OMG-11", "OMI^Z23", &["ORC", "OBR", "ZE1", "IPC"]),
    ("OMG-12", "OMI^Z23", &["ORC", "OBR", "ZE1", "OBX"]),
    ("OMG-13", "ORU^R01", &["PV1", "OBR", "OBX"]),
];

/// Fields that a reader must find as they are for the segment to become a row.
fn kept(segment: &str, field: usize) -> Option<&'static str> {
    match (segment, field) {
        ("OBX", 2) => Some("NM"),
        ("OBX", 11) => Some("F"),
        ("ZE1", 2) => Some("RS"),
        ("RXA", 20) => Some("CP"),
        _ => None,
    }
}

/// A segment with `planted` in every field, component and subcomponent but those that make it a row.
fn segment(name: &str, planted: &str) -> String {
    let mut text = name.to_owned();
    for field in 1..=50 {
        let value = match kept(name, field) {
            Some(value) => value.to_owned(),
            None => format!("{planted}&{planted}^{planted}^{planted}^{planted}^{planted}~{planted}"),
        };
        let _ = write!(text, "|{value}");
    }
    text + "\r"
}

pub(crate) fn assert_clean(what: &str, text: &str) {
    for planted in PLANTED {
        assert!(!text.contains(planted), "{what} holds `{planted}`");
    }
}

#[tokio::test]
async fn no_planted_identifier_is_in_the_output() {
    for planted in PLANTED {
        let storage = Storage::new();
        for (kind, event, segments) in TYPES {
            let head = head(event, "1234567").replace("ISO IR87", "UNICODE UTF-8");
            // All of MSH but what says how to read it, and all of PID but the number.
            let head = head.replace("|HIS||GW||", &format!("|{planted}|{planted}|{planted}|{planted}|"));
            let head = head.replace("|M1|", &format!("|{planted}|")).replace(
                "||||19500102|M",
                &format!("|{planted}|{planted}^{planted}|{planted}|{planted}|{planted}|{planted}|{planted}"),
            );
            let body: String = segments.iter().map(|name| segment(name, planted)).collect();
            storage.message(
                &format!(
                    "1234567_20200110_{kind}_1_20200111120000000_{}_1",
                    if planted.is_ascii() && !planted.contains([' ', '@']) { planted } else { "-" }
                ),
                &format!("{head}{body}"),
            );
        }
        let done = imported(storage.path()).await;
        assert_eq!(done.summary.read.values().sum::<u64>(), 13, "{planted}: {:?}", done.faults());
        assert_clean("the output", &done.everything());
        assert_clean("the summary", &format!("{:?}", done.summary));
    }
}

#[tokio::test]
async fn values_beside_planted_identifiers_still_come_in() {
    let storage = Storage::new();
    storage.results(&[
        "OBX|1|NM|5D305^山田^JC10^Yamada Taro^山田^99X||4.05|ng/mL^山田^99X|虎ノ門1-19-9||||F||||山田|Yamada Taro",
    ]);
    let path = storage.path().to_owned();
    let name = "123/456/1234567/20200110/OML-11/1234567_20200110_OML-11_1_20200111120000000_01_1";
    let text = std::fs::read_to_string(path.join(name)).unwrap().replace("ISO IR87", "UNICODE UTF-8");
    storage.put(name, text);
    let done = imported(storage.path()).await;
    assert_eq!(done.rows("measurement.parquet", &["concept", "value", "alternates"]), [["psa", "4.05", ""]]);
    assert_eq!(done.faults(), [("code_shape", 1)]);
    assert_clean("the output", &done.everything());
}

#[tokio::test]
async fn no_planted_identifier_is_in_a_name_a_fault_or_an_error() {
    let storage = Storage::new();
    storage.put("山田/Yamada Taro/1234567/20200110/OML-11/03-3506-8010", "x");
    storage.put("123/456/1234567/20200110/OML-11/1234567_x", "MSH|^~\\&|");
    storage.put("yamada@example.jp", "虎ノ門1-19-9");
    let done = imported(storage.path()).await;
    assert!(done.summary.faults.values().sum::<u64>() >= 3);
    assert_clean("the output", &done.everything());
    let Err(error) = import_with(&storage.path().join("Yamada Taro"), 1).await else {
        panic!("there is no such folder")
    };
    assert_clean("the error", &format!("{error} {error:?}"));
}
