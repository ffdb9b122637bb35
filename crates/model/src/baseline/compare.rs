//! Baselines beside the study's own models: the same held-out cases, the same bootstrap samples.

use std::collections::BTreeMap;

use renkei_domain::spec::{Baseline, ModelSpec, Refit};

use super::computed::{Computed, Formula, Risk};
use super::{capra, capra_s, postoperative, preoperative, preoperative_with_cores};
use crate::{
    BaselineFindings, Comparison, Findings, Input, Model, Outcome,
    design::Design,
    missing::prepare,
    order::canonical,
    protocol::ties,
    resampled::{Plan, Resampled},
    scheme::Scheme,
    seeds::{Purpose, seed_for},
};

/// Cells by column of the selected rows, as the source writes them, one a case; none where a value is missing.
pub type Cells = BTreeMap<String, Vec<Option<String>>>;

/// Adds what the baselines of `settings` reach on the cohort of `findings`, which [`crate::analyse`] made of the same
/// `input`, settings, seed and horizons. Cases that the records and images cannot tell apart stay in the input's order.
#[must_use]
pub fn with_baselines(
    mut findings: Findings,
    input: &Input,
    cells: &Cells,
    settings: &ModelSpec,
    seed: u64,
    horizons_years: &[f64],
) -> Findings {
    let plan =
        Plan { replicates: settings.bootstrap as usize, seed: seed_for(seed, Purpose::Bootstrap), horizons_years };
    // The analysis would have refused what cannot be prepared.
    let prepared = prepare(input, settings).map(|prepared| prepared.input);
    let input = prepared.as_deref().unwrap_or(input);
    let bench = Bench { input, cells, records: Design::records(input, &canonical(input)), settings, seed, plan };
    let found = settings.baselines.iter().map(|baseline| bench.beside(baseline, &findings)).collect();
    findings.baselines = found;
    findings.method.extend(method(&settings.baselines));
    findings
}

/// What all baselines share.
struct Bench<'a> {
    input: &'a Input,
    cells: &'a Cells,
    /// All cases in the canonical order.
    records: Design,
    settings: &'a ModelSpec,
    seed: u64,
    plan: Plan<'a>,
}

impl Bench<'_> {
    fn beside(&self, baseline: &Baseline, findings: &Findings) -> BaselineFindings {
        let computed = self.compute(baseline);
        let risk = computed.as_ref().map_or_else(|_| Vec::new(), |computed| computed.risk.clone());
        let rows = self.rows(&risk);
        let design = self.records.select(&rows);
        let assessed = computed.as_ref().map_err(Clone::clone).and_then(|_| match rows.is_empty() {
            true => Err("it is computable for no case".to_owned()),
            false => Ok(Resampled::new(&design, &values(&design, &risk), &self.plan)),
        });
        let against = |model: &Outcome<Model>| {
            let predictor = held_out(model)?;
            assessed.as_ref().map_err(Clone::clone)?;
            self.compare(predictor, &risk)
        };
        BaselineFindings {
            name: baseline.name().to_owned(),
            source: source(baseline).to_owned(),
            knows_specimen: baseline.knows_specimen(),
            cases: design.rows(),
            events: design.events(),
            discrimination: assessed.as_ref().map_err(Clone::clone).and_then(Resampled::discrimination).into(),
            records: against(&findings.records).into(),
            records_and_images: against(&findings.records_and_images).into(),
            not_computable: computed.as_ref().map_or_else(|_| Vec::new(), |found| found.not_computable.clone()),
            flagged: computed.map_or_else(|_| Vec::new(), |found| found.flagged),
        }
    }

    fn compute(&self, baseline: &Baseline) -> Result<Computed, String> {
        let formula: Formula = match baseline {
            Baseline::MskccPreoperative(of) if of.positive_cores.is_some() => {
                |inputs| preoperative_with_cores(inputs).map(Risk::from)
            }
            Baseline::MskccPreoperative(_) => |inputs| preoperative(inputs).map(Risk::from),
            Baseline::MskccPostoperative(_) => |inputs| postoperative(inputs).map(Risk::from),
            Baseline::Capra(_) => |inputs| capra(inputs).map(Risk::from),
            Baseline::CapraS(_) => |inputs| capra_s(inputs).map(Risk::from),
            Baseline::Refit(refit) => return self.refit(refit),
        };
        Ok(Computed::published(formula, &baseline.inputs(), self.cells, self.input.time_years.len()))
    }

    /// The re-fit, held out as the study's own models are: the folds are drawn as [`crate::analyse`] draws them.
    fn refit(&self, refit: &Refit) -> Result<Computed, String> {
        let (folds, seed) = (self.settings.folds as usize, seed_for(self.seed, Purpose::Folds));
        let scheme = Scheme::new(self.input, &self.records, folds, seed).map_err(|error| error.to_string())?;
        let groups: Vec<&str> = self.input.records.columns.iter().map(|column| column.group.as_str()).collect();
        Computed::refit(refit, &groups, &self.records, &scheme, ties(self.settings))
    }

    /// Rows of the canonical order whose case has a risk.
    fn rows(&self, risk: &[Option<f64>]) -> Vec<usize> {
        let has = |row: &usize| risk.get(self.records.cases[*row]).is_some_and(Option::is_some);
        (0..self.records.rows()).filter(has).collect()
    }

    /// A model of the study less the baseline, on the cases that both predict.
    fn compare(&self, model: &[Option<f64>], baseline: &[Option<f64>]) -> Result<Comparison, String> {
        let both: Vec<Option<f64>> = model.iter().zip(baseline).map(|(one, other)| one.and(*other)).collect();
        let design = self.records.select(&self.rows(&both));
        if design.rows() == 0 {
            return Err("no case has a prediction of both".to_owned());
        }
        let resampled = |risk: &[Option<f64>]| Resampled::new(&design, &values(&design, risk), &self.plan);
        let (concordance, auc) = resampled(model).against(&resampled(baseline))?;
        Ok(Comparison { cases: design.rows(), events: design.events(), concordance, auc })
    }
}

/// The risks of the design's cases, in its order; all of them have one.
fn values(design: &Design, risk: &[Option<f64>]) -> Vec<f64> {
    design.cases.iter().filter_map(|case| risk[*case]).collect()
}

fn held_out(model: &Outcome<Model>) -> Result<&[Option<f64>], String> {
    let reason = |reason: Option<&str>| reason.unwrap_or_default().to_owned();
    let model = model.done().ok_or_else(|| reason(model.reason()))?;
    let validation = model.validation.done().ok_or_else(|| reason(model.validation.reason()))?;
    Ok(&validation.linear_predictor)
}

fn source(baseline: &Baseline) -> &'static str {
    match baseline {
        Baseline::MskccPreoperative(_) | Baseline::MskccPostoperative(_) => {
            "Memorial Sloan Kettering Cancer Center, coefficients of 2 June 2022"
        }
        Baseline::Capra(_) => "Cooperberg et al. 2005",
        Baseline::CapraS(_) => "Cooperberg et al. 2011",
        Baseline::Refit(_) => "Cox model fitted here, in the same folds",
    }
}

fn method(baselines: &[Baseline]) -> Vec<String> {
    if baselines.is_empty() {
        return Vec::new();
    }
    let named = |baseline: &Baseline| match baseline {
        Baseline::Refit(refit) => format!("{} ({}: {})", refit.name, source(baseline), refit.columns.join(", ")),
        _ => format!("{} ({})", baseline.name(), source(baseline)),
    };
    let named: Vec<String> = baselines.iter().map(named).collect();
    vec![format!(
        "Baselines: {}. A published model is computed as published: nothing is fitted, imputed or clamped, and a case \
         that lacks an input, has a level that the model does not know, or a PSA above 50 ng/ml in a model of MSKCC is \
         not computable and is counted. A model of the study and a baseline are compared on the cases that both \
         predict, the study's model by its held-out predictions.",
        named.join("; ")
    )]
}
