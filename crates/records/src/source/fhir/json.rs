//! Just enough of JSON (RFC 8259) to find where values end, without building any. What lies between is judged by whoever
//! reads it; nothing here goes down into itself, so that no depth of brackets can exhaust a stack.

use memchr::memchr2;

/// How deep a place in JSON text lies, carried from one part of the text to the next.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Nesting {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Goes on until as many brackets are closed as were opened, and gives the place after the last one; nothing if the
    /// text ends before. The text begins, in its first part, with a bracket.
    pub(super) fn close(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            if self.in_string {
                at += self.leave_string(bytes.get(at..)?)?;
            }
            let byte = loop {
                let byte = *bytes.get(at)?;
                at += 1;
                if STRUCTURE[usize::from(byte)] {
                    break byte;
                }
            };
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                _ => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
            }
        }
    }

    /// The place after the quotation mark that ends the string; nothing if the text ends before.
    fn leave_string(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            if self.escaped {
                bytes.get(at)?;
                at += 1;
                self.escaped = false;
            }
            let found = at + string_end(bytes.get(at..)?)?;
            at = found + 1;
            if bytes.get(found) == Some(&b'"') {
                self.in_string = false;
                return Some(at);
            }
            self.escaped = true;
        }
    }
}

/// Where the next quotation mark or backslash is. Most strings are short, for which a search by blocks costs more to begin
/// than it saves.
fn string_end(bytes: &[u8]) -> Option<usize> {
    const SHORT: usize = 32;
    let is_end = |byte: &u8| matches!(byte, b'"' | b'\\');
    let short = bytes.iter().take(SHORT).position(is_end);
    short.or_else(|| Some(SHORT + memchr2(b'"', b'\\', bytes.get(SHORT..)?)?))
}

/// Quotation marks and brackets.
static STRUCTURE: [bool; 256] = {
    let mut table = [false; 256];
    table[b'"' as usize] = true;
    table[b'{' as usize] = true;
    table[b'}' as usize] = true;
    table[b'[' as usize] = true;
    table[b']' as usize] = true;
    table
};

/// White space (RFC 8259, 2).
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The members of an object: each name as it is written and the text of its value. Ends early where the text is no JSON.
#[derive(Debug)]
pub(super) struct Members<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Members<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let blank = text.bytes().take_while(|byte| is_blank(*byte)).count();
        // Without an object there are no members.
        let at = if text.as_bytes().get(blank) == Some(&b'{') { blank + 1 } else { text.len() };
        Self { text, at }
    }

    fn skip(&mut self, also: u8) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| is_blank(**byte) || **byte == also).count();
    }

    /// The place after the value that begins here.
    fn value_end(&self) -> Option<usize> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let length = match rest.first()? {
            b'{' | b'[' => Nesting::default().close(rest)?,
            b'"' => 1 + Nesting { in_string: true, ..Nesting::default() }.leave_string(rest.get(1..)?)?,
            _ => rest.iter().position(|byte| is_blank(*byte) || matches!(byte, b',' | b'}' | b']'))?,
        };
        Some(self.at + length)
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip(b',');
        (self.text.as_bytes().get(self.at) == Some(&b'"')).then_some(())?;
        let name_end = self.value_end()?;
        let name = self.text.get(self.at + 1..name_end - 1)?;
        self.at = name_end;
        self.skip(b':');
        let value_end = self.value_end()?;
        let value = self.text.get(self.at..value_end)?;
        self.at = value_end;
        Some((name, value))
    }
}

/// The text between the quotation marks of a string without escapes.
pub(super) fn plain_string(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('\\')).then_some(inner)
}

/// The type of a resource (FHIR R4, 2.1.28.1): its first `resourceType`, which most writers put in front.
pub(super) fn resource_type(text: &str) -> Option<&str> {
    front_type(text).or_else(|| {
        let value = Members::of(text).find_map(|(name, value)| (name == "resourceType").then_some(value))?;
        plain_string(value)
    })
}

fn front_type(text: &str) -> Option<&str> {
    let blanks = [' ', '\t', '\n', '\r'];
    let rest = text.trim_start_matches(blanks).strip_prefix('{')?;
    let rest = rest.trim_start_matches(blanks).strip_prefix(r#""resourceType""#)?;
    let rest = rest.trim_start_matches(blanks).strip_prefix(':')?;
    let rest = rest.trim_start_matches(blanks).strip_prefix('"')?;
    let end = rest.bytes().take(64).position(|byte| !byte.is_ascii_alphabetic())?;
    (rest.as_bytes().get(end) == Some(&b'"')).then(|| rest.get(..end))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_found_wherever_it_stands() {
        for text in [
            r#"{"resourceType":"Patient","id":"1"}"#,
            "\r\n{ \"resourceType\" : \"Patient\" }",
            r#"{"id":"1","contained":[{"resourceType":"Group"}],"x":"}\"{","n":-1.5e3,"resourceType":"Patient"}"#,
        ] {
            assert_eq!(resource_type(text), Some("Patient"), "{text}");
        }
        for text in
            ["", "{", "[]", "null", r#"{"resourceType":1}"#, r#"{"resourceType":"Pat"#, r#"{"a":{"resourceType":"X"}}"#]
        {
            assert_eq!(resource_type(text), None, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_value_is_the_same_however_the_text_is_cut() {
        let text = br#"{"a":["\\",{"b":"]}\""}],"c":"\\\"{"}x"#;
        for cut in 0..text.len() {
            let mut nesting = Nesting::default();
            let end = match nesting.close(&text[..cut]) {
                Some(end) => end,
                None => cut + nesting.close(&text[cut..]).unwrap(),
            };
            assert_eq!(end, text.len() - 1, "{cut}");
        }
    }
}
