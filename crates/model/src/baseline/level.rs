//! The words of grades, stages and findings, as data: a word that is not in these lists is an unknown level.

/// A Gleason grade group (ISUP 2014) with what is known of its patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grade {
    /// 1 (Gleason 6 and less), 2 (3+4), 3 (4+3), 4 (8) or 5 (9 and 10).
    pub group: u8,
    /// The pattern that decides the points of CAPRA; none where the word leaves it open (a sum of 8 may be 4+4 or 3+5).
    pub high_pattern: Option<HighPattern>,
}

/// Where a pattern of 4 or 5 stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HighPattern {
    /// Nowhere.
    Absent,
    /// It is the second pattern.
    Secondary,
    /// It is the first pattern.
    Primary,
}

/// Words of a grade that are no pair of patterns. 1 to 5 are grade groups, 6 to 10 sums; a sum of 7 is no level, for 3+4
/// and 4+3 differ in every model.
const GRADES: [(&[&str], u8, Option<HighPattern>); 9] = [
    (&["1", "gg1"], 1, Some(HighPattern::Absent)),
    (&["2", "gg2"], 2, Some(HighPattern::Secondary)),
    (&["3", "gg3"], 3, Some(HighPattern::Primary)),
    (&["4", "gg4"], 4, None),
    (&["5", "gg5"], 5, Some(HighPattern::Primary)),
    (&["6"], 1, Some(HighPattern::Absent)),
    (&["8"], 4, None),
    (&["9"], 5, Some(HighPattern::Primary)),
    (&["10"], 5, Some(HighPattern::Primary)),
];

/// A grade from a grade group (`2`), a pair of patterns (`3+4`, `3+4=7`) or a sum that leaves no choice (`6`, `9`).
pub(super) fn grade(word: &str) -> Option<Grade> {
    let word = word.to_ascii_lowercase().replace(' ', "");
    if let Some((primary, rest)) = word.split_once('+') {
        let (secondary, sum) = rest.split_once('=').map_or((rest, None), |(second, sum)| (second, Some(sum)));
        let pattern = |text: &str| text.parse::<u8>().ok().filter(|pattern| (1..=5).contains(pattern));
        let (primary, secondary) = (pattern(primary)?, pattern(secondary)?);
        let agrees = sum.is_none_or(|sum| sum.parse() == Ok(primary + secondary));
        return agrees.then(|| of_patterns(primary, secondary));
    }
    let (_, group, high_pattern) = GRADES.iter().find(|(words, ..)| words.contains(&word.as_str()))?;
    Some(Grade { group: *group, high_pattern: *high_pattern })
}

fn of_patterns(primary: u8, secondary: u8) -> Grade {
    let group = match (primary + secondary, primary) {
        (..=6, _) => 1,
        (7, ..=3) => 2,
        (7, _) => 3,
        (8, _) => 4,
        _ => 5,
    };
    let high_pattern = match (primary >= 4, secondary >= 4) {
        (true, _) => HighPattern::Primary,
        (false, true) => HighPattern::Secondary,
        (false, false) => HighPattern::Absent,
    };
    Grade { group, high_pattern: Some(high_pattern) }
}

/// A clinical T stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// T1 without more.
    T1,
    /// T1a or T1b: found by chance in a resection.
    T1ab,
    /// T1c: found by PSA.
    T1c,
    /// T2 without more.
    T2,
    /// T2a.
    T2a,
    /// T2b.
    T2b,
    /// T2c.
    T2c,
    /// T3 without more, or T3a.
    T3a,
    /// T3b, T3c of the older edition, or T4.
    Beyond,
}

const STAGES: [(&[&str], Stage); 9] = [
    (&["t1"], Stage::T1),
    (&["t1a", "t1b"], Stage::T1ab),
    (&["t1c"], Stage::T1c),
    (&["t2"], Stage::T2),
    (&["t2a"], Stage::T2a),
    (&["t2b"], Stage::T2b),
    (&["t2c"], Stage::T2c),
    (&["t3", "t3a"], Stage::T3a),
    (&["t3b", "t3c", "t4"], Stage::Beyond),
];

/// A stage as `T2a`, `cT2a` or `t2a`.
pub(super) fn stage(word: &str) -> Option<Stage> {
    let word = word.to_ascii_lowercase();
    let word = word.strip_prefix('c').unwrap_or(&word);
    STAGES.iter().find(|(words, _)| words.contains(&word)).map(|(_, stage)| *stage)
}

const PRESENT: [&str; 7] = ["1", "yes", "true", "positive", "n1", "r1", "r2"];
const ABSENT: [&str; 6] = ["0", "no", "false", "negative", "n0", "r0"];

/// Whether a finding of the specimen is there; what was not assessed (`NX`, `RX`) is unknown.
pub(super) fn presence(word: &str) -> Option<bool> {
    let word = word.to_ascii_lowercase();
    let word = word.strip_prefix('p').filter(|_| word.len() == 3).unwrap_or(&word);
    if PRESENT.contains(&word) { Some(true) } else { ABSENT.contains(&word).then_some(false) }
}
