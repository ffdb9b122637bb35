use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, BooleanArray, Float64Array, StringArray};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type};
use renkei_artifacts::table::read_parquet;
use renkei_domain::record::Identity;
use renkei_domain::{Digest, RunId};
use serde_json::{Value, json};

use super::*;

/// Two cases: an event after a year, a censoring after two; the second has no slide.
fn run() -> SealedRun {
    let spec = json!({
        "version": 1, "name": "t", "store": "out", "seed": 1, "banner": "Planted.",
        "cohort": {
            "tables": [{"name": "men", "uri": "men.csv"}], "case_id": "id",
            "columns": {"psa": {"known": "before_index", "unit": "ng/mL"}, "stage": {"known": "before_index"}},
            "predictors": [{"column": "psa", "kind": "number"}, {"column": "stage", "kind": "category"}]
        },
        "endpoint": {
            "name": "recurrence", "origin": "prostatectomy", "time": {"column": "d", "unit": "days"},
            "event": {"column": "r", "event": ["1"], "censored": ["0"]}, "horizons_years": [1.0]
        },
        "slides": {"table": "slides.csv"}, "encoder": {"folder": "encoder"}
    });
    let ids = || Arc::new(StringArray::from(vec!["aa", "bb"])) as ArrayRef;
    let numbers = |numbers: Vec<Option<f64>>| Arc::new(Float64Array::from(numbers)) as ArrayRef;
    let inputs = ["table men", "encoder", "slides", "pseudonym key"];
    let identity = Identity {
        software: "0.1.0".to_owned(),
        execution_class: String::new(),
        spec: Digest::of(b"spec"),
        inputs: inputs.into_iter().map(|name| (name.to_owned(), Digest::of(name.as_bytes()))).collect(),
    };
    SealedRun {
        manifest: Manifest {
            version: 1,
            run: RunId::new("4c268fd232e29eaf").unwrap(),
            name: "t".to_owned(),
            identity,
            unreadable: Vec::new(),
            stages: Vec::new(),
            merkle_root: Digest::of(b"root"),
            epoch: 1,
            sealed: String::new(),
        },
        spec: serde_json::from_value(spec).unwrap(),
        cases: RecordBatch::try_from_iter([
            ("case_id", ids()),
            ("time_years", numbers(vec![Some(365.0 / 365.25), Some(2.0)])),
            ("event", Arc::new(BooleanArray::from(vec![true, false])) as ArrayRef),
            ("psa", numbers(vec![Some(7.5), Some(4.0)])),
            ("stage", Arc::new(StringArray::from(vec!["T1", "T2"])) as ArrayRef),
        ])
        .unwrap(),
        scores: RecordBatch::try_from_iter([
            ("case_id", ids()),
            ("records", numbers(vec![Some(0.5), Some(-0.5)])),
            ("images", numbers(vec![Some(1000.0), None])),
            ("records_and_images", numbers(vec![Some(0.25), None])),
        ])
        .unwrap(),
    }
}

fn assessments(run: &SealedRun) -> Vec<Value> {
    let file = fhir::risk_assessments(run).unwrap();
    let lines: Vec<Value> = file.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(json).collect();
    assert_eq!((file.name, file.rows), ("RiskAssessment.ndjson", lines.len()));
    lines
}

#[test]
fn a_new_case_has_its_risk_in_per_cent_by_horizon_and_an_interval_only_where_there_is_one() {
    use renkei_model::frozen::{Interval, Risk, Score, ScoredBy};
    let run = run();
    let risk = |risk, interval| Risk { years: 5.0, risk, interval };
    let score = |by, risks| Score { by, linear_predictor: 0.5, contributions: Vec::new(), risks };
    let interval = Some(Interval { lower: 0.125, upper: 0.5 });
    let scores = [
        score(ScoredBy::Records, vec![risk(Some(0.25), interval)]),
        score(ScoredBy::RecordsAndImages, vec![risk(Some(0.25), None), risk(None, None)]),
    ];
    let basis = [("frozen model".to_owned(), "abc".to_owned())];
    let cases = scores.iter().zip(["cc", "dd"]);
    let cases = cases.map(|(score, case)| fhir::NewCase {
        manifest: &run.manifest,
        spec: &run.spec,
        basis: &basis,
        case,
        score,
    });
    let file = fhir::new_case_assessments(cases).unwrap();
    let lines = file.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(json);
    let [records, both] = lines.collect::<Vec<_>>().try_into().unwrap();
    for one in [&records, &both] {
        assert!(one.as_object().unwrap().keys().all(|name| ELEMENTS.contains(&name.as_str())), "{one}");
        assert_eq!(one["identifier"][0]["system"], "urn:renkei:new-case-score");
        assert!(one["note"][0]["text"].as_str().unwrap().contains("no medical device"));
        assert_eq!(one["prediction"][0]["probabilityDecimal"], 25.0);
        assert_eq!(one["prediction"][0]["whenRange"]["high"]["value"], 5.0);
    }
    let range = &records["prediction"][0]["extension"][1];
    assert_eq!((&range["url"], &range["valueRange"]["low"]["value"]), (&json!("urn:renkei:interval-95"), &json!(12.5)));
    assert_eq!(both["prediction"][0]["extension"].as_array().unwrap().len(), 1, "no interval where there is none");
    assert_eq!(both["prediction"].as_array().unwrap().len(), 1, "no probability where there is none");
    assert_eq!((records["note"].as_array().unwrap().len(), &both["note"][1]["text"]), (1, &json!("Planted.")));
    let names = |one: &Value| one["basis"].as_array().unwrap().iter().map(|b| b["display"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&records), ["frozen model"]);
    assert_eq!(names(&both), ["frozen model", "encoder"]);
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// hl7.org/fhir/R4/riskassessment.html: `status` and `subject` are required, and these are all of its elements.
const ELEMENTS: [&str; 19] = [
    "resourceType",
    "identifier",
    "basedOn",
    "parent",
    "status",
    "method",
    "code",
    "subject",
    "encounter",
    "occurrenceDateTime",
    "occurrencePeriod",
    "condition",
    "performer",
    "reasonCode",
    "reasonReference",
    "basis",
    "prediction",
    "mitigation",
    "note",
];

#[test]
fn every_score_is_an_assessment_with_what_fhir_asks_for() {
    let all = assessments(&run());
    assert_eq!(all.len(), 4, "two cases of the records, one of each model with images");
    for one in &all {
        assert_eq!((&one["resourceType"], &one["status"]), (&json!("RiskAssessment"), &json!("preliminary")));
        assert_eq!(one["subject"]["identifier"]["system"], "urn:renkei:case");
        assert!(one["subject"].get("reference").is_none(), "a pseudonym is no address");
        assert!(one.as_object().unwrap().keys().all(|name| ELEMENTS.contains(&name.as_str())), "{one}");
        assert!(one["note"][0]["text"].as_str().unwrap().contains("Not a diagnosis"));
        assert_eq!(one["prediction"][0]["outcome"]["text"], "recurrence");
        assert_eq!(one["identifier"][1]["value"], "4c268fd232e29eaf");
        assert_eq!(one["identifier"][2]["value"], Digest::of(b"root").to_string());
    }
    let mut names: Vec<_> = all.iter().map(|one| one["identifier"][0]["value"].to_string()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4, "no two assessments have one name");
}

#[test]
fn a_prediction_says_the_score_and_its_hazard_ratio() {
    let all = assessments(&run());
    let prediction = &all[0]["prediction"][0];
    assert_eq!(prediction["extension"][0]["valueDecimal"], 0.5);
    // Python: math.exp(0.5)
    assert!((prediction["relativeRisk"].as_f64().unwrap() - 1.648_721_270_700_128_2).abs() < 1e-15);
    assert!(prediction.get("probabilityDecimal").is_none(), "the run holds no held-out probability");
    assert!(all[2]["prediction"][0].get("relativeRisk").is_none(), "exp(1000) is no number");
}

#[test]
fn what_rests_on_images_says_the_banner_and_names_the_encoder() {
    let all = assessments(&run());
    let basis = |one: &Value| -> Vec<String> {
        one["basis"].as_array().unwrap().iter().map(|basis| basis["display"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(basis(&all[0]), ["table men", "spec"]);
    assert_eq!(basis(&all[2]), ["encoder", "table men", "spec"]);
    assert_eq!(all[0]["note"].as_array().unwrap().len(), 1);
    assert_eq!(all[2]["note"][1]["text"], "Planted.");
}

fn table(name: &str) -> RecordBatch {
    let file = omop(&run()).unwrap().into_iter().find(|file| file.name == name).unwrap();
    read_parquet(file.bytes.into()).unwrap().remove(0)
}

#[test]
fn a_cohort_has_days_for_dates_and_a_map_for_its_subjects() {
    let (cohort, subject) = (table("cohort.parquet"), table("subject.parquet"));
    assert_eq!(cohort["subject_id"].as_primitive::<Int64Type>(), subject["subject_id"].as_primitive::<Int64Type>());
    assert_eq!(subject["case_id"].as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["aa", "bb"]);
    assert_eq!(cohort["cohort_end_day"].as_primitive::<Int32Type>().values()[..], [365, 731]);
    assert!(cohort.column_by_name("cohort_start_date").is_none(), "no day is called a date");
    let definition = table("cohort_definition.parquet");
    let described = definition["cohort_definition_description"].as_string::<i32>().value(0).to_owned();
    assert!(described.contains("recurrence") && described.contains(&Digest::of(b"root").to_string()), "{described}");
}

#[test]
fn events_predictors_and_scores_are_observations() {
    let observation = table("observation.parquet");
    let numbers = observation["value_as_number"].as_primitive::<Float64Type>();
    let (texts, whats) =
        (observation["value_as_string"].as_string::<i32>(), observation["observation_source_value"].as_string::<i32>());
    let persons = observation["person_id"].as_primitive::<Int64Type>();
    let rows: Vec<_> = (0..observation.num_rows())
        .map(|row| {
            (persons.value(row), whats.value(row), numbers.iter().nth(row).flatten(), texts.iter().nth(row).flatten())
        })
        .collect();
    assert_eq!(
        rows,
        [
            (1, "event", Some(1.0), None),
            (2, "event", Some(0.0), None),
            (1, "psa", Some(7.5), None),
            (2, "psa", Some(4.0), None),
            (1, "stage", None, Some("T1")),
            (2, "stage", None, Some("T2")),
            (1, "held-out score, records", Some(0.5), None),
            (2, "held-out score, records", Some(-0.5), None),
            (1, "held-out score, images", Some(1000.0), None),
            (1, "held-out score, records_and_images", Some(0.25), None),
        ]
    );
    let days = observation["observation_day"].as_primitive::<Int32Type>();
    assert_eq!(days.iter().take(3).collect::<Vec<_>>(), [Some(365), Some(731), None]);
    assert_eq!(observation["unit_source_value"].as_string::<i32>().value(2), "ng/mL");
}

#[test]
fn scores_of_other_cases_are_refused() {
    let mut run = run();
    run.scores = run.scores.slice(1, 1);
    assert!(fhir::risk_assessments(&run).unwrap_err().to_string().contains("not of its cases"));
}
