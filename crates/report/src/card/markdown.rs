//! Markdown that shows text as it is: what comes from a spec or a table can neither end a cell nor start markup.

use std::fmt::Write as _;

/// A page that grows block by block.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    pub(super) fn heading(&mut self, level: usize, text: &str) {
        self.block(&format!("{} {}", "#".repeat(level), plain(text)));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.block(&plain(text));
    }

    pub(super) fn quote(&mut self, text: &str) {
        self.block(&format!("> **{}**", plain(text)));
    }

    /// A list; nothing where it is empty.
    pub(super) fn list<T: AsRef<str>>(&mut self, items: impl IntoIterator<Item = T>) {
        let lines: Vec<String> = items.into_iter().map(|item| format!("- {}", plain(item.as_ref()))).collect();
        if !lines.is_empty() {
            self.block(&lines.join("\n"));
        }
    }

    /// A table; nothing where it has no rows.
    pub(super) fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) {
        if rows.is_empty() {
            return;
        }
        let line =
            |cells: &[String]| format!("| {} |", cells.iter().map(|cell| plain(cell)).collect::<Vec<_>>().join(" | "));
        let mut lines = vec![line(&head.map(str::to_owned)), format!("|{}", "---|".repeat(N))];
        lines.extend(rows.iter().map(|row| line(row)));
        self.block(&lines.join("\n"));
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    fn block(&mut self, block: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{block}");
    }
}

/// One line of text in which nothing is markup.
fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => line.push(' '),
            '<' => line.push_str("&lt;"),
            '>' => line.push_str("&gt;"),
            '&' => line.push_str("&amp;"),
            '|' | '*' | '_' | '[' | ']' | '`' | '\\' | '#' => {
                line.push('\\');
                line.push(character);
            }
            other => line.push(other),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_can_neither_end_itself_nor_start_markup() {
        let mut page = Page::default();
        page.table(["a"], &[["x | y\n<script>".to_owned()], ["[l](http://e)".to_owned()]]);
        assert_eq!(page.finish(), "| a |\n|---|\n| x \\| y &lt;script&gt; |\n| \\[l\\](http://e) |\n");
    }
}
