//! What a source file may hold.

use crate::workspace::Source;

/// The longest file under a `src`, in lines.
const MAX_LINES: usize = 600;

/// Reads of the machine's clock or entropy. They come in through `runtime::clock` and `runtime::random` instead.
const AMBIENT: [&str; 8] =
    ["SystemTime::now", "Instant::now", "Utc::now", "Local::now", "thread_rng", "rand::rng(", "Uuid::new_v4", "SysRng"];

/// The files that may read them all the same. Add an edge of `worker` or `cli` only where a clock cannot be passed in.
const EDGES: [&str; 3] =
    ["crates/runtime/src/clock/mod.rs", "crates/runtime/src/random/attempt.rs", "crates/runtime/src/random/seed.rs"];

/// Every file that is too long or reads what it may not, and every exception that nobody needs.
pub(crate) fn faults(files: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files {
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{} has {lines} lines: at most {MAX_LINES}, split it by concept", file.path));
        }
        if !EDGES.contains(&&*file.path) {
            faults.extend(ambient(file).map(|(line, read)| format!("{}:{line} reads {read}: pass it in", file.path)));
        }
    }
    let needed = |edge: &str| files.iter().any(|file| file.path == edge && ambient(file).next().is_some());
    let idle = EDGES.into_iter().filter(|edge| !needed(edge));
    faults.extend(
        idle.map(|edge| format!("{edge} is listed as an edge, but reads nothing ambient: take it off the list")),
    );
    faults
}

/// Line numbers and names of ambient reads in production code: neither comments nor tests count.
fn ambient(file: &Source) -> impl Iterator<Item = (usize, &'static str)> {
    let is_test = file.path.ends_with("/tests.rs") || file.path.contains("/tests/");
    let production = if is_test { "" } else { before_tests(&file.text) };
    let code = production.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.flat_map(|(i, line)| AMBIENT.into_iter().filter(|read| line.contains(read)).map(move |read| (i + 1, read)))
}

/// The text up to an inline test module, which by the rules of the house comes last.
fn before_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, String)]) -> Vec<String> {
        let source = |(path, text): &(&str, String)| Source { path: (*path).to_owned(), text: text.clone() };
        let edges = EDGES.map(|edge| Source { path: edge.to_owned(), text: "Instant::now()".to_owned() });
        faults(&files.iter().map(source).chain(edges).collect::<Vec<_>>())
    }

    #[test]
    fn long_files_and_ambient_reads_are_found() {
        let read = "fn f() {\n    let t = std::time::Instant::now();\n}\n";
        let found = of(&[
            ("a/src/long.rs", "\n".repeat(601)),
            ("a/src/full.rs", "\n".repeat(600)),
            ("a/src/read.rs", read.to_owned()),
            ("a/src/comment.rs", "/// Not Instant::now.\n".to_owned()),
            ("a/src/tests.rs", read.to_owned()),
            ("a/src/inline.rs", format!("fn f() {{}}\n\n#[cfg(test)]\nmod tests {{\n{read}}}\n")),
        ]);
        assert_eq!(
            found,
            [
                "a/src/long.rs has 601 lines: at most 600, split it by concept",
                "a/src/read.rs:2 reads Instant::now: pass it in"
            ]
        );
    }

    #[test]
    fn exceptions_that_nobody_needs_are_found() {
        assert_eq!(faults(&[]).len(), EDGES.len());
        assert_eq!(of(&[]), Vec::<String>::new());
    }
}
