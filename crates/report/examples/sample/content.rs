//! Invented content of a whole report. No number here was measured on anyone.

use renkei_report::{
    AttritionStep, Baseline, CalibrationAt, CalibrationPoint, Chosen, Coefficient, CohortTable, CohortVariable,
    CurvePoint, DataNature, DataSource, DecisionPoint, EncoderIdentity, Estimate, GroupCounts, HorizonEstimate,
    HorizonSupport, HospitalResult, ImportanceAt, ImportanceSection, KeyFeature, KeyFeatures, LandmarkModel,
    LeakageRefusal, LevelCounts, LikelihoodRatioTest, LogRank, ModelKind, ModelResult, ModelValidation, NullResult,
    Nulls, PairedDifference, Part, Provenance, QualityFinding, Quartiles, RankChange, ReportContent, RunIdentity,
    SurvivalCurve, SurvivalSection, ValidationSection, VariableSummary, YearlyEffects,
};

use super::slides;

/// The warning on every figure that rests on images.
pub(crate) const BANNER: &str = "Sample: every number and picture here is invented to show the layout. The link between image \
                          and outcome was planted; it says nothing about patients.";

/// The whole sample.
pub(crate) fn sample() -> ReportContent {
    ReportContent {
        title: "Sample report: recurrence after prostatectomy, records and images".to_owned(),
        banner: Some(BANNER.to_owned()),
        identity: identity(),
        sources: sources(),
        attrition: attrition(),
        refusals: vec![LeakageRefusal {
            predictor: "PSA at six weeks".to_owned(),
            why: "measured after the index date in 402 of 412 cases".to_owned(),
        }],
        quality: vec![
            quality("ADT-12", "PID-7 birth date", "date lies after the admission", 3),
            quality("OML-11", "OBX-5 value", "result belongs to another patient's folder", 11),
            quality("OMP-01", "message", "cancelled by a later message", 1_204),
        ],
        cohort: cohort(),
        survival: Part::Done(survival()),
        models: vec![records(), images(), both()],
        differences: differences(),
        validation: Part::Done(validation()),
        baselines: vec![baseline()],
        yearly: Part::Done(yearly()),
        importance: Part::Done(importance()),
        key_features: Part::Done(key_features()),
        slides: Part::Done(slides::slides()),
        nulls: Nulls {
            label_permutation: Part::Done(null("out-of-fold C, records and images", 0.742, 0.501, 0.005)),
            random_encoder: Part::Done(null("gain in out-of-fold C over records", 0.031, 0.002, 0.010)),
        },
        limitations: vec![
            "No external validation: all cases come from one invented hospital.".to_owned(),
            "Competing deaths were censored; no Fine-Gray model was fitted.".to_owned(),
        ],
        provenance: Provenance {
            command: "renkei run sample.yaml --out sample-run".to_owned(),
            notes: vec!["The tables behind every figure lie beside this page as Parquet.".to_owned()],
        },
    }
}

fn importance() -> ImportanceSection {
    let at = |years: f64, shapley: [f64; 3]| ImportanceAt {
        horizon_days: 365.25 * years,
        auc: 0.5 + shapley.iter().sum::<f64>(),
        shapley: Some(shapley.to_vec()),
        permutation: shapley.map(|value| 0.8 * value).to_vec(),
    };
    let landmark = |from: f64, to: f64, coefficients| LandmarkModel {
        from_days: 365.25 * from,
        to_days: 365.25 * to,
        cases: 412,
        events: 31,
        coefficients,
    };
    let row = |predictor: &str, value: f64| Coefficient {
        predictor: predictor.to_owned(),
        log_hazard_ratio: Estimate::with_interval(value, value - 0.3, value + 0.3),
        p: Some(0.02),
    };
    ImportanceSection {
        model: "records and images".to_owned(),
        rests_on_images: true,
        predictors: ["PSA", "Gleason", "images"].map(str::to_owned).to_vec(),
        horizons: vec![at(3.0, [0.12, 0.08, 0.02]), at(8.0, [0.04, 0.09, 0.11])],
        rank_change: Part::Done(RankChange {
            between_days: (1095.75, 2922.0),
            observed: 4.0,
            null_mean: 2.6,
            replicates: 20,
            p: 0.19,
        }),
        landmarks: vec![
            landmark(0.0, 3.0, Part::Done(vec![row("PSA (per doubling)", 0.5), row("Gleason 4+3", 0.7)])),
            landmark(3.0, 8.0, Part::absent("4 events between the two; a model needs 10.")),
        ],
    }
}

fn validation() -> ValidationSection {
    let at = |years: f64, shift: f64| CalibrationAt {
        horizon_days: 365.25 * years,
        groups: (0..5)
            .map(|group| {
                let expected = 0.05 + 0.1 * f64::from(group) + shift;
                let observed = expected + 0.02 * f64::from(group - 2);
                let observed = Some(Estimate::with_interval(observed, observed - 0.04, observed + 0.05));
                CalibrationPoint { cases: 82, events: 9, expected, observed }
            })
            .collect(),
        ratio: Some(Estimate::with_interval(1.04, 0.86, 1.25)),
        slope: Some(Estimate::with_interval(0.91, 0.70, 1.12)),
        in_the_large: Some(Estimate::with_interval(0.03, -0.15, 0.21)),
        brier: Some((0.131, 0.152)),
        decision: (1..=40)
            .map(|per_cent| {
                let threshold = f64::from(per_cent) / 100.0;
                let treat_all = 0.24 - 0.76 * threshold / (1.0 - threshold);
                DecisionPoint { threshold, model: Some(treat_all.max(0.1 - 0.2 * threshold)), treat_all }
            })
            .collect(),
    };
    let support =
        |years: f64, reliable| HorizonSupport { horizon_days: 365.25 * years, events: 61, at_risk: 212, reliable };
    let hospital = |name: &str, c: f64| HospitalResult {
        name: name.to_owned(),
        cases: 96,
        events: 21,
        c_index: Some(Estimate::with_interval(c, c - 0.1, c + 0.1)),
        ratios: vec![Some(Estimate::with_interval(1.1, 0.7, 1.6)), None],
    };
    let model = |name: &str, rests_on_images| ModelValidation {
        name: name.to_owned(),
        rests_on_images,
        calibration: vec![at(3.0, 0.0), at(8.0, 0.12)],
        hospitals: vec![hospital("North", 0.71), hospital("South", 0.66)],
        small_hospitals: (3, 31, 4),
    };
    ValidationSection {
        scheme: "Each of 5 invented hospitals was held out in turn.".to_owned(),
        horizons: vec![support(3.0, true), support(8.0, false)],
        models: vec![model("records", false), model("records and images", true)],
    }
}

fn identity() -> RunIdentity {
    RunIdentity {
        run_id: "run-sample-0001".to_owned(),
        spec_digest: "5f1d0c8b3f2e4a7796c1e0d4b8a2937c5f1d0c8b3f2e4a7796c1e0d4b8a2937c".to_owned(),
        encoder: Some(EncoderIdentity {
            name: "sample-encoder".to_owned(),
            digest: "a91b77c2d04e6f8813579bdf02468ace13579bdf02468acea91b77c2d04e6f88".to_owned(),
            licence: "Apache-2.0".to_owned(),
        }),
        execution_class: "onnxruntime 1.23 · CPU · avx2".to_owned(),
        software_version: "0.1.0".to_owned(),
        merkle_root: Some("c0ffee11d04e6f8813579bdf02468ace13579bdf02468acea91b77c2d04e6f88".to_owned()),
    }
}

fn sources() -> Vec<DataSource> {
    let source = |name: &str, nature, statement: &str| DataSource {
        name: name.to_owned(),
        nature,
        statement: statement.to_owned(),
    };
    vec![
        source("Hospital records", DataNature::Synthetic, "Invented for this sample; no person is described."),
        source("Slides", DataNature::Synthetic, "Drawn from sines; there is no tissue behind them."),
        source(
            "Link from image to outcome",
            DataNature::Planted,
            "Set by hand, so that the layout has something to show.",
        ),
    ]
}

fn attrition() -> Vec<AttritionStep> {
    let step = |step: &str, remaining, excluded, reason: &str| AttritionStep {
        step: step.to_owned(),
        remaining,
        excluded,
        reason: reason.to_owned(),
    };
    vec![
        step("Persons in the records", 1_873, 0, ""),
        step("Radical prostatectomy with a date", 486, 1_387, "no prostatectomy, or none with a date"),
        step("PSA within 90 days before surgery", 431, 55, "no PSA in the window"),
        step("At least one biopsy slide with a resolution", 412, 19, "no slide, or its resolution is unknown"),
    ]
}

fn quality(source: &str, column: &str, rule: &str, count: u64) -> QualityFinding {
    QualityFinding { source: source.to_owned(), column: column.to_owned(), rule: rule.to_owned(), count }
}

fn counts(overall: u64, with_event: u64) -> GroupCounts {
    GroupCounts { overall, with_event, without_event: overall - with_event }
}

fn cohort() -> CohortTable {
    let continuous = |name: &str, unit: Option<&str>, missing, all: [f64; 3], with: [f64; 3], without: [f64; 3]| {
        let quartiles = |[q1, median, q3]: [f64; 3]| Quartiles { q1, median, q3 };
        CohortVariable {
            name: name.to_owned(),
            unit: unit.map(str::to_owned),
            missing,
            summary: VariableSummary::Continuous {
                overall: quartiles(all),
                with_event: quartiles(with),
                without_event: quartiles(without),
            },
        }
    };
    let categorical = |name: &str, missing, levels: &[(&str, u64, u64)]| CohortVariable {
        name: name.to_owned(),
        unit: None,
        missing,
        summary: VariableSummary::Categorical {
            levels: levels
                .iter()
                .map(|(level, all, with)| LevelCounts { level: (*level).to_owned(), counts: counts(*all, *with) })
                .collect(),
        },
    };
    CohortTable {
        cases: counts(412, 127),
        follow_up_median_days: Some(2_203.0),
        variables: vec![
            continuous("Age at surgery", Some("years"), 0, [60.0, 65.0, 70.0], [61.0, 66.0, 71.0], [60.0, 65.0, 69.0]),
            continuous("PSA before surgery", Some("ng/ml"), 0, [5.1, 7.2, 11.4], [6.9, 10.3, 17.8], [4.8, 6.4, 9.1]),
            categorical("Biopsy grade group", 4, &[("1", 118, 17), ("2", 146, 35), ("3", 82, 34), ("4 or 5", 62, 39)]),
            categorical("Clinical stage", 9, &[("T1", 214, 51), ("T2", 163, 58), ("T3", 26, 15)]),
        ],
    }
}

fn curve(label: &str, cases: u64, events: u64, rate: f64) -> SurvivalCurve {
    let point = |step: u32| {
        let day = f64::from(step) * 61.0;
        let survival = (-rate * day / 365.25).exp();
        let half = 1.96 * (survival * (1.0 - survival) / cases as f64).sqrt() * (1.0 + day / 4_000.0);
        CurvePoint { day, survival, low: (survival - half).max(0.0), high: (survival + half).min(1.0) }
    };
    let at_risk = |year: u32| (cases as f64 * (-(rate + 0.07) * f64::from(year)).exp()).round() as u64;
    SurvivalCurve {
        label: label.to_owned(),
        cases,
        events,
        points: (0..60).map(point).collect(),
        at_risk: (0..=10).map(at_risk).collect(),
    }
}

fn survival() -> SurvivalSection {
    SurvivalSection {
        endpoint: "Biochemical recurrence (first of two PSA values of 0.2 ng/ml or more)".to_owned(),
        grouping: "tertiles of the out-of-fold linear predictor, records and images".to_owned(),
        overall: curve("All cases", 412, 127, 0.055),
        groups: vec![
            curve("Lowest third", 138, 19, 0.019),
            curve("Middle third", 137, 38, 0.049),
            curve("Highest third", 137, 70, 0.125),
        ],
        at_risk_days: (0..=10).map(|year| f64::from(year) * 365.25).collect(),
        log_rank: Some(LogRank { statistic: 58.31, df: 2, p: 2.2e-13 }),
        rests_on_images: true,
    }
}

fn coefficient(predictor: &str, value: f64, half: f64, p: f64) -> Coefficient {
    Coefficient {
        predictor: predictor.to_owned(),
        log_hazard_ratio: Estimate::with_interval(value, value - half, value + half),
        p: Some(p),
    }
}

fn model(name: &str, kind: ModelKind, c: f64, auc: [f64; 2], coefficients: Vec<Coefficient>) -> ModelResult {
    let horizon = |years: f64, value: f64| HorizonEstimate {
        horizon_days: years * 365.25,
        estimate: Estimate::with_interval(value, value - 0.051, value + 0.049),
    };
    ModelResult {
        name: name.to_owned(),
        kind,
        method: "Cox, Efron ties, five folds by hospital".to_owned(),
        cases: 412,
        events: 127,
        coefficients,
        c_index: Some(Estimate::with_interval(c, c - 0.042, c + 0.040)),
        auc: vec![horizon(2.0, auc[0]), horizon(5.0, auc[1])],
    }
}

fn record_coefficients() -> Vec<Coefficient> {
    vec![
        coefficient("PSA (per doubling)", 0.412, 0.181, 0.000_008),
        coefficient("Grade group (per step)", 0.538, 0.172, 0.000_000_1),
        coefficient("Clinical stage T3", 0.291, 0.402, 0.156),
        coefficient("Age (per ten years)", -0.043, 0.230, 0.714),
    ]
}

fn records() -> ModelResult {
    model("Records only", ModelKind::Records, 0.711, [0.734, 0.721], record_coefficients())
}

fn image_coefficients() -> Vec<Coefficient> {
    vec![
        coefficient("Key feature 17 (per SD)", 0.311, 0.160, 0.000_14),
        coefficient("Key feature 42 (per SD)", -0.187, 0.171, 0.032),
    ]
}

fn images() -> ModelResult {
    model("Images only", ModelKind::Images, 0.648, [0.655, 0.661], image_coefficients())
}

fn both() -> ModelResult {
    let coefficients = [record_coefficients(), image_coefficients()].concat();
    model("Records and images", ModelKind::RecordsAndImages, 0.742, [0.768, 0.757], coefficients)
}

fn differences() -> Vec<PairedDifference> {
    let difference = |measure: &str, value: f64, half: f64, reference: f64, p: f64| PairedDifference {
        measure: measure.to_owned(),
        model: "Records and images".to_owned(),
        reference: "Records only".to_owned(),
        difference: Estimate::with_interval(value, value - half, value + half),
        relative: Some(Estimate::with_interval(
            value / reference,
            (value - half) / reference,
            (value + half) / reference,
        )),
        p: Some(p),
        rests_on_images: true,
    };
    vec![difference("C", 0.031, 0.024, 0.711, 0.011), difference("AUC at 5 years", 0.036, 0.031, 0.721, 0.023)]
}

fn baseline() -> Baseline {
    let against = |difference: PairedDifference| PairedDifference { reference: "CAPRA-S".to_owned(), ..difference };
    Baseline {
        name: "CAPRA-S".to_owned(),
        source: "Cooperberg et al. 2011".to_owned(),
        knows_specimen: true,
        cases: 377,
        events: 112,
        not_computable: vec![("surgical margin is missing".to_owned(), 31)],
        flagged: Vec::new(),
        c_index: Some(Estimate::with_interval(0.702, 0.651, 0.748)),
        auc: vec![HorizonEstimate { horizon_days: 1826.25, estimate: Estimate::with_interval(0.712, 0.655, 0.769) }],
        differences: differences().into_iter().map(against).collect(),
        missing: vec!["not compared with the records model: it was not fitted".to_owned()],
    }
}

fn yearly() -> YearlyEffects {
    let row = |start: f64, step: f64| -> Vec<Option<Estimate>> {
        (0..8)
            .map(|year| {
                let (value, half) = (start + step * f64::from(year), 0.21 + 0.05 * f64::from(year));
                (year < 7 || start < 0.5).then(|| Estimate::with_interval(value, value - half, value + half))
            })
            .collect()
    };
    YearlyEffects {
        years: (1..=8).map(|year| format!("Year {year}")).collect(),
        events: vec![41, 27, 19, 14, 10, 8, 5, 3],
        predictors: ["PSA (per doubling)", "Grade group (per step)", "Age (per ten years)", "Key feature 17 (per SD)"]
            .map(str::to_owned)
            .to_vec(),
        effects: vec![row(0.71, -0.08), row(0.55, 0.01), row(-0.05, 0.01), row(0.12, 0.06)],
        method: "complementary log-log, ridge towards the common effect".to_owned(),
        test: Part::Done(LikelihoodRatioTest {
            statistic: 41.83,
            df: 28,
            p_asymptotic: 0.0451,
            p_bootstrap: Some(0.0738),
            replicates: 499,
        }),
        rests_on_images: true,
    }
}

fn key_features() -> KeyFeatures {
    let feature = |index: u64, tiles, cases, value: f64, p: f64| KeyFeature {
        index,
        tiles,
        cases,
        impact: Estimate::with_interval(value, value - 0.16, value + 0.16),
        p_adjusted: Some(p),
        chosen: Some(Chosen {
            folds: Some((if p < 0.05 { 5 } else { 1 }, 5)),
            stability: Some(if p < 0.05 { 0.86 } else { 0.11 }),
            place: (p < 0.05).then_some(1),
        }),
        exemplars: (0..4).map(|copy| slides::exemplar(index as f64 + 1.7 * f64::from(copy))).collect(),
    };
    KeyFeatures {
        method: "PCA to 64 dimensions, k-means with 100 clusters".to_owned(),
        clusters: 100,
        tested: 87,
        adjustment: "Benjamini-Hochberg".to_owned(),
        selection: vec![
            "Key feature 17 is stable: chosen in at least 75 % of 100 halves of the cases (at most 0.6 expected by chance)."
                .to_owned(),
        ],
        features: vec![
            feature(17, 18_322, 211, 0.311, 0.012),
            feature(42, 9_871, 164, -0.187, 0.21),
            feature(3, 30_114, 398, 0.102, 0.44),
        ],
    }
}

fn null(measure: &str, observed: f64, mean: f64, p: f64) -> NullResult {
    NullResult {
        measure: measure.to_owned(),
        observed,
        null_mean: mean,
        null_range: Some((mean - 0.05, mean + 0.05)),
        p: Some(p),
        replicates: 199,
        rests_on_images: true,
    }
}
