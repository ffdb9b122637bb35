//! The generator draws what its truth says, and the analysis finds a strong plant and no absent one. All data is synthetic.

#[cfg(test)]
mod drawn;
#[cfg(test)]
mod found;
#[cfg(test)]
mod refused;

#[cfg(test)]
use renkei_planted::Library;

/// Tiles by formula: every kind of tissue is a cloud of its own about a corner of eight dimensions.
#[cfg(test)]
fn library(kinds: usize) -> Library {
    let (columns, of_kind) = (8, 15);
    let kind: Vec<usize> = (0..kinds * of_kind).map(|tile| tile / of_kind).collect();
    let value = |tile: usize, column: usize| {
        let scatter = ((tile * 37 + column * 101) % 89) as f32 / 89.0 - 0.5;
        let corner = if (kind[tile] + 1) >> (column % 4) & 1 == 1 { 4.0 } else { 0.0 };
        corner + scatter
    };
    let features = (0..kind.len()).flat_map(|tile| (0..columns).map(move |column| (tile, column)));
    let features = features.map(|(tile, column)| value(tile, column)).collect();
    Library::new(features, columns, &kind).unwrap()
}
