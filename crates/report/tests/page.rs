//! The page says what it was given, fetches nothing, and cannot be broken by what it is given.

#[path = "../examples/sample/content.rs"]
mod content;
#[path = "../examples/sample/slides.rs"]
mod slides;

use content::BANNER;
use std::sync::OnceLock;

use renkei_report::{Part, ReportContent, ReportError, RunIdentity, geojson, render_html};

/// The page without the chart library, whose source holds any string one may look for.
fn render(content: &ReportContent) -> String {
    let page = render_html(content).unwrap_or_default();
    let library = page.find("plotly.js v").unwrap_or_default();
    let start = page[..library].rfind("<script>").unwrap_or_default();
    let end = library + page[library..].find("</script>").unwrap_or_default();
    assert!(start > 0 && end > library, "the page renders and holds the chart library in a script");
    format!("{}{}", &page[..start], &page[end..])
}

/// The sample with one slide: pictures take seconds in a debug build.
fn sample() -> ReportContent {
    let mut content = content::sample();
    if let Part::Done(slides) = &mut content.slides {
        slides.truncate(1);
    }
    content
}

/// The sample's page, drawn once.
fn sample_page() -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| render(&sample()))
}

/// What stands between tags, tags removed.
fn words(markup: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in markup.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(letter),
            _ => {}
        }
    }
    text
}

#[test]
fn validation_says_which_horizon_and_which_hospital_can_be_relied_on() {
    let text = words(sample_page());
    for said in [
        "Each of 5 invented hospitals was held out in turn.",
        "unreliable: too few events or too short a follow-up",
        "3 smaller",
        "0.05 → 0.01, 0.15 → 0.13",
        "Net benefit at the last horizon",
        "4 events between the two; a model needs 10.",
        "move by 4.0 places in all",
    ] {
        assert!(text.contains(said), "{said}");
    }
    for chart in ["calibration-0", "calibration-1", "decision-figure", "importance-figure"] {
        assert!(sample_page().contains(&format!("id=\"{chart}\"")), "{chart}");
    }
}

#[test]
fn importances_that_do_not_fit_their_predictors_are_refused() {
    let mut content = sample();
    if let Part::Done(importance) = &mut content.importance {
        importance.predictors.pop();
    }
    let refused = render_html(&content).err();
    assert!(matches!(refused, Some(ReportError::Content { what }) if what == "3 importances for 2 predictors"));
}

fn without_images(mut content: ReportContent) -> ReportContent {
    let reason = "No slide was given.";
    content.banner = None;
    content.identity = RunIdentity { encoder: None, merkle_root: None, ..content.identity };
    content.key_features = Part::absent(reason);
    content.slides = Part::absent(reason);
    content.nulls.random_encoder = Part::absent(reason);
    content
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let content = without_images(sample());
    assert!(render_html(&content).expect("renders") == render_html(&content).expect("renders"));
}

#[test]
fn the_numbers_given_stand_on_the_page() {
    let page = words(sample_page());
    let expected = [
        "run-sample-0001",
        "1,387 excluded",
        "PSA at six weeks",
        "1,204",
        "10.3 [6.9 to 17.8]",
        "118 (28.9 %)",
        "0.742 (0.700 to 0.782)",
        "0.721 (0.670 to 0.770)",
        "0.031 (0.007 to 0.055)",
        "4.4 (1.0 to 7.7) %",
        "CAPRA-S (knows the specimen)",
        "CAPRA-S is not computable for 31 cases: surgical margin is missing (31).",
        "+0.036 AUC at 5 years, 5.0 % relative (95 % interval 0.005 to 0.067)",
        "CAPRA-S: not compared with the records model: it was not fitted.",
        "1.51 (1.26 to 1.81)",
        "41.83",
        "0.074",
        "499",
        "18,322",
        "score 1.131 = offset −0.210 + sum of 2,749 tiles 1.341",
        "renkei run sample.yaml --out sample-run",
        "No external validation",
        "It says nothing about mechanism",
    ];
    for text in expected {
        assert!(page.contains(text), "the page lacks {text:?}");
    }
}

#[test]
fn the_banner_stands_on_everything_that_rests_on_images() {
    let page = sample_page();
    // Title, survival, accuracy, differences, the same to a baseline, two models, calibration, decision curves, years,
    // importance, key features, slides, surface, two nulls.
    assert_eq!(page.matches(&format!("</strong>{BANNER}</p>")).count(), 16);
    assert!(!render(&without_images(sample())).contains("class=\"banner\""));
}

#[test]
fn nothing_is_fetched() {
    let page = sample_page();
    for attribute in ["src=\"", "href=\"", "action=\"", "url("] {
        for (at, _) in page.match_indices(attribute) {
            let value = &page[at + attribute.len()..];
            assert!(value.starts_with("data:") || value.starts_with('#'), "{attribute}{:.60}", value);
        }
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn hostile_text_stays_text() {
    let hostile = "</script><script>alert('x')</script><img src=x onerror=alert(1)>\"'&";
    let mut content = sample();
    content.title = hostile.to_owned();
    content.models[0].coefficients[0].predictor = hostile.to_owned();
    if let Part::Done(yearly) = &mut content.yearly {
        yearly.predictors[0] = hostile.to_owned();
    }
    if let Part::Done(survival) = &mut content.survival {
        survival.groups[0].label = hostile.to_owned();
    }
    if let Part::Done(slides) = &mut content.slides {
        slides[0].surface.slide_id = hostile.to_owned();
        slides[0].role = hostile.to_owned();
    }
    let page = render(&content);
    assert!(!page.contains("alert('x')</script>"));
    assert!(!page.contains("<img src=x"));
    assert!(page.contains("&lt;script&gt;alert('x')&lt;/script&gt;"));
    for block in page.split("<script type=\"application/json\"").skip(1) {
        let next_tag = block.find('<').map(|at| &block[at..]);
        assert!(next_tag.is_some_and(|tag| tag.starts_with("</script>")), "a tag stands inside a figure's JSON");
    }
    assert_eq!(page.matches("<script").count(), sample_page().matches("<script").count());
}

#[test]
fn what_is_missing_says_why() {
    let mut content = without_images(sample());
    let reason = "Fewer than two years have ten events.";
    content.yearly = Part::absent(reason);
    content.survival = Part::absent("No case has follow-up.");
    content.models.clear();
    content.refusals.clear();
    let page = words(&render(&content));
    for text in
        [reason, "No case has follow-up.", "No slide was given.", "No model was fitted.", "none: no images were used"]
    {
        assert!(page.contains(text), "the page lacks {text:?}");
    }
}

#[test]
fn content_that_contradicts_itself_is_refused() {
    let mut content = without_images(sample());
    if let Part::Done(yearly) = &mut content.yearly {
        yearly.effects[1].pop();
    }
    assert!(matches!(render_html(&content), Err(ReportError::Content { .. })));
    let mut content = without_images(sample());
    if let Part::Done(survival) = &mut content.survival {
        survival.groups[0].at_risk.pop();
    }
    assert!(matches!(render_html(&content), Err(ReportError::Content { .. })));
}

#[test]
fn a_slide_whose_tiles_do_not_add_up_is_called_out() {
    let mut slides = slides::slides();
    slides[0].surface.score += 0.5;
    let mut content = without_images(sample());
    content.slides = Part::Done(vec![slides.swap_remove(0)]);
    assert!(words(&render(&content)).contains("THE TILES DO NOT ADD UP TO THE SCORE, 0.5 is left over"));
}

#[test]
fn content_survives_json() {
    let content = sample();
    let json = serde_json::to_string(&content).expect("the content is plain data");
    let back: ReportContent = serde_json::from_str(&json).expect("and comes back");
    assert!(back == content);
    if let (Part::Done(one), Part::Done(other)) = (&content.slides, &back.slides) {
        assert_eq!(geojson(&one[0].surface), geojson(&other[0].surface));
    }
}
