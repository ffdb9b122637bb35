//! Cases and their outcomes, drawn from a truth.

use rand::RngExt;
use rand_chacha::ChaCha12Rng;

use crate::{
    Distribution, Hospital, Library, PlantedError, Truth,
    draw::{Purpose, choice, exponential, generator, normal},
};

/// Synthetic cases with their tiles, before any outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    /// Hospital of every case.
    pub hospital: Vec<usize>,
    /// Cases by records, row-major.
    pub records: Vec<f64>,
    /// Case of every tile, ascending.
    pub tile_case: Vec<usize>,
    /// Kind of tissue of every tile: known here, never shown to the analysis.
    pub tile_kind: Vec<usize>,
    /// Tiles by columns of the library, row-major.
    pub features: Vec<f32>,
    /// Cases by kinds, row-major: the shares of a case's tiles.
    pub shares: Vec<f64>,
    seed: u64,
}

/// What became of the cases.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUp {
    /// Years to the event or to the loss, one a case.
    pub time_years: Vec<f64>,
    /// Whether it was the event.
    pub event: Vec<bool>,
}

impl Cohort {
    /// Draws cases. A case depends on `seed` and its number only; truths that differ in effects, baselines or loss alone give
    /// the same cases.
    ///
    /// # Errors
    /// `Truth` when the truth does not fit itself or the library.
    pub fn draw(truth: &Truth, library: &Library, seed: u64) -> Result<Self, PlantedError> {
        truth.check(library.kinds())?;
        let stain = |hospital: usize| stain(&truth.hospitals[hospital], hospital, library, seed);
        let stains: Vec<Vec<f32>> = (0..truth.hospitals.len()).map(stain).collect();
        let mut cohort = Self {
            hospital: Vec::with_capacity(truth.cases),
            records: Vec::with_capacity(truth.cases * truth.records.len()),
            tile_case: Vec::new(),
            tile_kind: Vec::new(),
            features: Vec::new(),
            shares: Vec::with_capacity(truth.cases * library.kinds()),
            seed,
        };
        let sizes: Vec<f64> = truth.hospitals.iter().map(|hospital| hospital.size).collect();
        for case in 0..truth.cases {
            let mut generator = generator(seed, Purpose::Case(case));
            let hospital = choice(&sizes, &mut generator);
            cohort.hospital.push(hospital);
            cohort.add_records(truth, &truth.hospitals[hospital], &mut generator);
            cohort.add_tiles(truth, case, (library, &stains[hospital]), &mut generator);
        }
        Ok(cohort)
    }

    fn add_records(&mut self, truth: &Truth, hospital: &Hospital, generator: &mut ChaCha12Rng) {
        self.records.extend(truth.records.iter().map(|record| match record.distribution {
            Distribution::Normal => hospital.records + normal(generator),
            Distribution::Binary(chance) => f64::from(u8::from(generator.random::<f64>() < chance)),
        }));
    }

    /// A mosaic: weights of the kinds of tissue, then tiles of the library by these weights, with replacement.
    fn add_tiles(
        &mut self,
        truth: &Truth,
        case: usize,
        (library, stain): (&Library, &[f32]),
        generator: &mut ChaCha12Rng,
    ) {
        let mix = &truth.hospitals[self.hospital[case]].tissues;
        let log_weights = truth.tissues.iter().zip(mix).map(|(tissue, mix)| tissue.weight + mix);
        let weights: Vec<f64> =
            log_weights.map(|weight| (weight + truth.tissue_spread * normal(generator)).exp()).collect();
        let tiles = generator.random_range(truth.tiles.0..=truth.tiles.1);
        let mut counts = vec![0_u32; weights.len()];
        for _ in 0..tiles {
            let kind = choice(&weights, generator);
            let of_kind = library.of_kind(kind);
            let row = of_kind[generator.random_range(0..of_kind.len())];
            self.features.extend(library.tile(row).iter().zip(stain).map(|(value, shift)| value + shift));
            self.tile_case.push(case);
            self.tile_kind.push(kind);
            counts[kind] += 1;
        }
        self.shares.extend(counts.iter().map(|count| f64::from(*count) / f64::from(tiles)));
    }

    /// Draws what became of the cases under `truth`, which may differ from the truth they were drawn from in effects,
    /// baselines and loss: the years in turn, by the hazard of [`Truth`]. Within a year the hazard is constant.
    pub fn follow(&self, truth: &Truth) -> FollowUp {
        let cases = self.hospital.len();
        let mut found = FollowUp { time_years: Vec::with_capacity(cases), event: Vec::with_capacity(cases) };
        for case in 0..cases {
            let mut generator = generator(self.seed, Purpose::FollowUp(case));
            let lost = self.loss(truth, case, &mut generator);
            let event = self.event(truth, case, &mut generator).filter(|event| *event <= lost);
            found.time_years.push(event.unwrap_or(lost));
            found.event.push(event.is_some());
        }
        found
    }

    /// Years to the loss: whichever comes first of the one that depends on nothing and the one of the hospital.
    fn loss(&self, truth: &Truth, case: usize, generator: &mut ChaCha12Rng) -> f64 {
        let (from, to) = truth.hospitals[self.hospital[case]].followed;
        let of_hospital = from + (to - from) * generator.random::<f64>();
        let of_all = if truth.loss > 0.0 { exponential(generator) / truth.loss } else { f64::INFINITY };
        of_hospital.min(of_all).min(truth.baseline.len() as f64)
    }

    fn event(&self, truth: &Truth, case: usize, generator: &mut ChaCha12Rng) -> Option<f64> {
        let (records, kinds) = (truth.records.len(), truth.tissues.len());
        let values = &self.records[case * records..(case + 1) * records];
        let shares = &self.shares[case * kinds..(case + 1) * kinds];
        (0..truth.baseline.len()).find_map(|year| {
            let rate = truth.log_hazard(self.hospital[case], values, shares, year).exp();
            let wait = exponential(generator) / rate;
            (wait < 1.0).then_some(year as f64 + wait)
        })
    }
}

/// The shift of the features of a hospital's tiles.
fn stain(hospital: &Hospital, number: usize, library: &Library, seed: u64) -> Vec<f32> {
    let mut generator = generator(seed, Purpose::Stain(number));
    library.spread().iter().map(|spread| spread * (hospital.stain * normal(&mut generator)) as f32).collect()
}
