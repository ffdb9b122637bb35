//! Where a CSV file may be cut: after a line end that is in no quotes. The cut depends on the bytes only, and not on
//! the chunks in which a store gives them.

/// The bytes from which a piece is full.
pub(super) const PIECE: usize = 4 << 20;
/// The longest record that is read, in bytes. The tables that are read hold numbers, dates and short texts.
pub(super) const LONGEST: usize = 1 << 20;

/// Whole records.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// The line of the file on which they begin, from 1.
    pub(super) line: u64,
}

/// What a cut gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Piece(Piece),
    /// A record that begins on this line is too long, and is left out.
    TooLong(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Field,
    Quoted,
    /// After a quote in quotes: its end, or the first half of two that stand for one.
    QuoteInQuotes,
}

/// Takes a file's bytes in order and cuts them.
pub(super) struct Cutter {
    delimiter: u8,
    quotes: bool,
    full: usize,
    longest: usize,
    state: State,
    /// Bytes that were taken and are in no piece yet.
    pending: Vec<u8>,
    /// The end of the last whole record of `pending`.
    whole: usize,
    /// The line on which `pending` begins, and that of the next byte.
    first: u64,
    line: u64,
    /// The line on which the record after `whole` begins.
    record: u64,
    /// Whether the rest of a record that is too long is being passed over.
    skipping: bool,
    done: Vec<Cut>,
}

impl Cutter {
    fn new(delimiter: u8, quotes: bool) -> Self {
        Self {
            delimiter,
            quotes,
            full: PIECE,
            longest: LONGEST,
            state: State::FieldStart,
            pending: Vec::new(),
            whole: 0,
            first: 1,
            line: 1,
            record: 1,
            skipping: false,
            done: Vec::new(),
        }
    }

    /// A cutter for what comes after the header's line.
    pub(super) fn after_header(delimiter: u8, quotes: bool) -> Self {
        Self { first: 2, line: 2, record: 2, ..Self::new(delimiter, quotes) }
    }

    #[cfg(test)]
    fn sized(self, full: usize, longest: usize) -> Self {
        Self { full, longest, ..self }
    }

    /// Takes the next bytes of the file; what they complete is in [`Self::done`].
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while let Some((used, ended)) = self.scan(bytes) {
            let (record, rest) = bytes.split_at(used);
            self.append(record);
            if ended {
                self.end_record();
            }
            bytes = rest;
        }
    }

    /// Ends the file: a last line without an end is a record too.
    pub(super) fn finish(&mut self) {
        if self.pending.len() > self.whole {
            self.end_record();
        }
        self.emit();
    }

    /// What has been cut since the last call.
    pub(super) fn done(&mut self) -> Vec<Cut> {
        std::mem::take(&mut self.done)
    }

    /// How many bytes there are up to the end of the record, and whether it ends there.
    fn scan(&mut self, bytes: &[u8]) -> Option<(usize, bool)> {
        for (place, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' {
                self.line += 1;
            }
            self.state = self.next(*byte);
            if *byte == b'\n' && self.state == State::FieldStart {
                return Some((place + 1, true));
            }
        }
        (!bytes.is_empty()).then_some((bytes.len(), false))
    }

    fn next(&self, byte: u8) -> State {
        let between = byte == self.delimiter || byte == b'\n' || byte == b'\r';
        match self.state {
            State::Quoted if byte == b'"' => State::QuoteInQuotes,
            State::Quoted => State::Quoted,
            _ if between => State::FieldStart,
            State::FieldStart if byte == b'"' && self.quotes => State::Quoted,
            State::QuoteInQuotes if byte == b'"' => State::Quoted,
            State::FieldStart | State::Field | State::QuoteInQuotes => State::Field,
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        if self.skipping {
            return;
        }
        self.pending.extend_from_slice(bytes);
        if self.pending.len() - self.whole > self.longest {
            self.emit();
            self.done.push(Cut::TooLong(self.record));
            self.skipping = true;
        }
    }

    fn end_record(&mut self) {
        self.record = self.line;
        if std::mem::take(&mut self.skipping) {
            self.first = self.line;
        }
        self.whole = self.pending.len();
        if self.whole >= self.full {
            self.emit();
        }
    }

    /// Makes a piece of the whole records, which is all that is kept.
    pub(super) fn emit(&mut self) {
        self.pending.truncate(self.whole);
        if self.whole > 0 {
            self.done.push(Cut::Piece(Piece { bytes: std::mem::take(&mut self.pending), line: self.first }));
            self.whole = 0;
        }
        self.first = self.record;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, chunk: usize, full: usize) -> Vec<Cut> {
        let mut cutter = Cutter::new(b',', true).sized(full, 20);
        text.as_bytes().chunks(chunk).for_each(|bytes| cutter.take(bytes));
        cutter.finish();
        cutter.done()
    }

    fn piece(text: &str, line: u64) -> Cut {
        Cut::Piece(Piece { bytes: text.as_bytes().to_vec(), line })
    }

    #[test]
    fn a_quoted_line_end_is_no_cut_and_chunks_do_not_matter() {
        let text = "a,b\n1,\"x\ny\"\n2,\"\"\"\n\"\n3,a\"b\n4,z";
        let expected = [
            piece("a,b\n", 1),
            piece("1,\"x\ny\"\n", 2),
            piece("2,\"\"\"\n\"\n", 4),
            piece("3,a\"b\n", 6),
            piece("4,z", 7),
        ];
        for chunk in 1..40 {
            assert_eq!(cut(text, chunk, 1), expected, "{chunk}");
        }
        assert_eq!(
            cut(text, 3, 10),
            [piece("a,b\n1,\"x\ny\"\n", 1), piece("2,\"\"\"\n\"\n3,a\"b\n", 4), piece("4,z", 7)]
        );
        assert_eq!(cut("", 1, 1), []);
    }

    #[test]
    fn a_record_that_is_too_long_is_passed_over() {
        let long = "x".repeat(50);
        let text = format!("1,a\n2,\"{long}\n\n\"\n3,b\n\"{long}");
        for chunk in 1..70 {
            assert_eq!(
                cut(&text, chunk, 1000),
                [piece("1,a\n", 1), Cut::TooLong(2), piece("3,b\n", 5), Cut::TooLong(6)],
                "{chunk}"
            );
        }
    }
}
