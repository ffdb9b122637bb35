//! The FHIR samples, and exports with each case made on purpose.

use renkei_records::{FaultKind, RecordsError, Table};

use super::fhir_folder::{Export, How, imported, imported_as, imported_by, sample};
use super::folder::Imported;

/// Counted apart, with Python 3 in `../shared/data/ehr`; `who` says why a record has no patient.
///
/// ```text
/// import collections, glob, json
/// def resources(folder):
///     for path in sorted(glob.glob(folder + "/*json")):
///         if path.endswith(".ndjson"):
///             for line in open(path):
///                 if "resourceType" in (r := json.loads(line)): yield path, None, r
///         elif (d := json.load(open(path)))["resourceType"] == "Bundle":
///             for e in d["entry"]: yield path, e.get("fullUrl"), e["resource"]
///         else: yield path, None, d
/// TABLES = {"Condition": "condition", "Procedure": "procedure", "MedicationRequest": "drug", "Encounter": "visit",
///           "Observation": "measurement"}
/// VALUES = ("valueQuantity", "valueCodeableConcept", "valueString", "valueInteger")
/// def rows(folder, system=None):
///     patients = [x for x in resources(folder) if x[2]["resourceType"] == "Patient"]
///     ids, urls = {r["id"] for _, _, r in patients}, {(path, url) for path, url, _ in patients}
///     def who(path, s):
///         if s is None: return "no_patient"
///         if "reference" not in s: return None if system == s["identifier"]["system"] else "dangling"
///         r = s["reference"]
///         return None if (path, r) in urls or (r.startswith("Patient/") and r[8:] in ids) else "dangling"
///     count = collections.Counter(person=len(patients))
///     for path, url, r in resources(folder):
///         if not (table := TABLES.get(r["resourceType"])): continue
///         if fault := who(path, r.get("subject")): count[fault] += 1; continue
///         own = "component" not in r or any(v in r for v in VALUES)
///         for p in r.get("component", []) + ([r] if own else []):
///             codes = (p.get("code") or p.get("medicationCodeableConcept") or {}).get("coding", [])
///             if table != "visit" and not any(c.get("code") for c in codes): count["no_code"] += 1
///             elif table == "measurement" and not any(v in p for v in VALUES): count["no_value"] += 1
///             else: count[table] += 1
///     return count
/// ```
fn counts(done: &Imported) -> Vec<u64> {
    Table::ALL.iter().map(|table| done.summary.rows[table]).collect()
}

#[tokio::test]
async fn synthea_bundles_give_every_row() {
    let Some(folder) = sample("synthea_r4") else { return };
    let done = imported(&folder).await;
    // Person, condition, measurement, procedure, drug, visit, pathology. Seven of 146 procedures have a LOINC code under
    // the name of SNOMED CT (34552-0).
    assert_eq!(counts(&done), [8, 72, 1651, 146 - 7, 56, 188, 0]);
    // Units: 21 mL/min/{1.73_m2}, whose annotation is more than a note, and 3 (score).
    assert_eq!(done.faults(), [("code_shape", 7), ("unknown_unit", 24)]);
    let read: u64 = done.summary.read.values().sum();
    let of_types = done.summary.skipped.iter().filter(|(reason, _)| !reason.contains(' '));
    assert_eq!((read, of_types.map(|(_, count)| count).sum::<u64>()), (2154, 614));
    assert_eq!(done.summary.skipped["report of something other than pathology"], 115);
    let psa: Vec<_> = done.rows("measurement.parquet", &["concept", "code", "unit"]);
    let psa = psa.iter().filter(|row| row[0] == "psa").collect::<Vec<_>>();
    assert!(!psa.is_empty() && psa.iter().all(|row| row[1] == "2857-1" && row[2] == "ng/mL"), "{}", psa.len());
}

#[tokio::test]
async fn a_bulk_export_gives_every_row() {
    let Some(folder) = sample("fhir_bulk_10_patients") else { return };
    let done = imported(&folder).await;
    assert_eq!(counts(&done), [13, 555, 0, 2056, 1745, 1215, 0]);
    // The four lines of the export's own log are no resources.
    assert_eq!(done.faults(), [("malformed", 4)]);
    assert_eq!(done.summary.skipped["DocumentReference"], 1215);
    let file: Vec<_> = done.rows("faults.parquet", &["kind", "line"]);
    assert_eq!(file[3], ["malformed", "4"]);
}

#[tokio::test]
async fn japanese_examples_are_read_by_id_and_by_insurance_number() {
    let Some(folder) = sample("jp_fhir/ExampleJson") else { return };
    let done = imported(&folder).await;
    assert_eq!(counts(&done), [7, 12, 4, 0, 2, 0, 0]);
    assert_eq!(
        (done.summary.faults[&FaultKind::DanglingReference], done.summary.faults[&FaultKind::NoPatient]),
        (20, 8)
    );
    let done = imported_by(&folder, "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID").await;
    // Two findings name no code; encounters name no patient.
    assert_eq!(counts(&done), [7, 15, 8, 0, 15, 0, 0]);
    assert_eq!((done.summary.faults[&FaultKind::NoPatient], done.summary.faults[&FaultKind::NoCode]), (8, 2));
    let measured = done.rows("measurement.parquet", &["system", "code", "value", "unit"]);
    assert!(
        measured.contains(&["JLAC10", "3H015000002326101", "3.5", "meq/L"].map(str::to_owned).to_vec()),
        "{measured:?}"
    );
    let drugs = done.rows("drug.parquet", &["system", "code"]);
    let of = |system: &str| drugs.iter().filter(|row| row[0] == system).count();
    assert_eq!((of("HOT9"), of("YJ")), (8, 3), "{drugs:?}");
    let found = done.rows("condition.parquet", &["system", "code", "alternates"]);
    assert!(found.iter().all(|row| row[0] == "MDCDX2" || row[0] == "ICD-10"), "{found:?}");
}

/// A resource of a patient `1` with `rest` in it.
fn of_patient(of_type: &str, rest: &str) -> String {
    format!(r#"{{"resourceType":"{of_type}","id":"r","subject":{{"reference":"Patient/1"}},{rest}}}"#)
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"1","gender":"male","birthDate":"1950-02"}"#;
const PSA: &str = r#""code":{"coding":[{"system":"http://loinc.org","code":"2857-1"}]}"#;

async fn lines(lines: &[String]) -> Imported {
    let export = Export::new();
    export.put("all.ndjson", format!("{PATIENT}\n{}\n", lines.join("\n")));
    imported(export.path()).await
}

#[tokio::test]
async fn every_kind_of_value_is_taken_or_counted() {
    let value = |value: &str| {
        of_patient(
            "Observation",
            &format!(r#""status":"final","effectiveDateTime":"2020-03-04T10:00:00+09:00",{PSA},{value}"#),
        )
    };
    let done = lines(&[
        value(r#""valueQuantity":{"value":0.05,"comparator":"<","unit":"x","system":"http://unitsofmeasure.org","code":"ug/L"}"#),
        value(r#""valueQuantity":{"value":4.050,"unit":"ng/mL"}"#),
        value(r#""valueString":"0.2 ng/mL""#),
        value(r#""valueInteger":3"#),
        value(r#""valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"260385009"}]}"#),
        value(r#""valueCodeableConcept":{"text":"negative"}"#),
        value(r#""valueBoolean":true"#),
        value(r#""dataAbsentReason":{"text":"x"}"#),
        value(r#""valueQuantity":{"unit":"ng/mL"}"#),
        value(r#""component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"unit":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"dataAbsentReason":{}}]"#),
    ])
    .await;
    let rows =
        done.rows("measurement.parquet", &["concept", "value", "comparator", "unit", "value_code", "source_value"]);
    assert_eq!(
        rows,
        [
            ["psa", "0.05", "<", "ng/mL", "", "<0.05"],
            ["psa", "4.05", "", "ng/mL", "", "4.050"],
            ["psa", "", "", "", "", ""],
            ["psa", "", "", "", "", "3"],
            ["psa", "", "", "", "260385009", ""],
            ["psa", "", "", "", "", ""],
            ["", "120.0", "", "mm[Hg]", "", "120"],
        ]
    );
    assert_eq!(done.faults(), [("text_value", 2), ("wrong_unit", 1)]);
    assert_eq!(
        done.skipped(),
        [
            ("observation of another type", 1),
            ("observation whose value is stated to be missing", 2),
            ("observation without a value", 1)
        ]
    );
    assert_eq!(done.rows("measurement.parquet", &["time"])[0], ["2020-03-04T10:00:00"]);
    assert_eq!(done.rows("person.parquet", &["birth_date", "birth_year", "sex"]), [["", "1950", "male"]]);
}

#[tokio::test]
async fn what_was_not_done_or_taken_back_is_counted() {
    let status = |of_type: &str, status: &str| of_patient(of_type, &format!(r#""status":"{status}""#));
    let verified = |code: &str| {
        of_patient("Condition", &format!(r#""verificationStatus":{{"coding":[{{"code":"{code}"}}]}},{PSA}"#))
    };
    let done = lines(&[
        status("Observation", "preliminary"),
        status("Observation", "registered"),
        status("Observation", "cancelled"),
        status("Observation", "entered-in-error"),
        status("Observation", "unknown"),
        status("Encounter", "planned"),
        status("Encounter", "entered-in-error"),
        status("Procedure", "not-done"),
        status("Procedure", "in-progress"),
        status("MedicationRequest", "cancelled"),
        of_patient("MedicationRequest", r#""status":"active","intent":"plan""#),
        status("MedicationAdministration", "not-done"),
        status("MedicationDispense", "cancelled"),
        status("MedicationStatement", "not-taken"),
        status("DiagnosticReport", "registered"),
        status("Specimen", "unsatisfactory"),
        verified("refuted"),
        verified("entered-in-error"),
        of_patient("Basic", r#""x":1"#),
    ])
    .await;
    assert_eq!(counts(&done), [1, 0, 0, 0, 0, 0, 0]);
    assert!(done.faults().is_empty(), "{:?}", done.faults());
    assert_eq!(done.summary.skipped.values().sum::<u64>(), 19);
    assert_eq!(done.summary.skipped["observation not final"], 2);
}

#[tokio::test]
async fn drugs_visits_procedures_and_pathology_get_their_columns() {
    let done = lines(&[
        of_patient("MedicationRequest", r##""status":"completed","intent":"order","authoredOn":"2020-01-02","contained":[{"resourceType":"Medication","id":"m","code":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"314076"}]}}],"medicationReference":{"reference":"#m"},"dosageInstruction":[{"timing":{"repeat":{"boundsPeriod":{"start":"2020-01-03","end":"2020-01-09"}}}}]"##),
        of_patient("MedicationRequest", r#""status":"completed","intent":"order","medicationReference":{"reference":"Medication/9"}"#),
        of_patient("MedicationAdministration", r#""status":"completed","effectivePeriod":{"start":"2020-01-03","end":"2020-01-04"},"medicationCodeableConcept":{"coding":[{"system":"http://medis.or.jp/CodeSystem/master-HOT9","code":"118185202"}]}"#),
        of_patient("Encounter", r#""status":"finished","class":{"code":"IMP"},"period":{"start":"2020-01-01","end":"2020-02-01"}"#),
        of_patient("Encounter", r#""status":"in-progress","class":{"code":"EMER"},"period":{"start":"2020-01-01"}"#),
        of_patient("Procedure", r#""status":"completed","performedDateTime":"2020-01-05","code":{"coding":[{"system":"http://snomed.info/sct","code":"90470006"}]}"#),
        of_patient("DiagnosticReport", r##""status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"SP"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"60568-3"}]},"issued":"2020-01-20T00:00:00Z","contained":[{"resourceType":"Specimen","id":"s","type":{"coding":[{"system":"http://snomed.info/sct","code":"119376003"}]},"collection":{"collectedDateTime":"2020-01-05"}}],"specimen":[{"reference":"#s"}],"conclusionCode":[{"coding":[{"system":"http://snomed.info/sct","code":"399068003"}]},{"coding":[{"system":"http://snomed.info/sct","code":"1162814007"}]}]"##),
        of_patient("Specimen", r#""type":{"coding":[{"system":"http://snomed.info/sct","code":"119376003"}]},"collection":{"collectedDateTime":"2020-01-06"}"#),
    ])
    .await;
    let drugs = done.rows("drug.parquet", &["system", "code", "start_date", "end_date", "stage"]);
    assert_eq!(
        drugs,
        [
            ["RxNorm", "314076", "2020-01-03", "2020-01-09", "ordered"],
            ["HOT9", "118185202", "2020-01-03", "2020-01-04", "given"]
        ]
    );
    let visits = done.rows("visit.parquet", &["class", "start_date", "end_date"]);
    assert_eq!(visits, [["inpatient", "2020-01-01", "2020-02-01"], ["emergency", "2020-01-01", ""]]);
    assert_eq!(done.rows("procedure.parquet", &["concept", "start_date"]), [["prostatectomy", "2020-01-05"]]);
    let pathology = done.rows("pathology.parquet", &["code", "value_code", "specimen_code", "time", "recorded"]);
    let report = |code: &str| {
        ["60568-3", code, "119376003", "2020-01-05T00:00:00", "2020-01-20T00:00:00"].map(str::to_owned).to_vec()
    };
    assert_eq!(pathology[..2], [report("399068003"), report("1162814007")]);
    assert_eq!(pathology[2], ["119376003", "", "119376003", "2020-01-06T00:00:00", ""]);
    // A Medication that is not in the source.
    assert_eq!(done.faults(), [("dangling_reference", 1)]);
}

/// Python: `hmac.new(b"0123456789abcdef0123456789abcdef", b"...", "sha256").hexdigest()[:32]` of `1` and `P-0001`.
const OF_1: &str = "c2a56899f8e6dad8951a30d34b5be54b";
const OF_NUMBER: &str = "abbde3a59ad367ed16461c84a9976193";

#[tokio::test]
async fn references_are_followed_in_every_form() {
    let export = Export::new();
    let patient = r#"{"resourceType":"Patient","id":"1","identifier":[{"use":"old","system":"urn:his","value":"P-OLD"},{"system":"urn:his","value":"P-0001"}]}"#;
    let visit = |subject: &str| format!(r#"{{"resourceType":"Encounter","status":"finished","subject":{subject}}}"#);
    let entry = |resource: &str| format!(r#"{{"resource":{resource}}}"#);
    let known = [
        visit(r#"{"reference":"Patient/1"}"#),
        visit(r#"{"reference":"Patient/1/_history/2"}"#),
        visit(r#"{"reference":"https://ehr.example/fhir/Patient/1"}"#),
        visit(r#"{"reference":"urn:uuid:A"}"#),
    ];
    let by_number = [
        visit(r#"{"identifier":{"system":"urn:his","value":"P-0001"}}"#),
        visit(r#"{"reference":"Patient?identifier=urn:his|P-0001"}"#),
        r##"{"resourceType":"Encounter","status":"finished","subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"urn:his","value":"P-0001"}]}]}"##.to_owned(),
    ];
    let never = [
        visit(r#"{"reference":"urn:uuid:B"}"#),
        visit(r##"{"reference":"#q"}"##),
        visit("{}"),
        visit(r#"{"display":"x"}"#),
    ];
    let entries: Vec<String> = known.iter().chain(&by_number).chain(&never).map(|resource| entry(resource)).collect();
    // The patient comes last, and its address stands behind it.
    let bundle = format!(
        r#"{{"entry":[{},{{"resource":{patient},"fullUrl":"urn:uuid:A"}},{}],"type":"collection","resourceType":"Bundle"}}"#,
        entries.join(","),
        entry(&visit(r#"{"reference":"Group/7"}"#))
    );
    export.put("b.json", bundle);
    let done = imported(export.path()).await;
    let mut expected = vec![vec![OF_1.to_owned()]; 4];
    assert_eq!(done.rows("visit.parquet", &["person_id"]), expected);
    let faults = |done: &Imported| done.faults().into_iter().filter(|(kind, _)| *kind != "undated").collect::<Vec<_>>();
    assert_eq!(faults(&done), [("no_patient", 3), ("dangling_reference", 4)]);
    assert_eq!(done.skipped(), [("record of something that is no patient", 1)]);
    let done = imported_by(export.path(), "urn:his").await;
    expected = vec![vec![OF_NUMBER.to_owned()]; 7];
    assert_eq!(done.rows("visit.parquet", &["person_id"]), expected);
    assert_eq!(done.rows("person.parquet", &["person_id"]), [[OF_NUMBER]]);
    assert_eq!(faults(&done), [("no_patient", 2), ("dangling_reference", 2)]);
}

#[tokio::test]
async fn a_patient_who_is_not_there_is_a_fault_and_keeps_its_own_id() {
    let export = Export::new();
    export.put("Encounter.ndjson", of_patient("Encounter", r#""status":"finished","period":{"start":"2020-01-01"}"#));
    let done = imported(export.path()).await;
    assert_eq!(done.rows("visit.parquet", &["person_id"]), [[OF_1]]);
    assert_eq!(done.faults(), [("dangling_reference", 1)]);
    let done = imported_by(export.path(), "urn:his").await;
    assert_eq!(counts(&done), [0; 7]);
    assert_eq!(done.faults(), [("dangling_reference", 1)]);
}

#[tokio::test]
async fn replaced_patients_lead_to_who_replaces_them_and_never_in_a_circle() {
    let export = Export::new();
    let patient = |id: &str, by: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"{id}","link":[{{"other":{{"reference":"Patient/{by}"}},"type":"replaced-by"}}]}}"#
        )
    };
    let patients = [
        patient("0", "2"),
        patient("2", "1"),
        PATIENT.to_owned(),
        patient("7", "8"),
        patient("8", "7"),
        patient("9", "9"),
        patient("5", "6"),
    ];
    export.put("Patient.ndjson", patients.join("\n"));
    let visit = |id: &str| {
        of_patient("Encounter", r#""status":"finished","period":{"start":"2020-01-01"}"#)
            .replace("Patient/1", &format!("Patient/{id}"))
    };
    export.put("Encounter.ndjson", ["0", "2", "1", "7", "9", "5"].map(visit).join("\n"));
    let done = imported(export.path()).await;
    assert_eq!(done.rows("visit.parquet", &["person_id"]), [[OF_1], [OF_1], [OF_1]]);
    assert_eq!(done.faults(), [("dangling_reference", 1), ("cyclic_reference", 2)]);
    assert_eq!((counts(&done)[0], done.skipped()), (1, vec![("patient replaced by another", 6)]));
}

#[tokio::test]
async fn a_person_who_comes_twice_is_found() {
    let export = Export::new();
    export.put("a/Patient.ndjson", format!("{PATIENT}\n{PATIENT}"));
    export.put("b/Patient.ndjson", PATIENT.replace("1950", "1951"));
    export.put("c/Patient.ndjson", PATIENT.replace(r#""male""#, r#""Male""#));
    let done = imported(export.path()).await;
    assert_eq!(done.faults(), [("duplicate_person", 1), ("conflicting_person", 2), ("unknown_sex", 1)]);
}

#[tokio::test]
async fn two_patients_who_share_an_id_are_told_apart_by_their_numbers_or_not_at_all() {
    let export = Export::new();
    let patient = |number: &str| {
        format!(r#"{{"resourceType":"Patient","id":"1","identifier":[{{"system":"urn:his","value":"{number}"}}]}}"#)
    };
    let visit = of_patient("Encounter", r#""status":"finished","period":{"start":"2020-01-01"}"#);
    export.put("a.ndjson", [patient("P-0001"), patient("P-0002"), visit].join("\n"));
    let done = imported_by(export.path(), "urn:his").await;
    assert_eq!((counts(&done)[0], done.faults()), (2, vec![("dangling_reference", 1)]));
}

#[tokio::test]
async fn content_decides_where_the_name_does_not() {
    let export = Export::new();
    let visit = of_patient("Encounter", r#""status":"finished","period":{"start":"2020-01-01"}"#);
    export.put("lines.json", format!("{PATIENT}\n{visit}\n"));
    export.put("pretty.json", visit.replace(',', ",\n  "));
    export.put("bom.json", format!("\u{feff}{visit}"));
    export.put("crlf.ndjson", format!("\u{feff}{visit}\r\n\r\n{visit}\r\n"));
    export.put("zipped.ndjson", gzip(&[&visit]));
    export.put("Encounter.ndjson.gz", gzip(&[&format!("{visit}\n"), &visit]));
    export.put("notes.txt", "x");
    let done = imported(export.path()).await;
    assert_eq!((counts(&done)[0], counts(&done)[5]), (1, 8));
    assert!(done.faults().is_empty(), "{:?}", done.faults());
    assert_eq!(done.skipped(), [("file of another form", 1)]);
    let one = imported(&export.path().join("lines.json")).await;
    assert_eq!((counts(&one)[0], counts(&one)[5]), (1, 1));
    let other = imported(&export.path().join("notes.txt")).await;
    assert_eq!(other.faults(), [("malformed", 1)]);
    export.put("Encounter-1.ndjson", PATIENT);
    assert_eq!(imported(export.path()).await.faults(), [("type_mismatch", 1)]);
}

pub(crate) fn gzip(members: &[&str]) -> Vec<u8> {
    use std::io::Write as _;
    let mut all = Vec::new();
    for member in members {
        let mut encoder = flate2::write::GzEncoder::new(&mut all, flate2::Compression::fast());
        encoder.write_all(member.as_bytes()).unwrap();
        encoder.finish().unwrap();
    }
    all
}

#[tokio::test]
async fn an_empty_or_absent_export_says_so() {
    let export = Export::new();
    for path in [export.path().to_owned(), export.path().join("none")] {
        let Err(error) = imported_as(&path, How::default()).await else { panic!("there is nothing") };
        assert!(matches!(error, RecordsError::Empty | RecordsError::Read(_)), "{error}");
    }
}
