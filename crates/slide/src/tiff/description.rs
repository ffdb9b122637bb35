//! What `ImageDescription` says about format and resolution. The rest of the text is dropped here: it may name a person.

use super::ome;
use crate::header::SlideFormat;

/// The allow-listed part of a description.
#[derive(Debug, PartialEq)]
pub(super) struct Description {
    pub(super) format: SlideFormat,
    /// um per pixel in x and y.
    pub(super) um_per_px: Option<(f64, f64)>,
    /// Tiles overlap or images are several fields, as only the vendor's own header says: read plainly, pixels would
    /// lie in the wrong place.
    pub(super) laid_by_vendor: bool,
}

pub(super) fn parse(text: &str, software: &[u8]) -> Description {
    let text = text.trim_end_matches('\0');
    if text.starts_with("Aperio") {
        let um = aperio_mpp(text);
        Description { format: SlideFormat::AperioSvs, um_per_px: um.map(|um| (um, um)), laid_by_vendor: false }
    } else if text.contains("<OME") {
        Description { format: SlideFormat::OmeTiff, um_per_px: ome::pixel_size(text), laid_by_vendor: false }
    } else {
        let laid_by_vendor = laid_by_vendor(text, software);
        Description { format: SlideFormat::TiledTiff, um_per_px: None, laid_by_vendor }
    }
}

/// The marks by which OpenSlide knows Trestle, Philips, Leica and Ventana.
fn laid_by_vendor(text: &str, software: &[u8]) -> bool {
    let leica = text.contains("http://www.leica-microsystems.com/scn/");
    let ventana = text.starts_with("level=") && text.contains("mag=");
    software.starts_with(b"MedScan") || software.starts_with(b"Philips") || leica || ventana
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
        let found = parse("Aperio Image Library v11\r\n46000x32914|AppMag = 20|User = x|MPP = 0,4990|Left = 2\0", b"");
        assert_eq!(
            found,
            Description { format: SlideFormat::AperioSvs, um_per_px: Some((0.499, 0.499)), laid_by_vendor: false }
        );
        assert_eq!(parse("Aperio|AppMag = 20", b"").um_per_px, None);
        assert_eq!(parse("MPP = 0.25", b"").um_per_px, None);
    }

    #[test]
    fn vendors_with_a_layout_of_their_own_are_known() {
        for (text, software) in [
            ("Objective Power=20", "MedScan 2"),
            ("", "Philips DP v1.0"),
            ("level=0 mag=40 quality=90", "ScanOutputManager"),
            (r#"<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">"#, ""),
        ] {
            assert!(parse(text, software.as_bytes()).laid_by_vendor, "{text} {software}");
        }
        assert!(!parse("a plain TIFF", b"vips 8").laid_by_vendor);
    }
}
