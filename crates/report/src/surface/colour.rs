//! Blue to red, by way of grey.

/// A colour, one byte a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rgb(pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// Nine even steps of the cool-warm map (Moreland 2009, "Diverging color maps for scientific visualization"): made for
/// shaded surfaces, and told apart by colour-blind readers.
const COOL_WARM: [Rgb; 9] = [
    Rgb(59, 76, 192),
    Rgb(98, 130, 234),
    Rgb(141, 176, 254),
    Rgb(184, 208, 249),
    Rgb(221, 221, 221),
    Rgb(245, 196, 173),
    Rgb(244, 154, 123),
    Rgb(222, 96, 77),
    Rgb(180, 4, 38),
];

impl Rgb {
    /// As CSS and Plotly write it.
    pub(crate) fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Towards another colour, by a share from 0 to 1.
    fn towards(self, other: Self, share: f64) -> Self {
        let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Whether black text on this colour has the better contrast (relative luminance, WCAG 2).
    pub(crate) fn wants_dark_text(self) -> bool {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2) > 0.179
    }
}

/// The colour at a position on the scale, 0 (blue, low) to 1 (red, high).
pub(crate) fn risk_colour(position: f64) -> Rgb {
    let steps = COOL_WARM.len() - 1;
    let place = position.clamp(0.0, 1.0) * steps as f64;
    let below = (place.floor() as usize).min(steps - 1);
    COOL_WARM[below].towards(COOL_WARM[below + 1], place - below as f64)
}

/// The whole scale as a CSS gradient from left to right.
pub(crate) fn gradient_css() -> String {
    let stops: Vec<String> = COOL_WARM.iter().map(|colour| colour.css()).collect();
    format!("linear-gradient(to right, {})", stops.join(", "))
}
