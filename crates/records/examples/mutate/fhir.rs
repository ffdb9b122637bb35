//! FHIR: resources of every type that is read, as lines, single files and bundles, plain and compressed.

use std::path::Path;

use serde_json::{Value, json};

use crate::samples::Sample;

/// The system of the numbers that patients of the samples have.
pub(crate) const NUMBERS: &str = "urn:oid:1.2.3";
/// Lines taken of a real export's file, and entries of a real bundle.
const TAKEN: usize = 4;
/// Real inputs beyond this many bytes are left out: small ones reach as much and are quicker.
const LONGEST: usize = 24 << 10;

const RESOURCES: [(&str, &str); 14] = [
    (
        "Patient",
        r#""identifier":[{"use":"usual","system":"urn:oid:1.2.3","value":"0001"}],"birthDate":"1950-05-21","gender":"male","deceasedDateTime":"2020-01-02""#,
    ),
    ("Patient", r#""birthDate":"1950","gender":"x","link":[{"other":{"reference":"Patient/1"},"type":"replaced-by"}]"#),
    (
        "Observation",
        r#""status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2857-1"}]},"effectiveDateTime":"2019-01-02T22:58:16-05:00","issued":"2019-01-02T22:58:16.123Z","valueQuantity":{"value":4.05,"comparator":"<","unit":"ng/mL","system":"http://unitsofmeasure.org","code":"ng/mL"},"component":[{"code":{"coding":[{"code":"8480-6"}]},"valueString":"\u0031"}]"#,
    ),
    (
        "Condition",
        r#""verificationStatus":{"coding":[{"code":"confirmed"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"126906006"}]},"onsetPeriod":{"start":"2019"},"abatementDateTime":"2020-13-01""#,
    ),
    (
        "Procedure",
        r#""status":"completed","code":{"coding":[{"system":"http://snomed.info/sct","code":"90470006"}]},"performedPeriod":{"start":"2020-01-01","end":"2019-01-01"}"#,
    ),
    ("Encounter", r#""status":"finished","class":{"code":"IMP"},"period":{"start":"2020-01-01","end":"2020-01-09"}"#),
    (
        "MedicationRequest",
        r##""status":"active","intent":"order","medicationReference":{"reference":"#m"},"contained":[{"resourceType":"Medication","id":"m","code":{"coding":[{"code":"1"}]}}],"authoredOn":"2020-01-01","dosageInstruction":[{"timing":{"repeat":{"boundsPeriod":{"start":"2020-01-02"}}}}]"##,
    ),
    (
        "MedicationAdministration",
        r#""status":"completed","medicationCodeableConcept":{"coding":[{"system":"x","code":"1"}]},"effectiveDateTime":"2020-01-01""#,
    ),
    (
        "MedicationDispense",
        r#""status":"completed","medicationCodeableConcept":{"coding":[{"code":"1"}]},"whenHandedOver":"2020-01-01""#,
    ),
    ("MedicationDispense", r#""status":"completed","medicationReference":{"reference":"Medication/11"}"#),
    ("Medication", r#""code":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"314076"}]}"#),
    ("MedicationStatement", r#""status":"active","medicationCodeableConcept":{"coding":[{"code":"1"}]}"#),
    (
        "DiagnosticReport",
        r##""status":"final","category":[{"coding":[{"code":"PAT"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"60567-5"}]},"conclusionCode":[{"coding":[{"code":"1"}]}],"specimen":[{"reference":"#s"}],"contained":[{"resourceType":"Specimen","id":"s","type":{"coding":[{"code":"TISS"}]},"collection":{"collectedDateTime":"2020"}}]"##,
    ),
    ("Specimen", r#""type":{"coding":[{"code":"TISS"}]},"collection":{"bodySite":{"coding":[{"code":"41216001"}]}}"#),
];

/// How a record says whose it is.
const SUBJECTS: [&str; 5] = [
    r#"{"reference":"Patient/1"}"#,
    r#"{"reference":"urn:uuid:129c6ac7-8d06-89de-ad63-000000000001"}"#,
    r#"{"identifier":{"system":"urn:oid:1.2.3","value":"0001"}}"#,
    r#"{"reference":"Patient?identifier=urn:oid:1.2.3|0001"}"#,
    r#"{"reference":"http://a.example/fhir/Patient/1/_history/2"}"#,
];

pub(crate) fn samples() -> Vec<Sample> {
    let mut all = made();
    if let Some(shared) = std::env::var_os("RENKEI_SHARED") {
        all.extend(real(&Path::new(&shared).join("data/ehr")));
    } else {
        eprintln!("RENKEI_SHARED is not set: the made-up samples only");
    }
    all
}

/// Each resource as a line and as a file of its own, and all of them as one export and one bundle.
fn made() -> Vec<Sample> {
    let resources = RESOURCES.iter().zip(SUBJECTS.iter().cycle()).enumerate();
    let texts: Vec<(&str, String)> = resources
        .map(|(place, ((of_type, rest), subject))| {
            let id = place + 1;
            (*of_type, format!(r#"{{"resourceType":"{of_type}","id":"{id}","meta":{{"lastUpdated":"2024-08-06T14:11:57.560-04:00"}},"subject":{subject},{rest}}}"#))
        })
        .collect();
    let mut all = Vec::new();
    for (of_type, text) in &texts {
        all.push(sample(&format!("{of_type}.{{}}.ndjson"), format!("{text}\n{text}\r\n")));
        all.push(sample("one{}.json", text.clone()));
    }
    let lines: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
    all.extend(both("all{}.ndjson", &lines.join("\n")));
    all.extend(both("bundle{}.json", &bundle(&lines)));
    all
}

/// Small parts of the real exports.
fn real(folder: &Path) -> Vec<Sample> {
    let mut all = Vec::new();
    for path in files(&folder.join("fhir_bulk_10_patients")) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or("x").replace("000", "{}");
        all.extend(both(&format!("{name}.ndjson"), &text.lines().take(TAKEN).collect::<Vec<_>>().join("\n")));
    }
    for path in files(&folder.join("jp_fhir/ExampleJson")).into_iter().chain(files(&folder.join("synthea_r4"))) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        all.extend(both("real{}.json", &shortened(text)));
    }
    all.retain(|sample| sample.bytes.len() <= LONGEST);
    all
}

/// A document without blanks between its parts, a large bundle with its first entries only.
fn shortened(text: String) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(&text) else { return text };
    if let Some(entries) = document.get_mut("entry").and_then(Value::as_array_mut) {
        entries.truncate(TAKEN);
    }
    document.to_string()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<_> = entries.map(|entry| entry.path()).collect();
    all.sort();
    all
}

fn bundle(resources: &[String]) -> String {
    let entry = |text: &String| {
        let url = "urn:uuid:129c6ac7-8d06-89de-ad63-000000000001";
        json!({"fullUrl": url, "resource": serde_json::from_str::<Value>(text).unwrap_or_default()})
    };
    let entries: Vec<Value> = resources.iter().map(entry).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries}).to_string()
}

fn both(path: &str, text: &str) -> [Sample; 2] {
    [sample(path, text.to_owned()), sample(&format!("{path}.gz"), text.to_owned())]
}

fn sample(path: &str, text: String) -> Sample {
    Sample { path: path.to_owned(), bytes: text.into_bytes() }
}
