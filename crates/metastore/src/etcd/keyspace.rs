//! Where a cluster's facts lie in an etcd that others use as well.

use crate::key::{Key, Prefix};

/// The keys of one cluster: a fact `runs/1` of the cluster `site/a` lies at `site/a//runs/1`.
///
/// No [`Key`] holds `//`, so the keys of two clusters never mix, not even where one prefix continues the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keyspace {
    root: String,
}

impl Keyspace {
    pub(super) fn new(prefix: &Key) -> Self {
        Self { root: format!("{prefix}//") }
    }

    /// Where the fact named `key` lies.
    pub(super) fn at(&self, key: &Key) -> String {
        format!("{}{key}", self.root)
    }

    /// A key of this keyspace at which no fact ever lies: to ask something without reading a fact.
    pub(super) fn empty(&self) -> &str {
        &self.root
    }

    /// The first key that belongs to `prefix` and the first after it that does not, in byte order.
    pub(super) fn range(&self, prefix: &Prefix) -> (String, String) {
        let (start, end) = prefix.range();
        (format!("{}{start}", self.root), format!("{}{end}", self.root))
    }

    /// The fact's name, or `None` where `stored` is not one that this crate wrote.
    pub(super) fn fact(&self, stored: &[u8]) -> Option<Key> {
        let text = std::str::from_utf8(stored).ok()?;
        Key::new(text.strip_prefix(&self.root)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyspace(prefix: &str) -> Keyspace {
        Keyspace::new(&Key::new(prefix).unwrap())
    }

    #[test]
    fn keys_are_found_again_and_others_are_not() {
        let (key, site) = (Key::new("runs/1").unwrap(), keyspace("site/a"));
        assert_eq!(site.at(&key), "site/a//runs/1");
        assert_eq!(site.fact(b"site/a//runs/1"), Some(key));
        for other in [&b"site/a//"[..], b"site/a/runs/1", b"site/b//runs/1", b"site/a//\xff", b"site/a//a b"] {
            assert_eq!(site.fact(other), None);
        }
    }

    #[test]
    fn clusters_never_mix_even_where_one_prefix_continues_the_other() {
        let (outer, inner) = (keyspace("a"), keyspace("a/b"));
        let (start, end) = outer.range(&Prefix::all());
        for text in ["b", "b/x", "x", "0"] {
            let key = Key::new(text).unwrap();
            assert!((start.clone()..end.clone()).contains(&outer.at(&key)), "{key}");
            assert!(!(start.clone()..end.clone()).contains(&inner.at(&key)), "{key}");
            assert_eq!(outer.fact(inner.at(&key).as_bytes()), None);
        }
    }
}
