use renkei_federation::keys::Identity;
use renkei_federation::study::{SignedStudy, SitePolicy, StudyError, StudySpec, differences};
use serde_json::{Value, json};

use crate::fixture::{key, policy_value, signed, spec, spec_value, spec_with};

fn refusal(pointer: &str, value: Value) -> String {
    let mut document = spec_value();
    *document.pointer_mut(pointer).unwrap() = value;
    StudySpec::parse(&document.to_string()).unwrap_err().to_string()
}

#[test]
fn canonical_form_does_not_depend_on_order_or_spacing() {
    // The fields of every object in reverse, spread over lines, and 1e-6 written otherwise.
    fn reversed(value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let fields = fields.iter().rev().map(|(k, v)| format!("\n {} :  {}", json!(k), reversed(v)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
            }
            Value::Array(list) => format!("[ {} ]", list.iter().map(reversed).collect::<Vec<_>>().join(" , ")),
            other => other.to_string(),
        }
    }
    let other = reversed(&spec_value()).replace("1e-6", "0.000001");
    assert_eq!(StudySpec::parse(&other).unwrap().hash().unwrap(), spec().hash().unwrap());
}

#[test]
fn hash_is_that_of_an_independent_computation() {
    let canonical = String::from_utf8(spec().canonical().unwrap()).unwrap();
    assert!(
        canonical
            .starts_with(r#"{"drop_out":"restart","endpoint":{"censoring":"last PSA below 0.2","competing":"death","#)
    );
    assert!(canonical.contains(r#""privacy":{"delta":0.000001,"epsilon":1},"question""#), "{canonical}");
    assert!(canonical.ends_with(r#""name":"grade"}],"version":1}"#), "{canonical}");
    assert_eq!(StudySpec::parse(&canonical).unwrap(), spec());
    // python3 of the document as this fixture prints it: d = json.loads(text); d["privacy"]["epsilon"] = 1; then
    // json.dumps(d, sort_keys=True, separators=(",", ":")).replace("1e-06", "0.000001"), hashlib.sha256.
    assert_eq!(spec().hash().unwrap().to_string(), "9a7c00ff25b47812b62f9b6bc0dd93fa26c8180e053c7726d3ab8a697cf40544");
}

#[test]
fn every_change_of_a_value_changes_the_hash() {
    fn leaves(value: &Value, at: String, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(k, v)| leaves(v, format!("{at}/{k}"), found)),
            Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| leaves(v, format!("{at}/{i}"), found)),
            _ => found.push(at),
        }
    }
    let mut pointers = Vec::new();
    leaves(&spec_value(), String::new(), &mut pointers);
    let known = spec().hash().unwrap();
    let mut tried = 0;
    for pointer in pointers {
        let mut document = spec_value();
        let value = document.pointer_mut(&pointer).unwrap();
        *value = match &*value {
            Value::String(text) if pointer.ends_with("identity") => {
                json!(Identity::of(&key(text.as_bytes()[0])))
            }
            Value::String(text) => json!(format!("{text}x")),
            Value::Number(number) => json!(number.as_f64().unwrap() * 0.99),
            _ => continue,
        };
        // Changes that are no spec any more (a version, a grid that does not exist) are refused, which is as good.
        if let Ok(changed) = StudySpec::parse(&document.to_string()) {
            assert_ne!(changed.hash().unwrap(), known, "{pointer}");
            tried += 1;
        }
    }
    assert!(tried >= 25, "{tried}");
}

#[test]
fn bad_documents_give_clear_errors() {
    let mut unknown = spec_value();
    unknown["methods"][0]["epslion"] = json!(3);
    let error = StudySpec::parse(&unknown.to_string()).unwrap_err().to_string();
    assert!(error.starts_with("study spec: unknown field `epslion`, expected one of `name`, `method`"), "{error}");
    let error = StudySpec::parse("{\"version\": 1}").unwrap_err().to_string();
    assert!(error.contains("missing field `name` at line 1"), "{error}");
    let twice = format!("{},\"version\":1}}", spec_value().to_string().trim_end_matches('}'));
    assert!(StudySpec::parse(&twice).is_err());
    assert!(StudySpec::parse(&format!("{} {{}}", spec_value())).is_err());

    let expected = [
        ("/version", json!(2), "version: 2 is not known here; 1 is"),
        ("/question", json!(" "), "question: is empty"),
        ("/endpoint/horizons_years", json!([3, 1]), "one or more years above 0 are needed, ascending"),
        ("/endpoint/horizons_years", json!([]), "one or more years above 0 are needed, ascending"),
        ("/variables/1/name", json!("age"), "variables: the name 'age' stands there twice"),
        ("/variables/1/kind/category/levels", json!(["1"]), "variables[1].levels: a category needs two levels"),
        ("/sites/1/name", json!("north"), "sites: the name 'north' stands there twice"),
        ("/sites/1/name", json!("North Hospital"), "'North Hospital' is no site name"),
        ("/sites/1/identity", json!("00"), "'00' is no ed25519 key"),
        ("/sites/1/identity", json!("01".to_owned() + &"00".repeat(31)), "is no ed25519 key"),
        ("/methods", json!([]), "methods: a study needs a method"),
        ("/methods/0/grids", json!(["year", "quarter"]), "methods[0].grids: must go from fine to coarse"),
        ("/methods/0/grids", json!(["week"]), "unknown variant `week`, expected one of `day`, `month`"),
        ("/methods/0/max_rounds", json!(0), "methods[0].max_rounds: 1 or more rounds are needed"),
        ("/methods/0/max_rounds", json!(-1), "invalid value: integer `-1`"),
        ("/thresholds/minimum_cell", json!(1), "thresholds.minimum_cell: 2 or more persons"),
        ("/thresholds/parameter_share", json!(1.5), "thresholds.parameter_share: a share above 0"),
        ("/thresholds/survivors", json!(2), "thresholds.survivors: 3 or more sites"),
        ("/thresholds/survivors", json!(4), "sites: 3 sites cannot make up 4 survivors"),
        ("/privacy/epsilon", json!(0), "privacy.epsilon: a number above 0"),
        ("/privacy/delta", json!(1), "privacy.delta: a number above 0 and below 1"),
        ("/expires", json!("30.6.2027"), "'30.6.2027' is no day: write it as 2027-06-30"),
        ("/expires", json!("2027-6-30"), "is no day"),
        ("/expires", json!("2027-02-30"), "is no day"),
    ];
    for (pointer, value, words) in expected {
        let error = refusal(pointer, value.clone());
        assert!(error.contains(words), "{pointer} {value}: {error}");
    }
}

#[test]
fn bad_policies_give_clear_errors() {
    let expected = [
        ("/reviewers_needed", json!(4), "reviewers_needed: 1 to 3 (the reviewers listed) can be needed"),
        ("/reviewers_needed", json!(0), "reviewers_needed: 1 to 3"),
        ("/reviewers/1/identity", json!(Identity::of(&key(21))), "reviewers: the identity"),
        ("/survivors", json!(1), "survivors: 3 or more"),
        ("/privacy", json!({"required": true, "epsilon": 1}), "unknown field `epsilon`"),
    ];
    for (pointer, value, words) in expected {
        let mut document = policy_value();
        *document.pointer_mut(pointer).unwrap() = value;
        let error = SitePolicy::parse(&document.to_string()).unwrap_err().to_string();
        assert!(error.starts_with("site policy: ") && error.contains(words), "{pointer}: {error}");
    }
}

#[test]
fn a_lead_signs_its_own_spec_only() {
    assert!(matches!(SignedStudy::sign(spec(), &key(2)), Err(StudyError::Signature(_))));
    let mut changed = signed();
    changed.spec = spec_with("/question", json!("Something else?"));
    assert!(matches!(changed.verified(), Err(StudyError::Signature(_))));
    let text = serde_json::to_string(&signed()).unwrap();
    assert_eq!(serde_json::from_str::<SignedStudy>(&text).unwrap().verified().unwrap(), spec().hash().unwrap());
}

#[test]
fn differences_are_told_in_words() {
    let mut after = spec_value();
    after["thresholds"]["minimum_cell"] = json!(3);
    after["methods"][0]["parameters"]["ties"] = json!("breslow");
    after["methods"][1]["name"] = json!("yearly hazard");
    after["variables"].as_array_mut().unwrap().swap(0, 1);
    after.as_object_mut().unwrap().remove("privacy");
    let after = StudySpec::parse(&after.to_string()).unwrap();
    let told: Vec<String> = differences(&spec(), &after).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 6, "{told:#?}");
    assert!(told.contains(&r#"methods 'headline' parameters ties: "efron" becomes "breslow""#.to_owned()));
    assert!(told.iter().any(|line| line.starts_with("methods 'hazard': gone, was ")));
    assert!(told.iter().any(|line| line.starts_with("methods 'yearly hazard': new, ")));
    assert!(told.iter().any(|line| line.starts_with("privacy: gone, was ")));
    assert!(told.contains(&"thresholds minimum_cell: 5 becomes 3".to_owned()));
    assert!(told.contains(&r#"variables order: ["age","grade"] becomes ["grade","age"]"#.to_owned()));
    assert!(differences(&spec(), &spec()).unwrap().is_empty());
}
