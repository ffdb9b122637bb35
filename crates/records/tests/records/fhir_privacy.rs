//! Identifiers planted in every string of every member that FHIR R4 resources have: none is in anything that an import
//! writes or says.

use serde_json::{Value, json};

use super::fhir_folder::{Export, How, imported, imported_as, imported_by};
use super::privacy::{PLANTED, assert_clean};

/// Every member that can hold text, `@` where something is planted: names, addresses, narrative, notes, displays,
/// identifiers, extensions, contained resources.
const MEMBERS: &str = r##"{
  "id": "@",
  "implicitRules": "@",
  "language": "@",
  "meta": {"versionId": "@", "lastUpdated": "@", "source": "@", "profile": ["@"], "tag": [{"system": "@", "version": "@", "code": "@", "display": "@"}]},
  "text": {"status": "@", "div": "@"},
  "contained": [{"resourceType": "Patient", "id": "@", "name": [{"text": "@"}]}, {"resourceType": "Medication", "id": "m", "code": {"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"}}, {"resourceType": "Specimen", "id": "s", "type": {"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"}}],
  "extension": [{"url": "@", "valueString": "@"}],
  "modifierExtension": [{"url": "@"}],
  "identifier": [{"use": "@", "system": "@", "value": "@", "assigner": {"reference": "@", "display": "@", "identifier": {"system": "@", "value": "@"}}}],
  "name": [{"text": "@", "family": "@", "given": ["@"]}],
  "telecom": [{"system": "phone", "value": "@"}],
  "address": [{"text": "@", "line": ["@"], "city": "@", "postalCode": "@"}],
  "contact": [{"name": {"text": "@"}}],
  "photo": [{"data": "@"}],
  "note": [{"text": "@"}],
  "gender": "@",
  "birthDate": "@",
  "deceasedDateTime": "@",
  "subject": {"reference": "Patient/1234567", "display": "@", "identifier": {"system": "@", "value": "@"}},
  "encounter": {"reference": "@", "display": "@", "identifier": {"system": "@", "value": "@"}},
  "performer": [{"reference": "@", "display": "@", "identifier": {"system": "@", "value": "@"}}],
  "requester": {"reference": "@", "display": "@", "identifier": {"system": "@", "value": "@"}},
  "recorder": {"reference": "@", "display": "@", "identifier": {"system": "@", "value": "@"}},
  "category": [{"coding": [{"system": "@", "code": "PAT"}]}],
  "intent": "@",
  "code": {"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"},
  "reasonCode": [{"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"}],
  "bodySite": [{"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"}],
  "interpretation": [{"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"}],
  "conclusion": "@",
  "conclusionCode": [{"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"}],
  "presentedForm": [{"data": "@"}],
  "effectiveDateTime": "@",
  "effectivePeriod": {"start": "@", "end": "@"},
  "issued": "@",
  "onsetDateTime": "@",
  "onsetString": "@",
  "abatementDateTime": "@",
  "recordedDate": "@",
  "performedDateTime": "@",
  "performedString": "@",
  "authoredOn": "@",
  "whenHandedOver": "@",
  "period": {"start": "@", "end": "@"},
  "valueQuantity": {"value": 1, "comparator": "@", "unit": "@", "system": "@", "code": "@"},
  "referenceRange": [{"text": "@"}],
  "component": [{"code": {"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"}, "valueString": "@"}, {"code": {"coding": [{"system": "http://loinc.org", "code": "2857-1"}]}, "valueQuantity": {"value": 1, "comparator": "@", "unit": "@", "system": "@", "code": "@"}}, {"code": {"coding": [{"system": "http://loinc.org", "code": "2857-1"}]}, "valueString": "@"}, {"code": {"coding": [{"system": "http://loinc.org", "code": "2857-1"}]}, "valueCodeableConcept": {"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"}}],
  "medicationReference": {"reference": "#m", "display": "@"},
  "dosageInstruction": [{"text": "@", "timing": {"repeat": {"boundsPeriod": {"start": "@", "end": "@"}}}}],
  "specimen": [{"reference": "#s", "display": "@"}],
  "type": {"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"},
  "collection": {"collectedDateTime": "@", "bodySite": {"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"}},
  "verificationStatus": {"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"},
  "clinicalStatus": {"coding": [{"system": "@", "version": "@", "code": "@", "display": "@"}], "text": "@"},
  "link": [{"other": {"display": "@"}, "type": "@"}]
}"##;

/// Resources of each type that is read, with all of them.
fn resources(planted: &str) -> Vec<Value> {
    let members: Value = serde_json::from_str(&MEMBERS.replace('@', planted)).unwrap();
    let of_type = |(of_type, status): (&str, &str)| {
        let mut resource = members.clone();
        let map = resource.as_object_mut().unwrap();
        map.insert("resourceType".to_owned(), json!(of_type));
        map.insert("status".to_owned(), json!(status));
        // These are lists in one type and single in another.
        match of_type {
            "Encounter" => {
                map.insert("class".to_owned(), json!({"system": planted, "code": planted, "display": planted}))
            }
            "Observation" => map.insert("specimen".to_owned(), json!({"reference": planted})),
            // By the Medication beside it, whose id is planted too.
            "MedicationStatement" => {
                map.remove("medicationCodeableConcept");
                map.insert("medicationReference".to_owned(), json!({"reference": format!("Medication/{planted}")}))
            }
            _ => None,
        };
        resource
    };
    let types = [
        ("Patient", ""),
        ("Encounter", "finished"),
        ("Condition", ""),
        ("Observation", "final"),
        ("Procedure", "completed"),
        ("MedicationRequest", "active"),
        ("MedicationAdministration", "completed"),
        ("MedicationDispense", "completed"),
        ("MedicationStatement", "active"),
        ("DiagnosticReport", "final"),
        ("Specimen", "available"),
        ("Medication", "active"),
        ("Basic", ""),
    ];
    types.into_iter().map(of_type).collect()
}

#[tokio::test]
async fn no_planted_identifier_is_in_the_output() {
    let patient = r#"{"resourceType":"Patient","id":"1234567","identifier":[{"system":"urn:his","value":"1234567"}]}"#;
    for planted in PLANTED {
        let export = Export::new();
        let all = resources(planted);
        let lines: Vec<String> = all.iter().map(Value::to_string).collect();
        export.put(format!("{planted}/{planted}.ndjson"), format!("{patient}\n{}", lines.join("\n")));
        let entries: Vec<Value> =
            all.iter().map(|resource| json!({"fullUrl": planted, "resource": resource})).collect();
        let bundle = json!({"resourceType": "Bundle", "id": planted, "identifier": {"value": planted}, "type": planted, "entry": entries});
        export.put(format!("{planted}.json"), bundle.to_string());
        export.put(format!("{planted}.txt"), planted);
        export.put(format!("{planted}-broken.json"), planted);
        let done = imported(export.path()).await;
        assert_eq!(done.summary.read.values().sum::<u64>(), 1 + 2 * 12, "{planted}: {:?}", done.faults());
        assert_clean("the output", &done.everything());
        assert_clean("the summary", &format!("{:?}", done.summary));
        let by_number = imported_by(export.path(), "urn:his").await;
        assert_clean("the output by number", &by_number.everything());
        let named = imported_as(&export.path().join(planted), How::default()).await.unwrap();
        assert_clean("the output of one folder", &named.everything());
    }
}

#[tokio::test]
async fn values_beside_planted_identifiers_still_come_in() {
    let export = Export::new();
    export.put(
        "Patient.ndjson",
        r#"{"resourceType":"Patient","id":"1234567","name":[{"text":"山田"}],"birthDate":"1950-01-02"}"#,
    );
    export.put(
        "Observation.ndjson",
        r#"{"resourceType":"Observation","id":"Yamada Taro","status":"final","subject":{"reference":"Patient/1234567","display":"山田"},"effectiveDateTime":"2020-01-01","code":{"coding":[{"system":"http://loinc.org","code":"2857-1","display":"ヤマダ"},{"system":"yamada@example.jp","code":"1234567"}],"text":"山田"},"valueQuantity":{"value":4.05,"unit":"ng/mL"},"note":[{"text":"03-3506-8010"}]}"#,
    );
    let done = imported(export.path()).await;
    assert_eq!(done.rows("measurement.parquet", &["concept", "value", "alternates"]), [["psa", "4.05", ""]]);
    assert_eq!(done.faults(), [("code_shape", 1)]);
    assert_clean("the output", &done.everything());
}

#[tokio::test]
async fn no_planted_identifier_is_in_an_error() {
    let export = Export::new();
    let Err(error) = imported_as(&export.path().join("Yamada Taro"), How::default()).await else {
        panic!("nothing is there")
    };
    assert_clean("the error", &format!("{error} {error:?}"));
}
