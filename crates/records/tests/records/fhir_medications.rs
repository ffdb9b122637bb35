//! Drugs that stand in a Medication of their own.

use super::fhir_folder::{Export, How, imported, imported_as};
use super::folder::Imported;
use renkei_records::source::fhir::Limits;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"1"}"#;

fn request(id: &str, reference: &str) -> String {
    format!(
        r#"{{"resourceType":"MedicationRequest","id":"{id}","status":"active","intent":"order","authoredOn":"2020-01-02","subject":{{"reference":"Patient/1"}},"medicationReference":{{"reference":"{reference}"}}}}"#
    )
}

fn medication(id: &str, code: &str) -> String {
    format!(
        r#"{{"resourceType":"Medication","id":"{id}","code":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"{code}","display":"x"}}]}}}}"#
    )
}

/// Where the faults of a kind are.
fn lines_of(done: &Imported, kind: &str) -> Vec<String> {
    let faults = done.rows("faults.parquet", &["kind", "line", "table"]);
    faults.into_iter().filter(|row| row[0] == kind).map(|row| format!("{} {}", row[2], row[1])).collect()
}

#[tokio::test]
async fn a_drug_gets_the_code_of_the_medication_that_it_names_whatever_file_that_is_in() {
    let export = Export::new();
    export.put("Patient.ndjson", PATIENT);
    let references = [
        "Medication/a",
        "https://a.example/fhir/Medication/b/_history/3",
        "Medication/nobody",
        "#m",
        "Medication/both",
    ];
    let requests: Vec<String> = references.iter().map(|reference| request("r", reference)).collect();
    export.put("MedicationRequest.ndjson", requests.join("\n"));
    let medications = [
        medication("a", "314076"),
        medication("b", "197361"),
        medication("both", "314076"),
        medication("both", "197361"),
        medication("b", "197361"),
    ];
    export.put("Medication.000.ndjson", medications.join("\n"));
    // What follows must not depend on how files are cut.
    for piece in [1, 300, 4 << 20] {
        let how = How { limits: Limits { piece, ..Limits::default() }, ..How::default() };
        let done = imported_as(export.path(), how).await.unwrap();
        let drugs = done.rows("drug.parquet", &["system", "code", "start_date", "line"]);
        assert_eq!(drugs, [["RxNorm", "314076", "2020-01-02", "1"], ["RxNorm", "197361", "2020-01-02", "2"]]);
        // Nobody by that id, nothing contained, and two medications of one id with different codes.
        assert_eq!(lines_of(&done, "dangling_reference"), ["drug 3", "drug 4", "drug 5"]);
        assert_eq!((done.faults(), done.summary.read["Medication"]), (vec![("dangling_reference", 3)], 5));
        assert!(done.skipped().is_empty(), "{:?}", done.skipped());
    }
}

#[tokio::test]
async fn an_address_that_a_bundle_gave_holds_within_that_bundle() {
    let url = "urn:uuid:129c6ac7-8d06-89de-ad63-000000000001";
    let entry = |url: &str, resource: &str| format!(r#"{{"fullUrl":"{url}","resource":{resource}}}"#);
    let of_bundle = |code: &str| {
        let unnamed = medication("", code);
        let entries = [entry("urn:uuid:2", &request("r", url)), entry(url, &unnamed), entry("", PATIENT)];
        format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
    };
    let export = Export::new();
    export.put("1.json", of_bundle("314076"));
    export.put("2.json", of_bundle("197361"));
    export.put("3.json", request("r", url));
    let done = imported(export.path()).await;
    assert_eq!(done.rows("drug.parquet", &["code"]), [["314076"], ["197361"]]);
    assert_eq!(done.faults(), [("dangling_reference", 1), ("duplicate_person", 1)]);
}

#[tokio::test]
async fn a_medication_without_a_code_and_one_in_another_form_are_faults() {
    let export = Export::new();
    let all = [
        PATIENT.to_owned(),
        request("r", "Medication/text"),
        request("r", "Medication/broken"),
        r#"{"resourceType":"Medication","id":"text","code":{"text":"x"}}"#.to_owned(),
        r#"{"resourceType":"Medication","id":"broken","code":"x"}"#.to_owned(),
    ];
    export.put("all.ndjson", all.join("\n"));
    let done = imported(export.path()).await;
    assert!(done.rows("drug.parquet", &["code"]).is_empty());
    let faults = done.rows("faults.parquet", &["kind", "line"]);
    assert_eq!(faults, [["no_code", "2"], ["dangling_reference", "3"], ["malformed", "5"]]);
}
