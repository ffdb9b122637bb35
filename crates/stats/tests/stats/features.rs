//! Compression and clustering of features: PCA and k-means against plain computation, and their merges.

use proptest::prelude::*;
use renkei_stats::{
    StatsError,
    kmeans::{Block, Centres, KMeansSettings, LloydSums, RowBlocks, cluster, effective_clusters, seed_centres},
    pca::{Moments, principal_components},
};

fn moments(rows: &[f32], columns: usize) -> Moments {
    let mut moments = Moments::new(columns).unwrap();
    moments.add_rows(rows).unwrap();
    moments
}

/// `rows` by 6 from a fixed rule, with a strong first direction and an offset that would ruin uncentred sums.
fn features(rows: usize) -> Vec<f32> {
    (0..rows)
        .flat_map(|row| {
            let along = (row * 37 % 101) as f32 / 10.0;
            (0..6).map(move |column| {
                1000.0 + along * (column as f32 - 2.0) + ((row * 7 + column * 13) % 17) as f32 / 17.0
            })
        })
        .collect()
}

#[test]
fn moments_equal_two_pass_sums_and_merge() {
    let rows = features(5000);
    let pooled = moments(&rows, 6);
    let value = |row: usize, column: usize| f64::from(rows[row * 6 + column]);
    let mean = |column: usize| (0..5000).map(|row| value(row, column)).sum::<f64>() / 5000.0;
    let covariance = pooled.covariance().unwrap();
    for (i, j) in [(0, 0), (0, 5), (3, 4)] {
        let cross: f64 = (0..5000).map(|row| (value(row, i) - mean(i)) * (value(row, j) - mean(j))).sum();
        assert!((covariance[i * 6 + j] - cross / 4999.0).abs() < 1e-9 * cross.abs() / 4999.0);
    }
    let parts = [&rows[..6 * 11], &rows[6 * 11..6 * 3000], &[], &rows[6 * 3000..]].map(|part| moments(part, 6));
    let [a, b, c, d] = parts;
    let merged = a.merge(&b).unwrap().merge(&c).unwrap().merge(&d).unwrap();
    assert_eq!(merged.count(), 5000);
    for (ours, whole) in merged.covariance().unwrap().iter().zip(&covariance) {
        assert!((ours - whole).abs() < 1e-10 * covariance[0].abs());
    }
    assert!(matches!(merged.merge(&moments(&[1.0], 1)), Err(StatsError::Length { .. })));
}

#[test]
fn components_are_orthonormal_ordered_and_signed() {
    let rows = features(800);
    let pooled = moments(&rows, 6);
    let pca = principal_components(&pooled, 6).unwrap();
    for a in 0..6 {
        let own = &pca.loadings[a * 6..(a + 1) * 6];
        let largest = own.iter().copied().max_by(|x, y| x.abs().total_cmp(&y.abs())).unwrap();
        assert!(largest > 0.0);
        for b in 0..6 {
            let inner: f64 = own.iter().zip(&pca.loadings[b * 6..(b + 1) * 6]).map(|(x, y)| x * y).sum();
            assert!((inner - f64::from(u8::from(a == b))).abs() < 1e-12);
        }
    }
    assert!(pca.variance.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!((pca.variance.iter().sum::<f64>() / pca.total_variance - 1.0).abs() < 1e-12);
    // The variance of the projected rows is that of the component.
    let projected = pca.project(&rows).unwrap();
    let spread = |component: usize| {
        let square = |row: usize| f64::from(projected[row * 6 + component]).powi(2);
        (0..800).map(square).sum::<f64>() / 799.0
    };
    assert!((spread(0) / pca.variance[0] - 1.0).abs() < 1e-5);
    assert_eq!(pca.project(&rows[..12]).unwrap(), projected[..12]);
}

#[test]
fn pca_refuses_bad_input() {
    assert!(Moments::new(0).is_err());
    let mut sums = Moments::new(2).unwrap();
    let found = sums.add_rows(&[1.0, 2.0, 3.0, f32::NAN]).unwrap_err();
    assert_eq!(found, StatsError::NotFinite { what: "feature", row: 1, column: 1 });
    assert!(matches!(sums.add_rows(&[1.0]), Err(StatsError::Length { .. })));
    assert_eq!(sums.count(), 0);
    assert!(matches!(principal_components(&sums, 1), Err(StatsError::Empty { .. })));
    sums.add_rows(&[1.0, 2.0, 3.0, 4.0]).unwrap();
    assert!(principal_components(&sums, 3).is_err());
    assert!(principal_components(&sums, 1).unwrap().project(&[1.0]).is_err());
}

/// Three clouds far apart, in blocks.
struct Clouds {
    blocks: Vec<Vec<f32>>,
}

impl Clouds {
    fn new(block_rows: usize) -> Self {
        let rows = |row: usize| {
            let centre = [0.0, 50.0, -50.0][row % 3];
            [centre + (row * 13 % 29) as f32 / 29.0, -centre + (row * 7 % 31) as f32 / 31.0]
        };
        let all: Vec<f32> = (0..600).flat_map(rows).collect();
        Self { blocks: all.chunks(block_rows * 2).map(<[f32]>::to_vec).collect() }
    }
}

impl RowBlocks for Clouds {
    type Error = std::io::Error;

    fn columns(&self) -> usize {
        2
    }

    fn visit(&self, each: &mut dyn FnMut(&[f32])) -> Result<(), Self::Error> {
        self.blocks.iter().for_each(|block| each(block));
        Ok(())
    }
}

const SETTINGS: KMeansSettings =
    KMeansSettings { clusters: 3, seed: 9, rounds: 50, tolerance: 0.0, seeding_rows: 1000 };

#[test]
fn clouds_are_found_and_blocks_do_not_matter() {
    let found = cluster(&Clouds::new(600), &SETTINGS).unwrap();
    assert!(found.converged);
    assert_eq!(found.counts, vec![200; 3]);
    assert!(found.inertia < 600.0 * 0.2);
    assert_eq!(cluster(&Clouds::new(600), &SETTINGS).unwrap(), found);
    let sampled = KMeansSettings { seeding_rows: 50, ..SETTINGS };
    for block_rows in [1, 7, 100] {
        let other = cluster(&Clouds::new(block_rows), &SETTINGS).unwrap();
        assert_eq!(other.centres, found.centres);
        assert_eq!(cluster(&Clouds::new(block_rows), &sampled).unwrap().counts, vec![200; 3]);
    }
}

#[test]
fn k_means_refuses_bad_input() {
    let two = |values: &'static [f32]| cluster(&Block { values, columns: 2 }, &SETTINGS);
    assert!(two(&[]).is_err());
    assert!(two(&[1.0, f32::NAN, 2.0, 3.0]).is_err());
    assert!(two(&[1.0, 2.0, 3.0]).is_err());
    assert!(cluster(&Clouds::new(10), &KMeansSettings { rounds: 0, ..SETTINGS }).is_err());
    assert!(cluster(&Clouds::new(10), &KMeansSettings { clusters: 0, ..SETTINGS }).is_err());
    // More clusters than distinct rows: centres repeat, and those without rows stay.
    let same = two(&[1.0, 2.0, 1.0, 2.0]).unwrap();
    assert_eq!((same.counts, same.inertia), (vec![2, 0, 0], 0.0));
    assert_eq!([0, 1, 2].map(|centre| same.centres.row(centre)), [[1.0, 2.0]; 3]);
    struct Broken;
    impl RowBlocks for Broken {
        type Error = std::io::Error;
        fn columns(&self) -> usize {
            2
        }
        fn visit(&self, _: &mut dyn FnMut(&[f32])) -> Result<(), Self::Error> {
            Err(std::io::Error::other("gone"))
        }
    }
    assert_eq!(cluster(&Broken, &SETTINGS).unwrap_err().to_string(), "the rows could not be read");
}

#[test]
fn clusters_need_twenty_tiles_each() {
    assert_eq!([0, 19, 399, 2000, u64::MAX].map(|tiles| effective_clusters(100, tiles)), [1, 1, 19, 100, 100]);
}

#[test]
fn stored_sums_are_checked_when_read() {
    let centres = Centres::new(vec![1.0, 2.0, 3.0, 4.0], 2).unwrap();
    let text = serde_json::to_string(&centres).unwrap();
    assert_eq!(serde_json::from_str::<Centres>(&text).unwrap(), centres);
    assert!(serde_json::from_str::<Centres>(r#"{"columns":0,"values":[1.0]}"#).is_err());
    let sums = moments(&[1.0, 2.0, 3.5, 4.0], 2);
    let text = serde_json::to_string(&sums).unwrap();
    assert_eq!(serde_json::from_str::<Moments>(&text).unwrap(), sums);
    assert!(serde_json::from_str::<Moments>(&text.replace("\"mean\":[", "\"mean\":[0.0,")).is_err());
}

proptest! {
    #[test]
    fn assignment_is_optimal(
        rows in proptest::collection::vec(-100.0f32..100.0, 3 * 33),
        clusters in 1usize..40,
    ) {
        let centres = seed_centres(&rows, 3, clusters, 1).unwrap();
        let distance = |row: &[f32], centre: usize| {
            row.iter().zip(centres.row(centre)).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
        };
        for (row, found) in rows.chunks(3).zip(centres.assign(&rows).unwrap()) {
            let best = (0..clusters).map(|centre| distance(row, centre)).fold(f64::INFINITY, f64::min);
            prop_assert!(distance(row, found.cluster as usize) <= best * (1.0 + 1e-5) + 1e-9);
            prop_assert!((f64::from(found.squared_distance) - best).abs() <= best * 1e-5 + 1e-9);
        }
    }

    #[test]
    fn merged_cluster_sums_equal_the_pooled_ones(
        rows in proptest::collection::vec(-100.0f32..100.0, 3 * 20),
        cut in 0usize..20,
    ) {
        let centres = seed_centres(&rows, 3, 4, 1).unwrap();
        let sums = |part: &[f32]| {
            let mut sums = LloydSums::new(&centres);
            sums.add_block(&centres, part).unwrap();
            sums
        };
        let (pooled, merged) = (sums(&rows), sums(&rows[..cut * 3]).merge(&sums(&rows[cut * 3..])).unwrap());
        prop_assert_eq!(&pooled.counts, &merged.counts);
        prop_assert!((pooled.inertia - merged.inertia).abs() <= 1e-12 * pooled.inertia);
        let next = (pooled.update(&centres), merged.update(&centres));
        let apart = |c: usize| next.0.row(c).iter().zip(next.1.row(c)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        prop_assert!((0..4).all(|c| apart(c) < 1e-4));
    }
}
