//! The protocol from end to end.

use renkei_domain::spec::{self, ModelSpec};
use renkei_stats::{StatsError, cox::Ties};

use crate::{
    Cohort, Comparison, Findings, Fusion, HorizonProbability, Images, Impacts, ImportanceByHorizon, Input,
    MissingInformation, MissingValues, Model, ModelError, Outcome, PermutationNull, RiskGroups, Selection, Validation,
    calibration,
    check::check,
    compare::compare,
    curves,
    design::Design,
    fit::{Linear, fit, variances},
    fusion::{self, References, fuse},
    held_out::{Choice, HeldOut, predict_held_out},
    horizons::{Setting, groups, importance_by_horizon, landmarks},
    hospitals::by_hospital,
    impacts::impacts,
    method,
    missing::{self, Fill, Imputing, Prepared, describe_imputed, predict_imputed, prepare},
    model,
    null::permutation_null,
    order::canonical,
    penalty,
    resampled::{Plan, Resampled},
    scheme::Scheme,
    seeds::{Purpose, seed_for},
    selection::select,
    years::year_effects,
};

/// Runs the protocol (see [`Findings::method`] for it in words) on `input`.
///
/// Everything random comes from `seed`. Cases are worked on in an order of their own, so a table sorted in another way gives
/// the same findings, case by case. `horizons_years` are the times of the AUC; the largest ends the test of yearly effects.
///
/// # Errors
/// [`ModelError`] for input that allows no analysis: unequal lengths, values that are not finite or, where the settings allow no
/// gaps, missing, times not above zero, fewer
/// events than folds, a column of the records that is constant or collinear (named). What is impossible only in part, such as
/// separation, a horizon beyond follow-up or images without tiles, is an [`Outcome::Impossible`] in its place.
pub fn analyse(input: &Input, settings: &ModelSpec, seed: u64, horizons_years: &[f64]) -> Result<Findings, ModelError> {
    let folds = settings.folds as usize;
    let Checked { prepared, records, filled } = checked(input, settings, horizons_years)?;
    let input = &*prepared.input;
    let scheme = Scheme::new(input, &records, folds, seed_for(seed, Purpose::Folds))?;
    let protocol = Protocol {
        input,
        ties: ties(settings),
        folds,
        seed,
        bootstrap: Plan {
            replicates: settings.bootstrap as usize,
            seed: seed_for(seed, Purpose::Bootstrap),
            horizons_years,
        },
        permutations: settings.permutations as usize,
        missing: prepared.missing.as_ref(),
    };
    let mut findings = protocol.run((&records, &filled), &scheme)?;
    findings.method.extend(prepared.missing.as_ref().map(missing::method));
    Ok(findings)
}

/// Whether [`analyse`] would refuse `input`, in the time of one fit: so that a run is refused before its slides are read.
///
/// # Errors
/// As [`analyse`].
pub fn check_records(input: &Input, settings: &ModelSpec, horizons_years: &[f64]) -> Result<(), ModelError> {
    checked(input, settings, horizons_years).map(|_| ())
}

/// Input that can be analysed.
struct Checked<'a> {
    prepared: Prepared<'a>,
    /// All cases in their order, with their gaps.
    records: Design,
    /// The same with gaps filled by what all cases have: for the tables, never for a held-out case.
    filled: Design,
}

fn checked<'a>(input: &'a Input, settings: &ModelSpec, horizons_years: &[f64]) -> Result<Checked<'a>, ModelError> {
    check(input, settings.folds as usize, horizons_years)?;
    let prepared = prepare(input, settings)?;
    let input = &*prepared.input;
    let records = Design::records(input, &canonical(input));
    let filled = filled(&records).map_err(|column| ModelError::NothingObserved { column })?;
    let name = |column: usize| input.records.columns[column].name.clone();
    if let Some(column) = variances(&filled).iter().position(|variance| *variance == 0.0) {
        return Err(ModelError::Constant { column: name(column) });
    }
    match fit(&filled, ties(settings), 0.0) {
        Err(StatsError::Collinear { column }) => Err(ModelError::Collinear { column: name(column) }),
        _ => Ok(Checked { prepared, records, filled }),
    }
}

/// A design with its gaps filled by what its own cases have.
fn filled(design: &Design) -> Result<Design, String> {
    Ok(Fill::learn(design, design.has_gaps())?.apply(design.clone()))
}

pub(crate) fn ties(settings: &ModelSpec) -> Ties {
    match settings.ties {
        spec::Ties::Efron => Ties::Efron,
        spec::Ties::Breslow => Ties::Breslow,
    }
}

/// What all parts share.
struct Protocol<'a> {
    input: &'a Input,
    ties: Ties,
    folds: usize,
    seed: u64,
    bootstrap: Plan<'a>,
    permutations: usize,
    /// Gaps in the records, if there are any.
    missing: Option<&'a MissingValues>,
}

/// One model with the predictions that later parts use.
struct Assessed {
    model: Outcome<Model>,
    /// What gaps cost each coefficient; empty but under multiple imputation.
    information: Vec<MissingInformation>,
    held_out: Result<(HeldOut, Resampled), String>,
}

/// The parts that need images.
struct ImageFindings {
    images: Outcome<Model>,
    joint: Assessed,
    joint_against_records: Outcome<Comparison>,
    images_against_records: Outcome<Comparison>,
    fusion: Option<Fusion>,
    selection: Option<Selection>,
    impacts: Outcome<Impacts>,
    permutation_null: Outcome<PermutationNull>,
}

impl Protocol<'_> {
    fn run(&self, (records, filled): (&Design, &Design), scheme: &Scheme) -> Result<Findings, ModelError> {
        let alone = self.assess_records(records, scheme);
        let (with_tiles, tile_scheme) = self.with_tiles(records, scheme);
        let images = match self.usable_images(&with_tiles) {
            Ok(images) => self.image_findings(&with_tiles, &tile_scheme, images, &alone),
            Err(reason) => ImageFindings::impossible(&reason),
        };
        let year_seed = seed_for(self.seed, Purpose::YearTest);
        let Plan { replicates, horizons_years, .. } = self.bootstrap;
        let has_images = self.input.images.is_some();
        let mut folds = vec![0; records.rows()];
        records.cases.iter().zip(&scheme.fold).for_each(|(case, fold)| folds[*case] = *fold);
        Ok(Findings {
            method: method::describe(self.ties, &self.split(scheme), replicates, self.permutations, has_images),
            cohort: self.cohort(records, &with_tiles)?,
            folds,
            missing: self.missing.map(|missing| missing.with(alone.information.clone())),
            hospitals: scheme.hospitals().map(<[String]>::to_vec),
            survival: curves::curve(records)?,
            risk_groups: self.risk_groups(records, &alone, &with_tiles, &images.joint),
            year_effects: year_effects(filled, horizons_years, replicates, year_seed),
            records: alone.model,
            images: images.images,
            records_and_images: images.joint.model,
            joint_against_records: images.joint_against_records,
            images_against_records: images.images_against_records,
            landmarks: landmarks(filled, &self.input.records.columns, self.ties, horizons_years),
            importance: Some(self.importance((records, scheme), (&with_tiles, &tile_scheme), &images.joint.held_out)),
            fusion: images.fusion,
            selection: images.selection,
            impacts: images.impacts,
            permutation_null: images.permutation_null,
            baselines: Vec::new(),
        })
    }

    fn split(&self, scheme: &Scheme) -> method::Split {
        method::Split { folds: self.folds, hospitals: scheme.hospitals().map(<[String]>::len) }
    }

    fn assess_records(&self, records: &Design, scheme: &Scheme) -> Assessed {
        self.assess(records, scheme, |filled| Ok((fit(filled, self.ties, 0.0)?, None)))
    }

    /// A penalised model, its penalty chosen on all of its cases.
    fn assess_penalised(&self, design: &Design, scheme: &Scheme) -> Assessed {
        let seed = seed_for(self.seed, Purpose::WholeFolds);
        self.assess(design, scheme, |filled| {
            let penalty = penalty::choose(filled, self.ties, self.folds, seed)?;
            Ok((fit(filled, self.ties, penalty.multiple)?, Some(penalty)))
        })
    }

    fn assess(
        &self,
        design: &Design,
        scheme: &Scheme,
        fit: impl Fn(&Design) -> Result<(Linear, Option<crate::Penalty>), StatsError>,
    ) -> Assessed {
        let held_out = self.hold_out(design, scheme);
        let validation = held_out.as_ref().map_err(Clone::clone).and_then(|(held_out, resampled)| {
            let (mut event_probability, mut calibrations) = (Vec::new(), Vec::new());
            for (place, years) in self.bootstrap.horizons_years.iter().enumerate() {
                let probability = held_out.probability(place);
                let by_case = self.by_case(design, &probability);
                event_probability.push(HorizonProbability { years: *years, by_case });
                calibrations.push(calibration::at_horizon(design, &probability, *years));
            }
            Ok(Validation {
                linear_predictor: self.by_case(design, &held_out.predictor),
                event_probability,
                folds: held_out.folds.clone(),
                discrimination: resampled.discrimination()?,
                calibration: calibrations,
                by_hospital: by_hospital(design, scheme, held_out, self.bootstrap.horizons_years),
            })
        });
        let described = filled(design).and_then(|filled| {
            let (fitted, penalty) = fit(&filled).map_err(|error| filled.explain(&error))?;
            let (columns, validation) = (&self.input.records.columns, Outcome::from(validation));
            match self.imputing(design) {
                Some(imputing) => describe_imputed(design, columns, (self.ties, imputing), penalty, validation),
                None => model::describe(&filled, columns, self.ties, &fitted, penalty, validation)
                    .map(|model| (model, Vec::new())),
            }
        });
        match described {
            Ok((model, information)) => Assessed { model: Outcome::Done(model), information, held_out },
            Err(reason) => Assessed { model: Outcome::impossible(reason), information: Vec::new(), held_out },
        }
    }

    /// One value a row of the design as one a case of the input.
    fn by_case(&self, design: &Design, values: &[f64]) -> Vec<Option<f64>> {
        let mut by_case = vec![None; self.input.time_years.len()];
        design.cases.iter().zip(values).for_each(|(case, value)| by_case[*case] = Some(*value));
        by_case
    }

    fn hold_out(&self, design: &Design, scheme: &Scheme) -> Result<(HeldOut, Resampled), String> {
        let choice = Choice::Nested { folds: self.folds, seed: self.seed };
        let years = self.bootstrap.horizons_years;
        let held_out = match self.imputing(design) {
            Some(imputing) => predict_imputed(design, scheme, self.ties, choice, years, imputing)?,
            None => predict_held_out(design, scheme, self.ties, choice, years)?,
        };
        let resampled = Resampled::new(design, &held_out.predictor, &self.bootstrap);
        Ok((held_out, resampled))
    }

    /// How values are drawn for the gaps of a design; none where it has no gaps, or one value fills each.
    fn imputing(&self, design: &Design) -> Option<Imputing> {
        let imputations = self.missing?.imputations.filter(|_| design.has_gaps())?;
        Some(Imputing { imputations, seed: self.seed })
    }

    /// The cases with a tile and their folds.
    fn with_tiles(&self, records: &Design, scheme: &Scheme) -> (Design, Scheme) {
        let has_tile = |case: usize| self.input.images.as_ref().is_some_and(|i| i.row(case).iter().any(|n| *n > 0));
        let rows: Vec<usize> = (0..records.rows()).filter(|row| has_tile(records.cases[*row])).collect();
        (records.select(&rows), scheme.select(&rows))
    }

    fn usable_images(&self, with_tiles: &Design) -> Result<&Images, String> {
        let images = self.input.images.as_ref().ok_or("the study has no images")?;
        if with_tiles.rows() == 0 {
            return Err("no case has a tile".to_owned());
        }
        let (events, folds) = (with_tiles.events(), self.folds);
        if events < folds {
            return Err(format!("{events} events among the cases with tiles are too few for {folds} folds"));
        }
        Ok(images)
    }

    fn image_findings(&self, with_tiles: &Design, scheme: &Scheme, images: &Images, alone: &Assessed) -> ImageFindings {
        let both = with_tiles.with_proportions(images);
        let shares = both.shrunk_only();
        let joint = self.assess_penalised(&both, scheme);
        let only = self.assess_penalised(&shares, scheme);
        // Where every case has tiles, the records model was trained and held out on these very cases.
        let own = (with_tiles.rows() < alone.rows()).then(|| self.hold_out(with_tiles, scheme));
        let records = resampled(own.as_ref().unwrap_or(&alone.held_out));
        let ridge = resampled(&joint.held_out);
        let hospitals = scheme.hospitals().map(|_| &scheme.fold[..]);
        ImageFindings {
            joint_against_records: compare(with_tiles, ridge, records),
            images_against_records: compare(with_tiles, resampled(&only.held_out), records),
            fusion: Some(fuse(&self.fusion(&both, scheme), &References { records, ridge })),
            selection: Some(self.selection(&both, hospitals)),
            impacts: Outcome::from(impacts(with_tiles, images, self.ties, hospitals)),
            permutation_null: Outcome::from(self.permutation_null(&shares, scheme, &only)),
            images: only.model,
            joint,
        }
    }

    fn selection(&self, both: &Design, hospitals: Option<&[usize]>) -> Selection {
        match filled(both) {
            Ok(both) => select(&both, self.ties, hospitals, seed_for(self.seed, Purpose::Halves)),
            Err(reason) => {
                Selection { stability: Outcome::impossible(&reason), relevance: Outcome::impossible(&reason) }
            }
        }
    }

    fn fusion<'a>(&'a self, design: &'a Design, scheme: &'a Scheme) -> fusion::Setting<'a> {
        fusion::Setting {
            design,
            scheme,
            ties: self.ties,
            folds: self.folds,
            seed: self.seed,
            bootstrap: self.bootstrap,
            cases: self.input.time_years.len(),
        }
    }

    fn permutation_null(&self, shares: &Design, scheme: &Scheme, only: &Assessed) -> Result<PermutationNull, String> {
        let (held_out, _) = only.held_out.as_ref().map_err(Clone::clone)?;
        let median = median_penalty(held_out).ok_or("no penalty was chosen")?;
        let plan = (self.permutations, seed_for(self.seed, Purpose::Permutation));
        permutation_null(shares, scheme, self.ties, median, plan)
    }

    /// Of the joint model with its median penalty, or of the records where that has no held-out predictions.
    fn importance(
        &self,
        (records, scheme): (&Design, &Scheme),
        (with_tiles, tile_scheme): (&Design, &Scheme),
        joint: &Result<(HeldOut, Resampled), String>,
    ) -> ImportanceByHorizon {
        let shares = self.input.images.as_ref().map(|images| with_tiles.with_proportions(images));
        let penalty = joint.as_ref().ok().and_then(|(held_out, _)| median_penalty(held_out));
        let (design, scheme, multiple, model) = match (&shares, penalty) {
            (Some(both), Some(multiple)) => (both, tile_scheme, multiple, "records and images"),
            _ => (records, scheme, 0.0, "records"),
        };
        let horizons_years = self.bootstrap.horizons_years;
        let setting = Setting { design, scheme, ties: self.ties, multiple, horizons_years, seed: self.seed };
        let groups = groups(design, &self.input.records.columns);
        importance_by_horizon(&setting, &groups, model, self.permutations)
    }

    fn cohort(&self, records: &Design, with_tiles: &Design) -> Result<Cohort, ModelError> {
        Ok(Cohort {
            cases: records.rows(),
            events: records.events(),
            median_follow_up_years: curves::median_follow_up(records)?,
            longest_follow_up_years: curves::longest(records),
            cases_with_tiles: with_tiles.rows(),
            events_with_tiles: with_tiles.events(),
            cases_without_tiles: records.rows() - with_tiles.rows(),
        })
    }

    /// Thirds by the joint model, or by the records where that has no held-out predictions.
    fn risk_groups(
        &self,
        records: &Design,
        alone: &Assessed,
        with_tiles: &Design,
        joint: &Assessed,
    ) -> Outcome<RiskGroups> {
        let cases = self.input.time_years.len();
        let cut = |design: &Design, held_out: &HeldOut, name| {
            Outcome::from(curves::risk_groups(design, &held_out.predictor, name, cases))
        };
        match (&joint.held_out, &alone.held_out) {
            (Ok((held_out, _)), _) => cut(with_tiles, held_out, "records and images"),
            (Err(_), Ok((held_out, _))) => cut(records, held_out, "records"),
            (Err(_), Err(reason)) => Outcome::impossible(reason),
        }
    }
}

/// The figures of a model's held-out predictions, or why it has none.
fn resampled(held_out: &Result<(HeldOut, Resampled), String>) -> Result<&Resampled, &String> {
    held_out.as_ref().map(|(_, resampled)| resampled)
}

/// The median penalty that the folds chose, if they chose any.
fn median_penalty(held_out: &HeldOut) -> Option<f64> {
    let mut chosen: Vec<f64> = held_out.folds.iter().filter_map(|fold| fold.penalty_multiple).collect();
    chosen.sort_by(f64::total_cmp);
    chosen.get(chosen.len() / 2).copied()
}

impl Assessed {
    /// Cases with a held-out prediction.
    fn rows(&self) -> usize {
        self.held_out.as_ref().map_or(0, |(held_out, _)| held_out.predictor.len())
    }
}

impl ImageFindings {
    fn impossible(reason: &str) -> Self {
        Self {
            images: Outcome::impossible(reason),
            joint: Assessed {
                model: Outcome::impossible(reason),
                information: Vec::new(),
                held_out: Err(reason.to_owned()),
            },
            joint_against_records: Outcome::impossible(reason),
            images_against_records: Outcome::impossible(reason),
            fusion: None,
            selection: None,
            impacts: Outcome::impossible(reason),
            permutation_null: Outcome::impossible(reason),
        }
    }
}
