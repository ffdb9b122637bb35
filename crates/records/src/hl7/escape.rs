//! Escape sequences in fields (HL7 v2.5, 2.7).

use std::borrow::Cow;

use super::Separators;

/// The text of a field without its escape sequences: separators in their own form, `\Xhh..\` as the ASCII characters it
/// names, `\.br\` as a line end. Highlighting, formatting and local sequences leave nothing; what is no sequence at all
/// stays as it is.
#[must_use]
pub fn unescape(text: &str, separators: Separators) -> Cow<'_, str> {
    let escape = separators.escape;
    if !text.contains(escape) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(escape) {
        plain.push_str(before);
        match after.split_once(escape) {
            Some((sequence, after)) if is_sequence(sequence) => {
                put(&mut plain, sequence, separators);
                rest = after;
            }
            _ => {
                plain.push(escape);
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn is_sequence(text: &str) -> bool {
    let rest = text.get(1..).unwrap_or_default();
    match text.as_bytes().first() {
        Some(b'F' | b'S' | b'T' | b'R' | b'E' | b'H' | b'N') => rest.is_empty(),
        Some(b'X' | b'C' | b'M') => {
            !rest.is_empty() && rest.len() % 2 == 0 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        Some(b'Z' | b'.') => {
            !rest.is_empty() && rest.len() <= 16 && rest.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        }
        _ => false,
    }
}

fn put(plain: &mut String, sequence: &str, separators: Separators) {
    match sequence {
        "F" => plain.push(separators.field),
        "S" => plain.push(separators.component),
        "T" => plain.push(separators.subcomponent),
        "R" => plain.push(separators.repetition),
        "E" => plain.push(separators.escape),
        ".br" => plain.push('\n'),
        _ => {
            let bytes = sequence.strip_prefix('X').and_then(|digits| hex::decode(digits).ok()).unwrap_or_default();
            plain.extend(bytes.into_iter().filter(u8::is_ascii).map(char::from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_read() {
        let cases = [
            (r"plain", "plain"),
            (r"a\F\b\S\c\T\d\R\e\E\f", r"a|b^c&d~e\f"),
            (r"a\X0D41\b", "a\rAb"),
            (r"a\.br\b", "a\nb"),
            (r"\H\bold\N\ plain", "bold plain"),
            (r"\C2842\\M244230\\Z1\x", "x"),
            (r"C:\temp", r"C:\temp"),
            (r"a\Q\b", r"a\Q\b"),
            (r"\X4\ \XZZ\", r"\X4\ \XZZ\"),
            (r"\", r"\"),
            (r"\XE3\", ""),
            (r"患\F\者", "患|者"),
        ];
        for (text, expected) in cases {
            assert_eq!(unescape(text, Separators::default()), expected, "{text}");
        }
    }
}
