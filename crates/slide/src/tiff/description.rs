//! What `ImageDescription` says about format and resolution. The rest of the text is dropped here: it may name a person.

use super::ome;
use crate::header::SlideFormat;

/// The allow-listed part of a description.
#[derive(Debug, PartialEq)]
pub(super) struct Description {
    pub(super) format: SlideFormat,
    /// um per pixel in x and y.
    pub(super) um_per_px: Option<(f64, f64)>,
}

pub(super) fn parse(text: &str) -> Description {
    let text = text.trim_end_matches('\0');
    if text.starts_with("Aperio") {
        let um = aperio_mpp(text);
        Description { format: SlideFormat::AperioSvs, um_per_px: um.map(|um| (um, um)) }
    } else if text.contains("<OME") {
        Description { format: SlideFormat::OmeTiff, um_per_px: ome::pixel_size(text) }
    } else {
        Description { format: SlideFormat::TiledTiff, um_per_px: None }
    }
}

/// `MPP = 0.4990` among fields parted by bars; some scanners write a decimal comma.
fn aperio_mpp(text: &str) -> Option<f64> {
    text.split('|').find_map(|field| {
        let (name, value) = field.split_once('=')?;
        (name.trim() == "MPP").then(|| value.trim().replace(',', ".").parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aperio_resolution_is_found_among_free_text() {
        let found = parse("Aperio Image Library v11\r\n46000x32914|AppMag = 20|User = x|MPP = 0,4990|Left = 2\0");
        assert_eq!(found, Description { format: SlideFormat::AperioSvs, um_per_px: Some((0.499, 0.499)) });
        assert_eq!(parse("Aperio|AppMag = 20").um_per_px, None);
        assert_eq!(parse("MPP = 0.25").um_per_px, None);
    }
}
