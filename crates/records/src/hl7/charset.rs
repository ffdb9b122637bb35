//! Character sets of messages: ASCII, ISO-2022-JP (JIS X 0201, 0208 and 0212) and UTF-8.

use std::borrow::Cow;

use encoding_rs::EUC_JP;

const ESCAPE: u8 = 0x1b;

/// What the bytes of a message turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// Seven bits and no escape sequence.
    Ascii,
    /// Seven bits with escape sequences (ISO/IEC 2022, RFC 1468 and JIS X 0212, 0201 katakana).
    Iso2022Jp,
    /// UTF-8.
    Utf8,
}

/// A message's text and what its bytes were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// What the bytes were.
    pub charset: Charset,
}

impl Charset {
    /// Whether MSH-18 (HL7 v2.5, 2.15.9.18, table 0211; repetitions separated by `repetition`) declares this character
    /// set. Blanks and `-` do not count: SS-MIX2's own samples write both `ISO IR87` and `ISOIR87`.
    #[must_use]
    pub fn is_declared(self, declared: &str, repetition: char) -> bool {
        let mut names = declared.split(repetition).map(|name| name.replace([' ', '-'], "").to_ascii_uppercase());
        match self {
            Self::Ascii => true,
            Self::Iso2022Jp => {
                names.any(|name| matches!(name.as_str(), "ISOIR87" | "ISOIR159" | "ISOIR13" | "ISOIR14"))
            }
            Self::Utf8 => names.any(|name| matches!(name.as_str(), "UNICODEUTF8" | "UTF8")),
        }
    }
}

/// Reads bytes as what they can only be: with a byte above 127 UTF-8, with an escape sequence ISO-2022-JP, else ASCII.
/// Nothing if they are none of these, or if a two-byte set is still on at the end of a line.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Decoded<'_>> {
    if !bytes.is_ascii() {
        let text = std::str::from_utf8(bytes).ok()?;
        return Some(Decoded { text: text.into(), charset: Charset::Utf8 });
    }
    if !bytes.contains(&ESCAPE) {
        let text = std::str::from_utf8(bytes).ok()?;
        return Some(Decoded { text: text.into(), charset: Charset::Ascii });
    }
    let euc = to_euc(bytes)?;
    let text = EUC_JP.decode_without_bom_handling_and_without_replacement(&euc)?.into_owned();
    Some(Decoded { text: text.into(), charset: Charset::Iso2022Jp })
}

/// Which set the bytes after an escape sequence belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    /// ASCII, and JIS X 0201 Roman, which differs in two signs that HL7 uses as ASCII.
    Roman,
    /// JIS X 0201 katakana, one byte.
    Katakana,
    /// JIS X 0208, two bytes.
    Kanji,
    /// JIS X 0212, two bytes.
    Supplement,
}

/// The same characters in EUC-JP, which encoding_rs reads with JIS X 0212; its own ISO-2022-JP has no JIS X 0212 and
/// refuses two escape sequences in a row, as hospital systems write them.
fn to_euc(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut euc = Vec::with_capacity(bytes.len());
    let mut set = Set::Roman;
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        if first == ESCAPE {
            (set, rest) = switch(after)?;
            continue;
        }
        match (set, first) {
            (Set::Roman, _) => {
                euc.push(first);
                rest = after;
            }
            (Set::Katakana, 0x21..=0x5f) => {
                euc.extend([0x8e, first | 0x80]);
                rest = after;
            }
            (Set::Kanji | Set::Supplement, 0x21..=0x7e) => {
                let (&second, after) = after.split_first()?;
                if set == Set::Supplement {
                    euc.push(0x8f);
                }
                euc.extend([first | 0x80, second | 0x80]);
                rest = after;
            }
            // A control character, a line end above all: ASCII must be on again by then (RFC 1468).
            _ => return None,
        }
    }
    Some(euc)
}

/// The set that an escape sequence switches to, and what follows it.
fn switch(after: &[u8]) -> Option<(Set, &[u8])> {
    let sequences: [(&[u8], Set); 6] = [
        (b"(B", Set::Roman),
        (b"(J", Set::Roman),
        (b"(I", Set::Katakana),
        (b"$@", Set::Kanji),
        (b"$B", Set::Kanji),
        (b"$(D", Set::Supplement),
    ];
    sequences.into_iter().find_map(|(sequence, set)| Some((set, after.strip_prefix(sequence)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed apart with Python 3: `"...".encode("iso2022_jp_1")`, and `iso2022_jp_3` for the katakana.
    #[test]
    fn japanese_messages_are_read() {
        let cases: [(&[u8], &str); 7] = [
            (b"PSA|4.05", "PSA|4.05"),
            (b"\x1b$B45<T\x1b(B^\x1b$BB@O:\x1b(B", "患者^太郎"),
            (b"\x1b$@45<T\x1b(J|x", "患者|x"),
            (b"a\x1b(I\x36\x5d\x1b(Bb", "aｶﾝb"),
            (b"\x1b$(D0!\x1b(B|1", "丂|1"),
            (b"\x1b$B45\x1b(B\x1b$B<T\x1b(B", "患者"),
            (b"\x1b$B!b\x1b(B|", "≠|"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(decode(bytes).unwrap().text, expected);
        }
    }

    #[test]
    fn bytes_that_look_like_separators_inside_a_two_byte_set_are_none() {
        // 0x3a 0x7c is one character whose second byte is the field separator in ASCII.
        let decoded = decode(b"\x1b$B:|\x1b(B|1").unwrap();
        assert_eq!(decoded.text.matches('|').count(), 1);
        assert_eq!(decoded.charset, Charset::Iso2022Jp);
    }

    #[test]
    fn what_no_set_has_is_refused() {
        let broken: [&[u8]; 8] = [
            b"\xfb\xfc",
            b"\x8a\xb3\x8e\xd2",
            b"\x1b$B45<T",
            b"\x1b$B45<\x1b(B",
            b"\x1b$B45\r<T\x1b(B",
            b"\x1b$Z45\x1b(B",
            b"\x1b$B\x7e\x7e\x1b(B",
            b"\x1b",
        ];
        for bytes in &broken[..2] {
            assert_eq!(decode(bytes), None);
        }
        for bytes in &broken[3..] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
        // The end of the message ends the last line: the text is whole, and later segments cannot be meant.
        assert!(decode(broken[2]).is_some());
    }

    #[test]
    fn a_character_set_is_declared_in_both_spellings() {
        for declared in ["~ISO IR87", "~ISOIR87", "ISO IR6~ISO IR87~ISO IR159", "~ISO-IR87"] {
            assert!(Charset::Iso2022Jp.is_declared(declared, '~'), "{declared}");
        }
        assert!(!Charset::Iso2022Jp.is_declared("", '~') && !Charset::Utf8.is_declared("~ISO IR87", '~'));
        assert!(Charset::Utf8.is_declared("UNICODE UTF-8", '~') && Charset::Ascii.is_declared("", '~'));
    }
}
