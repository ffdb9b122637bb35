//! Yearly hazard against R `glm(binomial)` on person-years (`tests/golden/stats.R`), its test and its bad input.

use super::golden::{Table, near};
use proptest::prelude::*;
use renkei_stats::{
    Predictors, StatsError,
    hazard::{
        Effects, HazardFit, Link, PersonYears, Shrinkage, YearEffectsTest, Years, fit, fit_shrunk, test_year_effects,
    },
    survival::Outcomes,
};

const TIGHT: f64 = 1e-9;

struct Cohort {
    time: Vec<f64>,
    event: Vec<bool>,
    values: Vec<f64>,
    columns: usize,
    years: Years,
}

impl Cohort {
    /// pbc312 with predictors standardised as in the reference.
    fn pbc() -> Option<Self> {
        let table = Table::read("pbc312.csv")?;
        let mut values = table.matrix(&["age", "edema", "lb", "la", "lp"]);
        let rows = values.len() as f64 / 5.0;
        for column in 0..5 {
            let own = || values.iter().skip(column).step_by(5);
            let mean = own().sum::<f64>() / rows;
            let deviation = (own().map(|v| (v - mean).powi(2)).sum::<f64>() / rows).sqrt();
            values.iter_mut().skip(column).step_by(5).for_each(|v| *v = (*v - mean) / deviation);
        }
        let years = Years::new(vec![1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        Some(Self { time: table.column("etime"), event: table.flags("st"), values, columns: 5, years })
    }

    /// 120 cases over three years with one event in three and a score from 0 to 10.
    fn plain() -> Self {
        let time = (0..120).map(|i| f64::from(i % 3) + if i % 7 == 0 { 0.5 } else { 1.0 }).collect();
        let event = (0..120).map(|i| i % 7 == 0 || i % 5 == 0).collect();
        let values = (0..120).map(|i| f64::from(i * 37 % 11)).collect();
        Self { time, event, values, columns: 1, years: Years::new(vec![1.0, 2.0, 3.0]).unwrap() }
    }

    fn outcomes(&self) -> Outcomes<'_> {
        Outcomes::new(&self.time, &self.event).unwrap()
    }

    fn predictors(&self) -> Predictors<'_> {
        Predictors::new(&self.values, self.columns).unwrap()
    }

    fn fit(&self, link: Link, effects: Effects) -> Result<HazardFit, StatsError> {
        fit(&self.outcomes(), &self.predictors(), &self.years, link, effects)
    }
}

fn parameters(fitted: &HazardFit) -> Vec<f64> {
    fitted.intercepts.iter().chain(&fitted.coefficients).copied().collect()
}

/// R lists the effects by predictor, then by year; ours stand by year, then by predictor.
fn by_year(of_r: &[f64]) -> Vec<f64> {
    let effects = (0..5).flat_map(|year| (0..5).map(move |column| 5 + column * 5 + year));
    (0..5).chain(effects).map(|place| of_r[place]).collect()
}

#[test]
fn logit_with_common_effects_equals_r() {
    let Some(cohort) = Cohort::pbc() else { return };
    let fitted = cohort.fit(Link::Logit, Effects::Common).unwrap();
    let coefficients = [
        -3.768257355793686,
        -3.8944928656064337,
        -2.2894703766479867,
        -2.3754521097358694,
        -2.322741710087303,
        0.27424398158132757,
        0.36679928958554486,
        1.0413493609166655,
        -0.3762956343714722,
        0.2652503516122164,
    ];
    let std_errors = [
        0.3257575528039683,
        0.3593775293455627,
        0.22631985976738717,
        0.27239655898421206,
        0.3178824751478384,
        0.12027930139191348,
        0.1138968218711814,
        0.13385130478976165,
        0.118624084750063,
        0.12432107871433733,
    ];
    near(&parameters(&fitted), &coefficients, TIGHT);
    near(&fitted.std_errors(), &std_errors, TIGHT);
    near(&[fitted.log_likelihood], &[-249.21719659532857], 1e-12);
    assert_eq!((fitted.person_years, fitted.events), (1259, 98));
}

#[test]
fn logit_with_effects_by_year_equals_r() {
    let Some(cohort) = Cohort::pbc() else { return };
    let fitted = cohort.fit(Link::Logit, Effects::ByYear).unwrap();
    let coefficients = [
        -4.333127291559622,
        -3.592970024034299,
        -2.59982564656896,
        -2.599080715307708,
        -2.5930002653087367,
        0.2544615835863977,
        0.43332592843455364,
        0.32090948845794753,
        -0.11387143491636258,
        0.8397360901270334,
        0.4695806289451233,
        0.4005314336695043,
        0.15085534960466862,
        0.778149885776673,
        -0.4995892139546015,
        0.7101993370244709,
        0.07213417411437457,
        1.6422580670424303,
        1.5198573078781505,
        1.5180637933714665,
        -0.5535755830041506,
        -0.31064177387399966,
        -0.08807685177000082,
        -0.5648863296660145,
        -0.8151755348921417,
        0.9218123909581823,
        0.6912779234142807,
        -0.23089322953412755,
        -0.056713059671232996,
        -0.22657906915475723,
    ];
    let std_errors = [
        0.5804831230053321,
        0.41010380302121446,
        0.30145862253775313,
        0.35111639625100644,
        0.41555125302175094,
        0.3306463614605171,
        0.3192532840027946,
        0.2145819594504165,
        0.27662903740278727,
        0.41190421070238736,
        0.20676235213846436,
        0.2599699522755779,
        0.26515171919132613,
        0.31960303275024954,
        0.687011073920045,
        0.3102778174487904,
        0.32646139849715117,
        0.2797990833428347,
        0.38307895367906447,
        0.46424373741731423,
        0.27191127890909145,
        0.3177269982403414,
        0.2309521179656621,
        0.2714431813341844,
        0.3909224437737681,
        0.2700997487821674,
        0.27251455831483223,
        0.26574178611454813,
        0.34145534484442464,
        0.3939351872397742,
    ];
    near(&parameters(&fitted), &by_year(&coefficients), TIGHT);
    near(&fitted.std_errors(), &by_year(&std_errors), TIGHT);
    near(&[fitted.log_likelihood], &[-227.02934030173145], 1e-12);
}

#[test]
fn cloglog_with_common_effects_equals_r() {
    let Some(cohort) = Cohort::pbc() else { return };
    let fitted = cohort.fit(Link::ComplementaryLogLog, Effects::Common).unwrap();
    let coefficients = [
        -3.5968707487546054,
        -3.7817804773401544,
        -2.4449954246487255,
        -2.4030394814487828,
        -2.39826065791476,
        0.2542929671165536,
        0.27478861347833833,
        0.8895569732075207,
        -0.32057119088912767,
        0.2247254931724068,
    ];
    let std_errors = [
        0.2781412016563138,
        0.3204687898577712,
        0.20584389207304551,
        0.23899885706533122,
        0.292766068469247,
        0.10558540234087667,
        0.09295002881359368,
        0.11213436975071055,
        0.09919286141312632,
        0.10943803331285584,
    ];
    near(&parameters(&fitted), &coefficients, TIGHT);
    near(&fitted.std_errors(), &std_errors, TIGHT);
    near(&[fitted.log_likelihood], &[-251.58707521061154], 1e-12);
    assert_eq!((fitted.person_years, fitted.events), (1259, 98));
}

#[test]
fn cloglog_with_effects_by_year_equals_r() {
    let Some(cohort) = Cohort::pbc() else { return };
    let fitted = cohort.fit(Link::ComplementaryLogLog, Effects::ByYear).unwrap();
    let coefficients = [
        -4.172691874744671,
        -3.613207039008802,
        -2.640687375506573,
        -2.682477010763247,
        -2.6450550160893758,
        0.3077292336935943,
        0.43404557701971125,
        0.25783035623859746,
        -0.11282545505441494,
        0.6534826876084822,
        0.3264977086533307,
        0.3975466605375835,
        0.09287276058919751,
        0.6132466426022684,
        -0.42964031990638296,
        0.6192758183156695,
        0.11250569766076199,
        1.3899874898539846,
        1.3473859418705567,
        1.2188170112903347,
        -0.4899219688501286,
        -0.2924791111837507,
        -0.05965666601903195,
        -0.5652721959880247,
        -0.7742790661770984,
        0.7969857421309555,
        0.5988519622193962,
        -0.31050577167864174,
        -0.0718243938525917,
        -0.269112376934073,
    ];
    let std_errors = [
        0.5100111975123017,
        0.4016105037069156,
        0.2776221692107086,
        0.3319245967665505,
        0.38882993957174994,
        0.2767555407607572,
        0.29246270511870165,
        0.17601759566358452,
        0.24717386749993595,
        0.36335040824098563,
        0.16192335734873303,
        0.22783079394505734,
        0.2048658631559701,
        0.23785064211819343,
        0.6389877114407965,
        0.2579742319673634,
        0.29815918738391345,
        0.22411308807273642,
        0.3187244135020022,
        0.37383749670581745,
        0.224321338497963,
        0.2931668665452767,
        0.19316485307283773,
        0.20349368703814882,
        0.348606159772167,
        0.21016054713268667,
        0.23378736821344379,
        0.22874758285686203,
        0.30534996011012877,
        0.3577994576158395,
    ];
    near(&parameters(&fitted), &by_year(&coefficients), TIGHT);
    near(&fitted.std_errors(), &by_year(&std_errors), TIGHT);
    near(&[fitted.log_likelihood], &[-228.56084601216753], 1e-12);
}

#[test]
fn the_year_test_equals_r_and_is_calibrated_by_bootstrap() {
    let Some(cohort) = Cohort::pbc() else { return };
    let (outcomes, predictors) = (cohort.outcomes(), cohort.predictors());
    let link = Link::ComplementaryLogLog;
    let test = test_year_effects(&outcomes, &predictors, &cohort.years, link, 99, 3).unwrap();
    near(&[test.statistic, test.p_asymptotic], &[46.05245839688803, 0.000792766604675439], TIGHT);
    assert_eq!((test.degrees, test.replicates, test.failed), (20, 99, 0));
    assert!((0.01..0.05).contains(&test.p_bootstrap), "{}", test.p_bootstrap);
    assert_eq!(test_year_effects(&outcomes, &predictors, &cohort.years, link, 99, 3).unwrap(), test);
    let logit = test_year_effects(&outcomes, &predictors, &cohort.years, Link::Logit, 1, 3).unwrap();
    near(&[logit.statistic, logit.p_asymptotic], &[44.37571258719424, 0.00133994106766996], TIGHT);
}

/// p values of the year test on drawn cohorts of 150 cases, three years and one predictor whose effect is `effects[year]`.
fn drawn_p_values(effects: [f64; 3], cohorts: u64) -> Vec<YearEffectsTest> {
    let mut state = 20_u64;
    // A small multiplicative generator: the draws of the test must not come from the code under test.
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let years = Years::new(vec![1.0, 2.0, 3.0]).unwrap();
    let mut test = |seed: u64| {
        let (mut values, mut time, mut event) = (vec![], vec![], vec![]);
        for _ in 0..150 {
            let x = 2.0 * uniform() - 1.0;
            let lost = if uniform() < 0.3 { (uniform() * 3.0).floor() + 0.5 } else { 3.0 };
            let died = (0..3).find(|year| uniform() < 1.0 - (-(effects[*year] * x - 2.0).exp()).exp());
            let death = died.map_or(f64::INFINITY, |year| year as f64 + 0.4);
            values.push(x);
            time.push(death.min(lost));
            event.push(death <= lost);
        }
        let (outcomes, predictors) = (Outcomes::new(&time, &event).unwrap(), Predictors::new(&values, 1).unwrap());
        test_year_effects(&outcomes, &predictors, &years, Link::ComplementaryLogLog, 39, seed).unwrap()
    };
    (0..cohorts).map(&mut test).collect()
}

#[test]
fn the_year_test_keeps_its_level_and_finds_planted_effects() {
    let share = |tests: &[YearEffectsTest], level: f64| {
        tests.iter().filter(|test| test.p_bootstrap <= level).count() as f64 / tests.len() as f64
    };
    let null = drawn_p_values([0.7, 0.7, 0.7], 200);
    // Binomial bounds of about three standard errors about 10 % and 50 % of 200.
    assert!((0.03..=0.17).contains(&share(&null, 0.1)), "{}", share(&null, 0.1));
    assert!((0.39..=0.61).contains(&share(&null, 0.5)), "{}", share(&null, 0.5));
    let planted = drawn_p_values([2.0, 0.0, -2.0], 20);
    assert!(share(&planted, 0.05) >= 0.9, "{}", share(&planted, 0.05));
}

#[test]
fn hazards_and_survival_go_together() {
    let cohort = Cohort::plain();
    for effects in [Effects::Common, Effects::ByYear] {
        let fitted = cohort.fit(Link::ComplementaryLogLog, effects).unwrap();
        let (hazards, survival) = (fitted.hazards(&[4.0]).unwrap(), fitted.survival(&[4.0]).unwrap());
        near(&[survival[2]], &[hazards.iter().map(|h| 1.0 - h).product::<f64>()], 1e-14);
        assert!(matches!(fitted.hazards(&[4.0, 1.0]), Err(StatsError::Length { .. })));
        // Units of a predictor do not matter.
        let mut moved = Cohort::plain();
        moved.values.iter_mut().for_each(|v| *v = 2000.0 + 0.1 * *v);
        let other = moved.fit(Link::ComplementaryLogLog, effects).unwrap();
        near(&other.hazards(&[2000.4]).unwrap(), &hazards, 1e-9);
        near(&other.std_errors()[3..], &fitted.std_errors()[3..].iter().map(|se| se * 10.0).collect::<Vec<_>>(), 1e-9);
    }
}

#[test]
fn shrinkage_leads_from_effects_by_year_to_common_ones() {
    let Some(cohort) = Cohort::pbc() else { return };
    let link = Link::ComplementaryLogLog;
    let shrunk = |ridge, fused| {
        let weights = Shrinkage { ridge, fused };
        fit_shrunk(&cohort.outcomes(), &cohort.predictors(), &cohort.years, link, &weights).unwrap()
    };
    let free = cohort.fit(link, Effects::ByYear).unwrap();
    near(&shrunk(0.0, 0.0).coefficients, &free.coefficients, 1e-8);
    let common = cohort.fit(link, Effects::Common).unwrap();
    let fused = shrunk(0.0, 1e8);
    for year in 0..5 {
        near(fused.effects_in(year), &common.coefficients, 1e-5);
    }
    near(&[fused.log_likelihood], &[common.log_likelihood], 1e-6);
    assert!(shrunk(1e6, 0.0).coefficients.iter().all(|effect| effect.abs() < 1e-3));
    assert!(shrunk(5.0, 5.0).std_errors()[5..].iter().zip(&free.std_errors()[5..]).all(|(a, b)| a < b));
}

#[test]
fn faults_of_the_data_are_named() {
    let link = Link::ComplementaryLogLog;
    let mut constant = Cohort::plain();
    constant.values.fill(2.0);
    assert_eq!(constant.fit(link, Effects::Common).unwrap_err(), StatsError::Constant { column: 0 });

    let mut twice = Cohort::plain();
    twice.values = twice.values.iter().flat_map(|v| [*v, 1.0 - 2.0 * v]).collect();
    twice.columns = 2;
    assert_eq!(twice.fit(link, Effects::Common).unwrap_err(), StatsError::Collinear { column: 1 });
    let expected = StatsError::YearNotIdentified { interval: 0, column: 1 };
    assert_eq!(twice.fit(link, Effects::ByYear).unwrap_err(), expected);

    let mut censored = Cohort::plain();
    censored.event.fill(false);
    let none = censored.fit(link, Effects::Common).unwrap_err();
    assert_eq!(none, StatsError::YearWithoutContrast { interval: 0 });

    let mut far = Cohort::plain();
    far.years = Years::new(vec![1.0, 2.0, 3.0, 40.0]).unwrap();
    assert_eq!(far.fit(link, Effects::Common).unwrap_err(), StatsError::YearWithoutContrast { interval: 3 });

    let cohort = Cohort::plain();
    let bad = Shrinkage { ridge: -1.0, fused: 0.0 };
    let refused = fit_shrunk(&cohort.outcomes(), &cohort.predictors(), &cohort.years, link, &bad);
    assert!(matches!(refused, Err(StatsError::Setting { .. })));
    let refused = test_year_effects(&cohort.outcomes(), &cohort.predictors(), &cohort.years, link, 0, 1);
    assert!(matches!(refused, Err(StatsError::Setting { .. })));
}

#[test]
fn separation_is_named_and_shrinkage_overcomes_it() {
    for link in [Link::ComplementaryLogLog, Link::Logit] {
        let mut all = Cohort::plain();
        all.values = all.event.iter().map(|event| f64::from(u8::from(*event))).collect();
        let by_year = all.fit(link, Effects::ByYear).unwrap_err();
        assert!(matches!(by_year, StatsError::InfiniteYearEffect { column: 0, .. }), "{by_year:?}");
        assert_eq!(all.fit(link, Effects::Common).unwrap_err(), StatsError::InfiniteCoefficient { column: 0 });
        let weights = Shrinkage { ridge: 1.0, fused: 1.0 };
        let shrunk = fit_shrunk(&all.outcomes(), &all.predictors(), &all.years, link, &weights).unwrap();
        assert!(shrunk.coefficients.iter().all(|effect| *effect > 0.0 && effect.is_finite()));
    }
}

proptest! {
    #[test]
    fn person_years_follow_from_times(rows in proptest::collection::vec((1u32..60, any::<bool>()), 1..50)) {
        let time: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 10.0).collect();
        let event: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let cut = PersonYears::new(&Outcomes::new(&time, &event).unwrap(), &Years::new(vec![1.0, 3.0, 5.0]).unwrap());
        let events = rows.iter().filter(|row| row.1 && row.0 <= 50).count();
        prop_assert_eq!(cut.events(), events);
        prop_assert_eq!(cut.rows(), cut.followed.iter().sum::<usize>());
    }
}
