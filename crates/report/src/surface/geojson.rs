//! Tiles for QuPath.

use serde::Serialize;

use super::risk_colour;
use crate::content::{RiskSurface, TileRisk};

#[derive(Serialize)]
struct FeatureCollection {
    r#type: &'static str,
    features: Vec<Feature>,
}

#[derive(Serialize)]
struct Feature {
    r#type: &'static str,
    geometry: Geometry,
    properties: Properties,
}

#[derive(Serialize)]
struct Geometry {
    r#type: &'static str,
    coordinates: [[[f64; 2]; 5]; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    object_type: &'static str,
    color: [u8; 3],
    measurements: Measurements,
}

#[derive(Serialize)]
struct Measurements {
    risk: f64,
}

/// The tiles as a GeoJSON feature collection (RFC 7946) for QuPath 0.4 or later: one tile object each, its outline in
/// level-0 pixels, its measurement `risk`, and the colour of the report's scale. Tiles keep their order.
#[must_use]
pub fn geojson(surface: &RiskSurface) -> String {
    let features = surface.tiles.iter().map(|tile| feature(tile, surface)).collect();
    let collection = FeatureCollection { r#type: "FeatureCollection", features };
    // Numbers and fixed keys: serde_json cannot fail on them (a number that is not finite becomes null).
    serde_json::to_string(&collection).unwrap_or_default()
}

fn feature(tile: &TileRisk, surface: &RiskSurface) -> Feature {
    let (left, top) = (tile.x_px, tile.y_px);
    let (right, bottom) = (left + surface.tile_side_px, top + surface.tile_side_px);
    let colour = risk_colour(surface.scale.position(tile.risk));
    Feature {
        r#type: "Feature",
        geometry: Geometry {
            r#type: "Polygon",
            coordinates: [[[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]],
        },
        properties: Properties {
            object_type: "tile",
            color: [colour.0, colour.1, colour.2],
            measurements: Measurements { risk: tile.risk },
        },
    }
}
