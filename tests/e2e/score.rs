//! New cases by a frozen model: training cases scored as new ones get the fit's own figures, strangers are refused with a
//! reason, bad input is told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Float64Type};
use renkei_artifacts::table::read_parquet;
use renkei_domain::plan::Stage;
use renkei_domain::record::Manifest;
use renkei_testkit::{Study, manifest_in};
use serde_json::Value;

/// What a new man has: his number and what was known before the operation.
const KNOWN: [&str; 8] = ["man", "Age", "AA", "FamHx", "T.Stage", "bGS", "PreopPSA", "PreopTherapy"];
/// Slides read again; the other men are scored by their records.
const SLIDES: usize = 8;

/// A sealed run, its store and a folder of its own for the encoder.
struct Scoring {
    study: Study,
    store: PathBuf,
}

impl Scoring {
    fn prepare() -> Option<Self> {
        let mut study = Study::prepare().unwrap()?;
        let encoder = study.input().join("own-encoder");
        std::fs::create_dir(&encoder).unwrap();
        for file in std::fs::read_dir(&study.spec.encoder.folder).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), encoder.join(file.file_name())).unwrap();
        }
        study.spec.encoder.folder = encoder.display().to_string();
        let store = study.with_store("store").unwrap();
        let arguments = study.run_arguments();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = study.program.run(&arguments).unwrap();
        assert_eq!(run.code, Some(0), "{}", run.err);
        Some(Self { study, store })
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.study.input().join(name), text).unwrap();
    }

    /// The cohort's table with these columns only.
    fn men(&self) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(self.study.input().join("cohort.csv")).unwrap();
        let mut rows = text.lines().map(|line| line.split(',').map(|cell| cell.trim_matches('"')).collect::<Vec<_>>());
        let header = rows.next().unwrap();
        let places = KNOWN.map(|name| header.iter().position(|other| *other == name).unwrap());
        rows.map(|row| places.map(|place| row[place].to_owned()).to_vec()).collect()
    }

    fn write_men(&self, name: &str, men: &[Vec<String>]) {
        let lines = std::iter::once(KNOWN.join(",")).chain(men.iter().map(|man| man.join(",")));
        self.put(name, &(lines.collect::<Vec<_>>().join("\n") + "\n"));
    }

    /// Scores by `new.yaml`; exit code, what was printed, and the folder written.
    fn score(&self, new: &str, more: &[&str]) -> (Option<i32>, String, PathBuf) {
        self.put("new.yaml", new);
        let to = self.study.input().join("scored");
        let _ = std::fs::remove_dir_all(&to);
        let (new, store) = (self.study.input().join("new.yaml"), self.store.display().to_string());
        let (new, folder) = (new.display().to_string(), to.display().to_string());
        let arguments = [&["score", &new, "--to", &folder, "--store", &store, "--format", "json"], more].concat();
        let output = self.study.program.run(&arguments).unwrap();
        (output.code, if output.code == Some(0) { output.out } else { output.err }, to)
    }

    fn manifest(&self) -> Manifest {
        manifest_in(&self.store).unwrap()
    }

    fn json(&self, stage: Stage, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.object(stage, name)).unwrap()).unwrap()
    }

    fn rows(&self, stage: Stage, name: &str) -> RecordBatch {
        rows(&self.object(stage, name))
    }

    fn object(&self, stage: Stage, name: &str) -> PathBuf {
        let manifest = self.manifest();
        let mut artifacts = manifest.stage(stage).iter().flat_map(|commit| &commit.artifacts);
        Path::new("/").join(&artifacts.find(|artifact| artifact.name == name).unwrap().key)
    }
}

fn rows(file: &Path) -> RecordBatch {
    let batches = read_parquet(std::fs::read(file).unwrap().into()).unwrap();
    arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let text = arrow::compute::cast(batch.column_by_name(column).unwrap(), &DataType::Utf8).unwrap();
    text.as_string::<i32>().iter().map(|text| text.map(ToOwned::to_owned)).collect()
}

fn numbers(batch: &RecordBatch, column: &str) -> Vec<Option<f64>> {
    let number = arrow::compute::cast(batch.column_by_name(column).unwrap(), &DataType::Float64).unwrap();
    number.as_primitive::<Float64Type>().iter().collect()
}

/// Number and rows, by case.
fn by_case(batch: &RecordBatch, column: &str) -> BTreeMap<String, f64> {
    let ids = texts(batch, "case_id").into_iter().flatten();
    ids.zip(numbers(batch, column)).filter_map(|(id, value)| Some((id, value?))).collect()
}

fn sums(batch: &RecordBatch, column: &str) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for (id, value) in texts(batch, "case_id").into_iter().flatten().zip(numbers(batch, column)) {
        *sums.entry(id).or_default() += value.unwrap();
    }
    sums
}

/// A coefficient's column of the design, from the cohort's table by its name: `log2(x)`, `x=level` or `x`.
fn column(cases: &RecordBatch, name: &str) -> Vec<f64> {
    if let Some(inner) = name.strip_prefix("log2(") {
        let inner = inner.trim_end_matches(')');
        return numbers(cases, inner).into_iter().map(|value| value.unwrap().log2()).collect();
    }
    match name.split_once('=') {
        Some((of, level)) => texts(cases, of).iter().map(|value| f64::from(value.as_deref() == Some(level))).collect(),
        None => numbers(cases, name).into_iter().map(Option::unwrap).collect(),
    }
}

/// The full fit's linear predictor of every case it was fitted on, from the findings alone.
fn fitted(model: &Value, cases: &RecordBatch, tiles: Option<&BTreeMap<String, Vec<f64>>>) -> BTreeMap<String, f64> {
    let ids: Vec<String> = texts(cases, "case_id").into_iter().flatten().collect();
    let of_fit = |id: &String| tiles.is_none_or(|tiles| tiles.contains_key(id));
    let mut predictor: BTreeMap<String, f64> = ids.iter().filter(|id| of_fit(id)).map(|id| (id.clone(), 0.0)).collect();
    assert_eq!(predictor.len() as u64, model["cases"].as_u64().unwrap());
    for coefficient in model["records"].as_array().unwrap() {
        let values = column(cases, coefficient["column"].as_str().unwrap());
        let values: BTreeMap<&String, f64> = ids.iter().zip(values).filter(|(id, _)| of_fit(id)).collect();
        let mean = values.values().sum::<f64>() / values.len() as f64;
        let beta = coefficient["coefficient"].as_f64().unwrap();
        predictor.iter_mut().for_each(|(id, sum)| *sum += beta * (values[id] - mean));
    }
    if let Some(tiles) = tiles {
        let weights = &model["key_features"]["weights"];
        let centre = model["key_features"]["centre"].as_f64().unwrap();
        for (id, sum) in &mut predictor {
            let shares = tiles[id].iter().enumerate();
            *sum += shares.map(|(feature, share)| share * weights[feature].as_f64().unwrap()).sum::<f64>() - centre;
        }
    }
    predictor
}

/// Shares of tiles by key feature of the training cases.
fn shares(histograms: &RecordBatch) -> BTreeMap<String, Vec<f64>> {
    let mut shares: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let ids = texts(histograms, "case_id").into_iter().flatten();
    for (id, share) in ids.zip(numbers(histograms, "proportion")) {
        shares.entry(id).or_default().push(share.unwrap());
    }
    shares
}

#[track_caller]
fn near(ours: f64, reference: f64) {
    assert!((ours - reference).abs() < 1e-9, "{ours} is not {reference}");
}

const RECORDS: &str = "version: 1\ncohort:\n  tables: [{ name: men, uri: new-men.csv }]\n";

#[test]
fn new_cases_are_scored_by_the_frozen_model_or_refused_with_a_reason() {
    let Some(scoring) = Scoring::prepare() else { return };
    training_cases_get_the_figures_of_the_fit(&scoring);
    strangers_are_refused(&scoring);
    slides_that_cannot_be_used_cost_their_own_case_only(&scoring);
    what_is_frozen_cannot_be_changed(&scoring);
}

fn training_cases_get_the_figures_of_the_fit(scoring: &Scoring) {
    scoring.write_men("new-men.csv", &scoring.men());
    let slides = std::fs::read_to_string(scoring.study.input().join("slides.csv")).unwrap();
    scoring.put("new-slides.csv", &(slides.lines().take(SLIDES + 1).collect::<Vec<_>>().join("\n") + "\n"));
    let (code, said, to) = scoring.score(&format!("{RECORDS}slides: {{ table: new-slides.csv }}\n"), &[]);
    assert_eq!(code, Some(0), "{said}");
    let said: Value = serde_json::from_str(&said).unwrap();
    assert!(said["notes"].to_string().contains("no medical device"), "{said}");
    assert!(said["notes"].to_string().contains("no follow-up recorded"), "an exclusion that speaks of the outcome");

    let (findings, cases) = (scoring.json(Stage::Fit, "findings"), scoring.rows(Stage::Cohort, "cases"));
    let tiles = shares(&scoring.rows(Stage::Summarise, "histograms"));
    let by_records = fitted(&findings["records"]["done"], &cases, None);
    let by_both = fitted(&findings["records_and_images"]["done"], &cases, Some(&tiles));
    let (scores, parts) = (rows(&to.join("scores.parquet")), rows(&to.join("contributions.parquet")));
    let predictors = by_case(&scores, "linear_predictor");
    let models: Vec<Option<String>> = texts(&scores, "model");
    let (mut compared, mut with_images) = (0, 0);
    for (id, model) in texts(&scores, "case_id").into_iter().flatten().zip(&models) {
        let reference = match model.as_deref() {
            Some("records") => by_records.get(&id),
            Some("records_and_images") => by_both.get(&id),
            _ => None,
        };
        with_images += u32::from(model.as_deref() == Some("records_and_images"));
        // Men without follow-up are no training cases, but new cases they may be.
        if let Some(reference) = reference {
            near(predictors[&id], *reference);
            compared += 1;
        }
    }
    assert!(compared > 250, "{compared}");
    let count = |what: &str| said[what].as_u64().unwrap();
    assert_eq!(count("by_records") + count("by_records_and_images"), predictors.len() as u64);
    assert_eq!(count("by_records_and_images"), u64::from(with_images));
    assert!(with_images > 4, "{with_images}");

    contributions_add_up(&to, &parts, &predictors);
    risks_are_those_of_the_baseline(&findings, &scores);
    assessments_say_what_the_table_says(&to, &scores);
    let overlays = std::fs::read_dir(&to).unwrap().filter(|file| {
        let name = file.as_ref().unwrap().file_name().into_string().unwrap();
        name.starts_with("overlay-") && to.join(name.replace("overlay", "surface").replace("geojson", "png")).exists()
    });
    assert_eq!(overlays.count() as u64, u64::from(with_images), "one slide a case here");
}

fn contributions_add_up(to: &Path, parts: &RecordBatch, predictors: &BTreeMap<String, f64>) {
    let sums_of_parts = sums(parts, "contribution");
    assert_eq!(sums_of_parts.len(), predictors.len());
    sums_of_parts.iter().for_each(|(id, sum)| near(*sum, predictors[id]));
    let of_images = texts(parts, "part").into_iter().zip(texts(parts, "case_id")).zip(numbers(parts, "contribution"));
    let of_images = of_images.filter(|((part, _), _)| part.as_deref() == Some("images"));
    let tiles = sums(&rows(&to.join("risk.parquet")), "contribution");
    let slides = sums(&rows(&to.join("slide_scores.parquet")), "score");
    let mut cases = 0;
    for ((_, case), image) in of_images {
        let case = case.unwrap();
        near(tiles[&case], image.unwrap());
        near(slides[&case], image.unwrap());
        cases += 1;
    }
    assert_eq!(cases, tiles.len());
}

fn risks_are_those_of_the_baseline(findings: &Value, scores: &RecordBatch) {
    let (predictors, models) = (numbers(scores, "linear_predictor"), texts(scores, "model"));
    let (risks, lower) = (numbers(scores, "risk_5_years"), numbers(scores, "risk_5_years_lower"));
    let upper = numbers(scores, "risk_5_years_upper");
    for row in 0..scores.num_rows() {
        let Some(model) = &models[row] else { continue };
        let baseline = &findings[model]["done"]["baseline"];
        let times = baseline["time"].as_array().unwrap().iter().map(|time| time.as_f64().unwrap());
        let last = times.take_while(|time| *time <= 5.0).count() - 1;
        let hazard = baseline["cumulative_hazard"][last].as_f64().unwrap();
        near(risks[row].unwrap(), 1.0 - (-hazard * predictors[row].unwrap().exp()).exp());
        match model.as_str() {
            "records" => assert!(lower[row].unwrap() <= risks[row].unwrap() && risks[row] <= upper[row]),
            _ => assert_eq!((lower[row], upper[row]), (None, None), "a shrunk fit has no interval"),
        }
    }
}

fn assessments_say_what_the_table_says(to: &Path, scores: &RecordBatch) {
    let risks = by_case(scores, "risk_5_years");
    let text = std::fs::read_to_string(to.join("RiskAssessment.ndjson")).unwrap();
    assert_eq!(text.lines().count(), risks.len(), "refused cases have none");
    for line in text.lines() {
        let one: Value = serde_json::from_str(line).unwrap();
        let case = one["subject"]["identifier"]["value"].as_str().unwrap();
        let five = &one["prediction"][2];
        assert_eq!(five["whenRange"]["high"]["value"].as_f64(), Some(5.0));
        near(five["probabilityDecimal"].as_f64().unwrap() / 100.0, risks[case]);
        assert!(one["note"].to_string().contains("no medical device"), "{one}");
    }
}

/// Six men made of one who is in: each breaks one rule, or two.
fn strangers_are_refused(scoring: &Scoring) {
    let men = scoring.men();
    let good = men.iter().find(|man| man.iter().all(|cell| !cell.is_empty() && cell != "NA")).unwrap();
    let with = |id: &str, changes: &[(usize, &str)]| {
        let mut man = good.clone();
        id.clone_into(&mut man[0]);
        changes.iter().for_each(|(place, cell)| (*cell).clone_into(&mut man[*place]));
        man
    };
    let strangers = [
        with("n-1", &[]),
        with("n-2", &[(6, "4321.5")]),
        with("n-3", &[(5, "9")]),
        with("n-4", &[(1, "")]),
        with("n-5", &[(6, "0")]),
        with("n-6", &[(6, "4321.5"), (4, "7")]),
    ];
    scoring.write_men("new-men.csv", &strangers);
    let (code, said, to) = scoring.score(RECORDS, &[]);
    assert_eq!(code, Some(0), "{said}");
    let (range, level) = (
        "lies outside the range of the cases that the model was fitted on",
        "has a level that no case had that the model was fitted on",
    );
    let expected = BTreeSet::from([
        format!("`PreopPSA` {range}"),
        format!("`bGS` {level}"),
        "`Age` is missing".to_owned(),
        "`PreopPSA` is zero or negative".to_owned(),
        format!("`T.Stage` {level}; `PreopPSA` {range}"),
    ]);
    let scores = rows(&to.join("scores.parquet"));
    let refusals: BTreeSet<String> = texts(&scores, "refusal").into_iter().flatten().collect();
    assert_eq!(refusals, expected);
    assert_eq!(by_case(&scores, "linear_predictor").len(), 1, "the others go on");
    assert!(!said.contains("4321.5") && !said.contains("n-2"), "no value, no number of the hospital: {said}");
    assert!(texts(&scores, "case_id").iter().flatten().all(|id| !id.starts_with("n-")));
}

fn slides_that_cannot_be_used_cost_their_own_case_only(scoring: &Scoring) {
    let input = scoring.study.input();
    let table = std::fs::read_to_string(input.join("slides.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    let first = input.join(lines[1].rsplit(',').next().unwrap());
    let bytes = std::fs::read(&first).unwrap();
    std::fs::write(input.join("slides/broken.tiff"), &bytes[..bytes.len() / 3]).unwrap();
    let case = |line: &str| line.split(',').nth(1).unwrap().to_owned();
    let men: Vec<_> = scoring.men();
    let complete = |line: &&&str| {
        let case = case(line);
        men.iter().any(|man| man[0] == case && man.iter().all(|cell| !cell.is_empty() && cell != "NA"))
    };
    let chosen: Vec<_> = lines[1..].iter().filter(complete).take(3).collect();
    let (one, two, three) = (chosen[0], chosen[1], chosen[2]);
    scoring.write_men("new-men.csv", &men);
    let row = |line: &str, uri: Option<&str>, um: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        format!("{},{},{},{um}", cells[0], cells[1], uri.unwrap_or(cells[2]))
    };
    // A slide cut short, one of another resolution than the encoder's, a good one.
    let rows_of = [row(one, Some("slides/broken.tiff"), ""), row(two, None, "7.5"), row(three, None, "")];
    scoring.put("new-slides.csv", &format!("slide_id,case_id,uri,um_per_px\n{}\n", rows_of.join("\n")));
    let (code, said, to) = scoring.score(&format!("{RECORDS}slides: {{ table: new-slides.csv }}\n"), &[]);
    assert_eq!(code, Some(0), "{said}");
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["by_records_and_images"], 1, "{said}");
    let reasons: Vec<&String> = said["refused"].as_object().unwrap().keys().collect();
    assert_eq!(reasons.iter().filter(|reason| reason.starts_with("one of its slides cannot be used")).count(), 2);
    assert_eq!(rows(&to.join("slide_scores.parquet")).num_rows(), 1);
}

/// Last, since run and encoder are altered.
fn what_is_frozen_cannot_be_changed(scoring: &Scoring) {
    let expect = |new: &str, more: &[&str], code: i32, words: &str| {
        let (found, said, to) = scoring.score(new, more);
        assert_eq!(found, Some(code), "{said}");
        assert!(said.contains(words) && !said.contains("panicked"), "{words}: {said}");
        assert!(!to.exists(), "nothing is written: {words}");
    };
    expect(&format!("{RECORDS}  predictors: []\n"), &[], 2, "unknown field `predictors`");
    expect("version: 2\ncohort: { tables: [{ name: men, uri: new-men.csv }] }\n", &[], 2, "version 2");
    expect(&RECORDS.replace("new-men", "absent"), &[], 3, "men");
    let sql = format!("{RECORDS}  sql: SELECT man, 1 AS one FROM men\n");
    expect(&sql, &[], 3, "there is no column");
    let twice = format!("{RECORDS}  sql: SELECT * FROM men UNION ALL SELECT * FROM men\n");
    expect(&twice, &[], 4, "more than one row");
    expect(&format!("{RECORDS}  sql: SELECT * FROM men WHERE false\n"), &[], 2, "no case is left");
    let key = scoring.study.input().join("another.key");
    std::fs::write(&key, [7; 40]).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    expect(RECORDS, &["--site-key", key.to_str().unwrap()], 2, "another site key");

    let card = Path::new(&scoring.study.spec.encoder.folder).join("card.yaml");
    let text = std::fs::read_to_string(&card).unwrap();
    std::fs::write(&card, text.replace("name:", "name: other ")).unwrap();
    expect(&format!("{RECORDS}slides: {{ table: new-slides.csv }}\n"), &[], 2, "encoder is not the one");

    let manifest = scoring.store.join(format!("runs/{}/manifest.json", scoring.manifest().run));
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("\"name\":\"model\"", "\"name\":\"other\"")).unwrap();
    expect(RECORDS, &[], 2, "keeps no frozen model");
}
