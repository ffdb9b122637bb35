//! Segments, fields, repetitions, components and subcomponents (HL7 v2.5, 2.5 and 2.6), borrowed from the text.

use std::borrow::Cow;

use super::unescape;

/// The start and the end of a block around a message (HL7 minimal lower layer protocol); SS-MIX2 ends files with the
/// second.
const BLOCK: [char; 2] = ['\u{b}', '\u{1c}'];

/// The characters that divide a message, as its own MSH-1 and MSH-2 say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separators {
    /// Between fields.
    pub field: char,
    /// Between components.
    pub component: char,
    /// Between repetitions.
    pub repetition: char,
    /// Around escape sequences.
    pub escape: char,
    /// Between subcomponents.
    pub subcomponent: char,
}

impl Default for Separators {
    fn default() -> Self {
        Self { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' }
    }
}

/// One message.
#[derive(Clone)]
pub struct Message<'a> {
    separators: Separators,
    segments: Vec<Segment<'a>>,
}

/// One segment.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    name: &'a str,
    text: &'a str,
    separators: Separators,
    /// Its place in the message, from 1.
    pub number: u32,
}

/// A field, or a part of one. Its text may hold escape sequences until [`Field::text`] takes them out.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    raw: &'a str,
    separators: Separators,
}

impl<'a> Message<'a> {
    /// Reads a message. Nothing unless it begins with MSH and five different separators in ASCII, and has no second MSH:
    /// what follows that would be another message.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text
            .trim_start_matches(BLOCK)
            .trim_end_matches(|end: char| BLOCK.contains(&end) || end.is_ascii_whitespace());
        let separators = separators(text)?;
        let lines = text.split(['\r', '\n']).filter(|line| !line.is_empty());
        let segments: Vec<Segment<'a>> =
            lines.zip(1..).map(|(text, number)| Segment::new(text, separators, number)).collect();
        let headers = segments.iter().filter(|segment| segment.name() == "MSH").count();
        (headers == 1).then_some(Self { separators, segments })
    }

    /// All segments in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment<'a>] {
        &self.segments
    }

    /// All segments of one name in order.
    pub fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = Segment<'a>> + 's {
        self.segments.iter().copied().filter(move |segment| segment.name() == name)
    }

    /// The field `number` of the first segment of one name; empty if there is none.
    #[must_use]
    pub fn field(&self, name: &str, number: usize) -> Field<'a> {
        let segment = self.segments.iter().find(|segment| segment.name() == name);
        segment.map_or(Field { raw: "", separators: self.separators }, |segment| segment.field(number))
    }

    /// The separators.
    #[must_use]
    pub fn separators(&self) -> Separators {
        self.separators
    }
}

impl<'a> Segment<'a> {
    fn new(text: &'a str, separators: Separators, number: u32) -> Self {
        Self { name: text.split(separators.field).next().unwrap_or_default(), text, separators, number }
    }

    /// The segment's name, such as `PID`.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The field `number`, from 1 as in the standard; empty if the segment is shorter. MSH-1 is the field separator
    /// itself, so that all fields of MSH stand one place further than those of other segments.
    #[must_use]
    pub fn field(&self, number: usize) -> Field<'a> {
        let place = if self.name() == "MSH" { number.saturating_sub(1) } else { number };
        let raw = if place == 0 { "" } else { self.text.split(self.separators.field).nth(place).unwrap_or_default() };
        Field { raw, separators: self.separators }
    }
}

impl<'a> Field<'a> {
    /// The repetitions; one empty field if there is nothing.
    pub fn repetitions(self) -> impl Iterator<Item = Self> {
        self.raw.split(self.separators.repetition).map(move |raw| Self { raw, ..self })
    }

    /// The component `number`, from 1, of the first repetition; empty if there are fewer.
    #[must_use]
    pub fn component(self, number: usize) -> Self {
        let first = self.raw.split(self.separators.repetition).next().unwrap_or_default();
        let raw = first.split(self.separators.component).nth(number.saturating_sub(1)).unwrap_or_default();
        Self { raw, ..self }
    }

    /// The text of the first component's first subcomponent, without escape sequences and blanks around it. Nothing is
    /// the same as `""`, which HL7 writes where a value was removed.
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        let first = self.component(1).raw.split(self.separators.subcomponent).next().unwrap_or_default().trim();
        if first == r#""""# { Cow::Borrowed("") } else { unescape(first, self.separators) }
    }

    /// Whether nothing at all stands in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.raw.is_empty() || self.raw == r#""""#
    }

    /// The text as it stands in the message.
    #[must_use]
    pub fn raw(self) -> &'a str {
        self.raw
    }
}

macro_rules! debug_without_values {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(values withheld)"))
            }
        }
    )*};
}

debug_without_values!(Message, Segment, Field);

fn separators(text: &str) -> Option<Separators> {
    let mut characters = text.strip_prefix("MSH")?.chars();
    let mut next = || characters.next().filter(|character| character.is_ascii_punctuation());
    let field = next()?;
    let (component, repetition, escape) = (next()?, next()?, next()?);
    // MSH-2 may end before the subcomponent separator (HL7 v2.5, 2.5.4: three are the least).
    let subcomponent = next().filter(|character| *character != field).unwrap_or('&');
    let all = [field, component, repetition, escape, subcomponent];
    let different = all.iter().enumerate().all(|(place, one)| !all[..place].contains(one));
    different.then_some(Separators { field, component, repetition, escape, subcomponent })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "MSH|^~\\&|HIS||GW||20111220||OUL^R22^OUL_R22|1|P|2.5\rPID|1||A1^^^^PI~B2||x\r\
                        OBX|1|NM|9A100&IMP^a^JC10||\"\"|g\\S\\dl^g/dl\r\u{1c}";

    #[test]
    fn fields_components_repetitions_and_subcomponents_are_found() {
        let message = Message::parse(TEXT).unwrap();
        assert_eq!(message.field("MSH", 2).raw(), "^~\\&");
        assert_eq!(message.field("MSH", 9).component(2).text(), "R22");
        let ids: Vec<_> = message.field("PID", 3).repetitions().map(|id| id.text().into_owned()).collect();
        assert_eq!(ids, ["A1", "B2"]);
        assert_eq!(message.field("OBX", 3).text(), "9A100");
        assert_eq!(message.field("OBX", 3).component(3).text(), "JC10");
        assert!(message.field("OBX", 5).is_empty() && message.field("OBX", 5).text().is_empty());
        assert_eq!(message.field("OBX", 6).text(), "g^dl");
        assert!(message.field("OBX", 99).is_empty() && message.field("ZZZ", 1).is_empty());
        assert_eq!(message.named("OBX").next().unwrap().number, 3);
    }

    #[test]
    fn separators_are_the_messages_own() {
        let message = Message::parse("MSH#*@!%#a\nPID###1*2@3*4%5").unwrap();
        assert_eq!(message.field("PID", 3).component(2).text(), "2");
        let second: Vec<_> =
            message.field("PID", 3).repetitions().map(|part| part.component(2).text().into_owned()).collect();
        assert_eq!(second, ["2", "4"]);
    }

    #[test]
    fn what_is_no_single_message_is_refused() {
        for text in [
            "",
            "MSH",
            "MSH|^",
            "MSH|^^~&|",
            "PID|1",
            "MSHa^~\\&",
            "MSH|^~\\&|\rMSH|^~\\&|",
            "\u{fb}\u{fc}",
            "MSH|患~\\&",
        ] {
            assert!(Message::parse(text).is_none(), "{text}");
        }
    }
}
