//! Broken and hostile exports: whatever comes, the import ends well, counts, and holds little.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use renkei_records::Table;
use renkei_records::source::fhir::Limits;

use super::fhir::gzip;
use super::fhir_folder::{Export, How, imported, imported_as, sample};
use super::folder::Imported;
use super::hostile::{change, mutated};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"1","gender":"male","birthDate":"1950-02-03"}"#;
const VISIT: &str = r#"{"resourceType":"Encounter","id":"v","status":"finished","subject":{"reference":"Patient/1"},"period":{"start":"2020-01-01"}}"#;

fn rows(done: &Imported) -> u64 {
    done.summary.rows.values().sum()
}

/// A visit that is `length` bytes longer.
fn long(length: usize) -> String {
    VISIT.replace(r#""id":"v""#, &format!(r#""id":"v","text":{{"div":"{}"}}"#, "x".repeat(length)))
}

fn bundle<'a>(entries: impl IntoIterator<Item = &'a str>) -> String {
    let entries: Vec<String> = entries.into_iter().map(|resource| format!(r#"{{"resource":{resource}}}"#)).collect();
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
}

#[tokio::test]
async fn broken_lines_are_faults_and_the_others_are_read() {
    let export = Export::new();
    let mut bytes = Vec::new();
    let broken: [&[u8]; 16] = [
        b"{",
        b"[]",
        b"null",
        b"\"x\"",
        b"12",
        b"\xff\xfe",
        b"{\"resourceType\":\"Encounter\",\"id\":\"\xc3\x28\"}",
        br#"{"resourceType":"Encounter","status":"finished""#,
        br#"{"resourceType":"Encounter","status":1}"#,
        br#"{"resourceType":"Encounter"} {}"#,
        br#"{"resourceType":"Encounter","status":"finished","status":"planned"}"#,
        br#"{"resourceType":"Encounter","resourceType":"Patient","resourceType":"Encounter"}"#,
        br#"{"resourceType":"Encounter","id":"\ud800"}"#,
        br#"{"resourceType":"Yamada"}"#,
        br#"{"resourceType":"../../etc/passwd"}"#,
        br#"{"id":"1"}"#,
    ];
    for line in broken {
        bytes.extend_from_slice(VISIT.as_bytes());
        bytes.push(b'\n');
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(PATIENT.as_bytes());
    export.put("all.ndjson", bytes);
    let done = imported(export.path()).await;
    assert_eq!((done.summary.rows[&Table::Visit], done.summary.rows[&Table::Person]), (16, 1));
    assert_eq!(done.faults(), [("malformed", 12), ("broken_encoding", 2), ("unknown_type", 2)]);
    let at = done.rows("faults.parquet", &["kind", "line"]);
    assert_eq!(
        (&at[0], &at[5]),
        (&vec!["malformed".to_owned(), "2".to_owned()], &vec!["broken_encoding".to_owned(), "12".to_owned()])
    );
}

#[tokio::test]
async fn a_truncated_bundle_gives_the_entries_before() {
    let whole = bundle([PATIENT, VISIT, VISIT]);
    for cut in [whole.len() - 1, whole.len() - 2, whole.len() - 30] {
        let export = Export::new();
        export.put("b.json", &whole[..cut]);
        let done = imported(export.path()).await;
        assert_eq!(done.faults(), [("malformed", 1)], "{cut}");
        assert_eq!(rows(&done), if cut > whole.len() - 10 { 3 } else { 2 }, "{cut}");
    }
    let export = Export::new();
    let zipped = gzip(&[&whole]);
    export.put("b.json.gz", &zipped[..zipped.len() - 9]);
    export.put("c.json.gz", [&zipped[..], b"rubbish"].concat());
    assert!(
        imported(export.path()).await.faults().iter().any(|(kind, count)| (*kind, *count >= 1) == ("malformed", true))
    );
}

#[tokio::test]
async fn odd_documents_are_faults() {
    let cases = [
        ("", 1),
        ("x", 1),
        ("{}", 1),
        ("[1]", 1),
        (r#"{"resourceType":"Bundle","entry":[null]}"#, 1),
        (r#"{"resourceType":"Bundle","entry":[{"resource":5}]}"#, 1),
        (r#"{"resourceType":"Bundle","entry":[{"fullUrl":7,"resource":{"resourceType":"Basic"}}]}"#, 1),
        (r#"{"resourceType":"Bundle","entry":[]]}"#, 1),
        (r#"{"resourceType":"Bundle","entry":[]}x"#, 1),
        (r#"{"entry":[{"resource":{"resourceType":"Basic"}}]}"#, 1),
        (r#"{"resourceType":"Bundle","entry":[]}"#, 0),
        (r#"{"resourceType":"Bundle","total":12,"entry":[{},{"request":{}}],"link":[{"a":"]}"}]}"#, 0),
        (r#"{"resourceType":"Bundle"}"#, 0),
        (r#"{"resourceType":"List","entry":[{"item":{}}]}"#, 0),
        (
            r#"{"type":"\"entry\":[","n":1.5e3,"b":true,"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Basic"}}]}"#,
            0,
        ),
    ];
    for (text, faults) in cases {
        let export = Export::new();
        export.put("a.json", text);
        let done = imported(export.path()).await;
        assert_eq!(done.summary.faults.values().sum::<u64>(), faults, "{text} {:?}", done.faults());
    }
}

#[tokio::test]
async fn depth_exhausts_no_stack() {
    let deep = "[".repeat(200_000);
    let objects = r#"{"a":"#.repeat(200_000);
    let export = Export::new();
    let visit = |value: &str| VISIT.replace(r#""id":"v""#, &format!(r#""id":"v","extension":{value}"#));
    let closed = format!("{deep}{}", "]".repeat(200_000));
    export.put(
        "a.ndjson",
        [
            &deep,
            &objects,
            &visit(&deep),
            &visit(&closed),
            &format!("{}{objects}", r#"{"resourceType":"Patient","link":"#),
        ]
        .map(String::as_str)
        .join("\n"),
    );
    export.put("b.json", &deep);
    export.put(
        "c.json",
        format!(r#"{{"resourceType":"Bundle","meta":{closed},"entry":[{{"resource":{}}}]}}"#, visit(&closed)),
    );
    export.put("d.json", format!(r#"{{"resourceType":"Bundle","entry":[{deep}"#));
    export.put("Patient.ndjson", PATIENT);
    let done = imported(export.path()).await;
    // Depth alone is no fault where nobody looks.
    assert_eq!((done.summary.rows[&Table::Visit], done.faults()), (2, vec![("malformed", 6)]));
}

#[tokio::test]
async fn what_is_too_long_is_left_out_wherever_it_stands() {
    let limits = Limits { piece: 4096, longest: 10_000 };
    let (short, over) = (VISIT.to_owned(), long(3 << 20));
    let lines = [&short, &over, &short, &over, &short].map(String::as_str);
    let export = Export::new();
    export.put("Patient.ndjson", PATIENT);
    export.put("a.ndjson", lines.join("\n"));
    export.put("b.json", bundle(lines));
    export.put("c.json", &over);
    export.put("d.ndjson.gz", gzip(&[&lines.join("\n")]));
    export.put("e.ndjson", format!("{}\n{short}", long(9_999)));
    let done = imported_as(export.path(), How { limits, ..How::default() }).await.unwrap();
    assert_eq!((done.summary.rows[&Table::Visit], done.faults()), (10, vec![("too_long", 8)]));
    let mut at = done.rows("faults.parquet", &["kind", "line"]);
    at.sort();
    let lines: Vec<&str> = at.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(lines, ["1", "1", "2", "2", "2", "4", "4", "4"]);
}

/// The most memory that this process has held, in bytes (proc(5), `VmHWM`).
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}

#[tokio::test]
async fn a_large_bundle_and_an_endless_line_are_read_in_little_memory() {
    let export = Export::new();
    let file = |name: &str| std::io::BufWriter::new(std::fs::File::create(export.path().join(name)).unwrap());
    {
        use std::io::Write as _;
        // 10^5 entries, 400 MB.
        let mut out = file("b.json");
        write!(out, r#"{{"resourceType":"Bundle","entry":[{{"resource":{PATIENT}}}"#).unwrap();
        let entry = format!(r#",{{"resource":{}}}"#, long(4_000));
        for _ in 0..100_000 {
            out.write_all(entry.as_bytes()).unwrap();
        }
        out.write_all(b"]}").unwrap();
        // One line, 400 MB.
        let mut out = file("c.ndjson");
        let part = vec![b'x'; 1 << 20];
        write!(out, r#"{{"resourceType":"Patient","id":""#).unwrap();
        for _ in 0..400 {
            out.write_all(&part).unwrap();
        }
        writeln!(out, "\"}}\n{VISIT}").unwrap();
    }
    let before = peak();
    let done = imported(export.path()).await;
    let held = peak() - before;
    assert_eq!((done.summary.rows[&Table::Visit], done.faults()), (100_001, vec![("too_long", 1)]));
    assert_eq!(done.rows("faults.parquet", &["line"]), [["1"]]);
    assert!(held < 350 << 20, "{} MiB", held >> 20);
}

#[tokio::test]
async fn the_rows_depend_neither_on_the_parallelism_nor_on_the_pieces() {
    let export = Export::new();
    let observation = |number: usize| {
        format!(
            r#"{{"resourceType":"Observation","id":"o{number}","status":"final","subject":{{"reference":"Patient/{}"}},"effectiveDateTime":"2020-01-01","code":{{"coding":[{{"system":"http://loinc.org","code":"2857-1"}}]}},"valueQuantity":{{"value":{number}.5,"unit":"ng/mL"}}}}"#,
            number % 7
        )
    };
    let patients: Vec<String> = (0..6).map(|id| PATIENT.replace(r#""1""#, &format!(r#""{id}""#))).collect();
    let mut text = String::new();
    for number in 0..3_000 {
        let _ = writeln!(text, "{}", if number % 500 == 7 { "{broken".to_owned() } else { observation(number) });
    }
    export.put("Observation.000.ndjson", &text);
    export.put("x.ndjson.gz", gzip(&[&text, &text]));
    let many: Vec<String> = (0..2_000).map(observation).chain(patients).collect();
    export.put("z.json", bundle(many.iter().map(String::as_str)));
    let with = |parallelism, piece| {
        let limits = Limits { piece, ..Limits::default() };
        imported_as(export.path(), How { parallelism, limits, system: None })
    };
    let (one, four) = (with(1, 50_000).await.unwrap(), with(4, 50_000).await.unwrap());
    assert_eq!(one.summary, four.summary);
    assert_eq!(one.files(), four.files());
    assert_eq!(one.summary.rows[&Table::Measurement], 3 * 3_000 - 3 * 6 + 2_000);
    let columns = ["person_id", "value", "file", "line", "resource"];
    for piece in [1, 777, 4 << 20] {
        let other = with(3, piece).await.unwrap();
        assert_eq!(one.rows("measurement.parquet", &columns), other.rows("measurement.parquet", &columns), "{piece}");
        assert_eq!(
            one.rows("faults.parquet", &["kind", "file", "line"]),
            other.rows("faults.parquet", &["kind", "file", "line"]),
            "{piece}"
        );
        assert_eq!((&one.summary.rows, &one.summary.faults), (&other.summary.rows, &other.summary.faults));
    }
}

#[tokio::test]
async fn names_lead_nowhere_else() {
    let export = Export::new();
    for name in [
        "..%2f..%2fetc.ndjson",
        "%2e%2e.ndjson",
        "a/..b/c.ndjson",
        "Patient/1.json",
        "~.json",
        "con.ndjson",
        " .ndjson",
    ] {
        export.put(name, VISIT);
    }
    let done = imported(export.path()).await;
    let listed = done.faults().iter().any(|(kind, _)| *kind == "refused_path");
    assert!(listed || done.summary.rows[&Table::Visit] == 7, "{:?}", done.faults());
}

/// Resources with every member that is read.
fn resources() -> Vec<u8> {
    let one = |of_type: &str, rest: &str| {
        format!(
            r#"{{"resourceType":"{of_type}","id":"r","meta":{{"lastUpdated":"2021-01-01T00:00:00Z"}},"subject":{{"reference":"Patient/1"}},{rest}}}"#
        )
    };
    let code = r#""code":{"coding":[{"system":"http://loinc.org","code":"2857-1"}]}"#;
    let all = [
        PATIENT.replace('}', r#","deceasedDateTime":"2020-01-01","identifier":[{"system":"urn:his","value":"P-1"}],"link":[{"other":{"reference":"Patient/2"},"type":"seealso"}]}"#),
        VISIT.to_owned(),
        one("Observation", &format!(r#""status":"final",{code},"effectiveDateTime":"2020-01-01","valueQuantity":{{"value":4.05,"comparator":"<","unit":"ng/mL"}},"component":[{{{code},"valueString":"1"}}]"#)),
        one("Condition", &format!(r#"{code},"onsetDateTime":"2020","abatementPeriod":{{"end":"2021-02-03"}}"#)),
        one("Procedure", &format!(r#""status":"completed",{code},"performedPeriod":{{"start":"2020-01-01"}}"#)),
        one("MedicationRequest", r##""status":"active","contained":[{"resourceType":"Medication","id":"m","code":{"coding":[]}}],"medicationReference":{"reference":"#m"}"##),
        one("DiagnosticReport", &format!(r#""status":"final","category":[{{"coding":[{{"code":"PAT"}}]}}],{code},"conclusionCode":[{{"coding":[{{"system":"http://snomed.info/sct","code":"399068003"}}]}}]"#)),
    ];
    all.join("\n").into_bytes()
}

fn fhir_change() -> impl Strategy<Value = Vec<super::hostile::Change>> {
    vec(change(), 1..8)
}

#[test]
fn mutated_exports_are_read_to_the_end() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let whole = resources();
    let text = String::from_utf8(whole.clone()).unwrap();
    let document = bundle(text.lines()).into_bytes();
    let zipped = gzip(&[&text]);
    let config = ProptestConfig { cases: 64, ..ProptestConfig::default() };
    proptest!(config, |(lines in vec(fhir_change(), 8), documents in vec(fhir_change(), 8), zips in vec(fhir_change(), 2), piece in 1_usize..3_000, longest in 50_usize..4_000)| {
        let export = Export::new();
        for (place, changes) in lines.iter().enumerate() {
            export.put(format!("l{place}.ndjson"), mutated(whole.clone(), changes));
        }
        for (place, changes) in documents.iter().enumerate() {
            export.put(format!("d{place}.json"), mutated(document.clone(), changes));
        }
        for (place, changes) in zips.iter().enumerate() {
            export.put(format!("z{place}.ndjson.gz"), mutated(zipped.clone(), changes));
        }
        for system in [None, Some("urn:his")] {
            let how = How { limits: Limits { piece, longest }, system, ..How::default() };
            prop_assert!(runtime.block_on(imported_as(export.path(), how)).is_ok());
        }
    });
}

/// The samples' own resources, each mutated.
#[test]
fn the_samples_mutated_do_not_panic() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(folder) = sample("jp_fhir/ExampleJson") else { return };
    let files: Vec<Vec<u8>> =
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let config = ProptestConfig { cases: 24, ..ProptestConfig::default() };
    proptest!(config, |(changes in vec(fhir_change(), files.len()))| {
        let export = Export::new();
        for (place, (bytes, changes)) in files.iter().zip(&changes).enumerate() {
            export.put(format!("{place}.json"), mutated(bytes.clone(), changes));
        }
        prop_assert!(runtime.block_on(imported_as(export.path(), How::default())).is_ok());
    });
}
