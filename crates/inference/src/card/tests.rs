use super::*;

const CARD: &str = "
version: 1
name: tiny
licence: MIT
sha256: 0000000000000000000000000000000000000000000000000000000000000000
um_per_px: 0.5
um_per_px_tolerance: 0.1
input: {name: x, layout: nchw, dtype: float32, height: 2, width: 2, mean: [127, 127, 127], std: [128, 128, 128]}
output: {name: y, width: 3, kind: embedding}
feature_tolerance: 1e-4
";

fn parse(text: &str) -> Result<EncoderCard> {
    EncoderCard::parse(text, Path::new("folder/card.yaml"))
}

fn fault(from: &str, to: &str) -> String {
    assert!(CARD.contains(from), "{from}");
    parse(&CARD.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn a_card_is_read_and_written_back_the_same() {
    let card = parse(CARD).unwrap();
    assert_eq!(
        (card.input.tile_bytes(), card.input.layout, card.output.kind),
        (12, Layout::Nchw, OutputKind::Embedding)
    );
    assert_eq!(parse(&serde_norway::to_string(&card).unwrap()).unwrap(), card);
}

#[test]
fn a_field_unknown_missing_or_of_another_version_is_named() {
    assert!(fault("name: tiny", "name: tiny\nnmae: tiny").contains("nmae"));
    assert!(fault("licence: MIT\n", "").contains("licence"));
    assert!(fault("version: 1", "version: 2").contains("card version 2 is unknown"));
    assert!(fault("layout: nchw", "layout: chwn").contains("chwn"));
    assert!(
        fault("um_per_px: 0.5", "um_per_px: 0").contains("um/px")
            || fault("um_per_px: 0.5", "um_per_px: 0").contains("micrometres")
    );
}

#[test]
fn a_value_that_cannot_be_meant_is_named_with_its_field() {
    for (from, to, field) in [
        ("name: tiny", "name: ' '", "name is empty"),
        ("height: 2", "height: 0", "input.height is 0, not 1 to 4096"),
        ("width: 3", "width: 70000", "output.width is 70000"),
        ("um_per_px_tolerance: 0.1", "um_per_px_tolerance: 1.5", "um_per_px_tolerance is 1.5"),
        ("feature_tolerance: 1e-4", "feature_tolerance: 0", "feature_tolerance is 0"),
        ("std: [128, 128, 128]", "std: [128, 0, 128]", "input.std"),
        ("mean: [127, 127, 127]", "mean: [.nan, 127, 127]", "input.mean"),
        ("dtype: float32", "dtype: uint8", "input.mean and input.std must be 0 and 1"),
    ] {
        let error = fault(from, to);
        assert!(error.contains(field) && error.contains("folder/card.yaml"), "{to}: {error}");
    }
}

#[test]
fn resolution_fits_within_the_relative_tolerance() {
    let card = parse(CARD).unwrap();
    let fits = |value| card.fits_resolution(UmPerPx::new(value).unwrap());
    assert!(fits(0.5) && fits(0.546) && fits(0.454));
    assert!(!fits(0.551) && !fits(0.25));
}

#[test]
fn the_schema_refuses_unknown_fields_and_names_every_required_one() {
    let schema = schemars::schema_for!(EncoderCard);
    let schema = serde_json::to_value(&schema).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    let required = schema["required"].as_array().unwrap();
    assert_eq!(required.len(), 9);
}
