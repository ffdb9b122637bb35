//! Where a point of the slide and its risk fall on the picture.

use crate::content::RiskSurface;

/// Turn of the slide about the vertical, radians.
const TURN: f32 = 0.46;
/// How far the camera looks down, radians.
const TILT: f32 = 0.62;
/// Height of the whole scale as a share of the slide's longer side.
const RELIEF: f32 = 0.34;
/// Gap between the slide and the low end of the scale, as a share of the scale.
const GAP: f64 = 0.4;

/// The part of the picture that the scene may fill, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Viewport {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

/// A point on the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shot {
    /// Pixels from the left.
    pub(super) u: f32,
    /// Pixels from the top.
    pub(super) v: f32,
    /// Grows with distance from the camera.
    pub(super) depth: f32,
}

/// A parallel projection: it keeps the slide's thumbnail an affine image and lengths along an axis comparable.
#[derive(Debug)]
pub(super) struct Camera {
    pub(super) width_px: f64,
    pub(super) height_px: f64,
    /// Risk at the slide's plane.
    pub(super) floor: f64,
    /// Lowest and highest risk that must be seen.
    pub(super) range: (f64, f64),
    zoom: f32,
    shift: (f32, f32),
}

impl Camera {
    /// The camera that fits the slide and the whole scale into the viewport.
    pub(super) fn fitting(surface: &RiskSurface, viewport: Viewport) -> Self {
        let risks = || surface.tiles.iter().map(|tile| tile.risk);
        let range = (risks().fold(surface.scale.low, f64::min), risks().fold(surface.scale.high, f64::max));
        let mut camera = Self {
            width_px: surface.width_px,
            height_px: surface.height_px,
            floor: range.0 - GAP * (range.1 - range.0),
            range,
            zoom: 1.0,
            shift: (0.0, 0.0),
        };
        let (low, high) = camera.extent();
        let room = (viewport.right - viewport.left, viewport.bottom - viewport.top);
        camera.zoom = (room.0 / (high.0 - low.0)).min(room.1 / (high.1 - low.1)).max(f32::MIN_POSITIVE);
        camera.shift = (
            (viewport.left + viewport.right - camera.zoom * (low.0 + high.0)) / 2.0,
            (viewport.top + viewport.bottom - camera.zoom * (low.1 + high.1)) / 2.0,
        );
        camera
    }

    /// Corners of the slide, clockwise from its top left, in level-0 pixels.
    pub(super) fn corners(&self) -> [(f64, f64); 4] {
        [(0.0, 0.0), (self.width_px, 0.0), (self.width_px, self.height_px), (0.0, self.height_px)]
    }

    /// Where a point (level-0 pixels, risk) falls.
    pub(super) fn shoot(&self, x: f64, y: f64, risk: f64) -> Shot {
        let [right, away, up] = self.place(x, y, risk);
        Shot {
            u: self.shift.0 + self.zoom * right,
            v: self.shift.1 - self.zoom * (away * TILT.sin() + up * TILT.cos()),
            depth: away * TILT.cos() - up * TILT.sin(),
        }
    }

    /// A point as distances to the right of the picture, away from the camera and up; the slide's longer side is 1.
    pub(super) fn place(&self, x: f64, y: f64, risk: f64) -> [f32; 3] {
        let longer = self.width_px.max(self.height_px);
        let east = ((x - self.width_px / 2.0) / longer) as f32;
        let north = ((self.height_px / 2.0 - y) / longer) as f32;
        let up = ((risk - self.floor) / (self.range.1 - self.floor)) as f32 * RELIEF;
        [east * TURN.cos() + north * TURN.sin(), north * TURN.cos() - east * TURN.sin(), up]
    }

    /// Bounds of the scene before zoom and shift.
    fn extent(&self) -> ((f32, f32), (f32, f32)) {
        let mut low = (f32::INFINITY, f32::INFINITY);
        let mut high = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        for (x, y) in self.corners() {
            for risk in [self.floor, self.range.1] {
                let shot = self.shoot(x, y, risk);
                low = (low.0.min(shot.u), low.1.min(shot.v));
                high = (high.0.max(shot.u), high.1.max(shot.v));
            }
        }
        (low, high)
    }
}
