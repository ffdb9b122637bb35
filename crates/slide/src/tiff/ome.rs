//! Pixel size from OME-XML (2016-06 schema): the first `Pixels` element.

use quick_xml::events::{BytesStart, Event};

/// um per pixel in x and y; `None` where absent, in a unit that is no length, or where the XML is broken.
pub(super) fn pixel_size(xml: &str) -> Option<(f64, f64)> {
    let mut reader = quick_xml::Reader::from_str(xml);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == b"Pixels" => {
                return Some((size(&element, "X")?, size(&element, "Y")?));
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn size(pixels: &BytesStart<'_>, axis: &str) -> Option<f64> {
    let attribute = |name: String| {
        let found = pixels.try_get_attribute(name.as_str()).ok()??;
        String::from_utf8(found.value.into_owned()).ok()
    };
    let value: f64 = attribute(format!("PhysicalSize{axis}"))?.parse().ok()?;
    let um = match attribute(format!("PhysicalSize{axis}Unit")).as_deref() {
        None | Some("µm" | "\u{3bc}m" | "&#181;m" | "&#xB5;m" | "um") => 1.0,
        Some("nm") => 1e-3,
        Some("mm") => 1e3,
        Some("cm") => 1e4,
        Some("m") => 1e6,
        Some(_) => return None,
    };
    Some(value * um)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_converted_and_unknown_ones_refused() {
        let xml = |unit: &str| {
            format!(
                r#"<?xml version="1.0"?><OME><Image ID="Image:0" Name="Doe^Jane"><Pixels SizeX="9" PhysicalSizeX="250" PhysicalSizeXUnit="{unit}" PhysicalSizeY="250" PhysicalSizeYUnit="{unit}"/></Image></OME>"#
            )
        };
        assert_eq!(pixel_size(&xml("nm")), Some((0.25, 0.25)));
        assert_eq!(pixel_size(&xml("µm")), Some((250.0, 250.0)));
        assert_eq!(pixel_size(&xml("pixel")), None);
        assert_eq!(pixel_size("<OME><Image><Pixels SizeX='1'/></Image></OME>"), None);
        assert_eq!(pixel_size("<OME><Image"), None);
    }
}
