//! Reads OpenMetrics text strictly, for tests: whatever breaks the format fails with the line.

use std::collections::{BTreeMap, BTreeSet};

/// A scrape that kept the format.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// Type of each metric family.
    pub types: BTreeMap<String, String>,
    samples: BTreeMap<Series, f64>,
}

/// Name and labels, the labels sorted.
type Series = (String, Vec<(String, String)>);

impl Checked {
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let mut labels: Vec<_> = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        labels.sort();
        let value = self.samples.get(&(name.to_owned(), labels.clone()));
        *value.unwrap_or_else(|| panic!("no sample {name}{labels:?}"))
    }

    fn check_histograms(&self) {
        for (name, _) in self.types.iter().filter(|(_, kind)| *kind == "histogram") {
            let bucket = format!("{name}_bucket");
            let mut by_labels: BTreeMap<_, Vec<(f64, f64)>> = BTreeMap::new();
            for ((_, labels), count) in self.samples.iter().filter(|((sample, _), _)| *sample == bucket) {
                let (le, others): (Vec<_>, Vec<_>) = labels.iter().partition(|(key, _)| key == "le");
                let bound = if le[0].1 == "+Inf" { f64::INFINITY } else { le[0].1.parse().unwrap() };
                by_labels.entry(others).or_default().push((bound, *count));
            }
            for (labels, mut buckets) in by_labels {
                buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
                assert!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{name}{labels:?} is not cumulative");
                let labels: Vec<_> = labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
                let count = self.value(&format!("{name}_count"), &labels);
                assert_eq!(buckets.last().unwrap(), &(f64::INFINITY, count), "{name}{labels:?}");
            }
        }
    }
}

/// Checks all of `text`.
pub(super) fn check(text: &str) -> Checked {
    let mut checked = Checked::default();
    let mut helped = BTreeSet::new();
    let body = text.strip_suffix("# EOF\n").expect("ends with `# EOF`");
    let mut family = String::new();
    for line in body.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap_or_else(|| panic!("no help: {line}"));
            assert!(!words.is_empty() && helped.insert(name.to_owned()), "{line}");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap_or_else(|| panic!("no type: {line}"));
            assert!(helped.contains(name) && is_name(name), "{line}");
            family = name.to_owned();
            assert!(checked.types.insert(family.clone(), kind.to_owned()).is_none(), "twice: {line}");
        } else {
            let (series, value) = sample(line);
            let suffix =
                series.0.strip_prefix(&family).unwrap_or_else(|| panic!("outside its family: {line}"));
            let allowed: &[&str] = match checked.types[&family].as_str() {
                "counter" => &["_total"],
                "gauge" => &[""],
                "histogram" => &["_bucket", "_sum", "_count"],
                "info" => &["_info"],
                kind => panic!("type {kind} of {family}"),
            };
            assert!(allowed.contains(&suffix), "{line}");
            assert!(value.is_finite() && (suffix.is_empty() || value >= 0.0), "{line}");
            assert!(checked.samples.insert(series, value).is_none(), "twice: {line}");
        }
    }
    checked.check_histograms();
    checked
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// `name{key="value",...} number`
fn sample(line: &str) -> (Series, f64) {
    let fault = |what: &str| -> ! { panic!("{what}: {line}") };
    let end = line.find(['{', ' ']).unwrap_or_else(|| fault("no value"));
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (key, after) = rest.split_once("=\"").unwrap_or_else(|| fault("no label"));
            let (value, after) = quoted(after).unwrap_or_else(|| fault("no end of the label"));
            labels.push((key.to_owned(), value));
            match after.split_at_checked(1) {
                Some((",", more)) => rest = more,
                Some(("}", more)) => break rest = more,
                _ => fault("no end of the labels"),
            }
        }
    }
    let number = rest.strip_prefix(' ').and_then(|number| number.parse().ok());
    assert!(is_name(name) && labels.iter().all(|(key, _)| is_name(key)), "{line}");
    labels.sort();
    assert!(labels.is_sorted_by(|a, b| a.0 < b.0), "a label twice: {line}");
    ((name.to_owned(), labels), number.unwrap_or_else(|| fault("no number")))
}

/// A label's value up to its closing quote, its escapes undone, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, ch)) = chars.next() {
        match ch {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                escaped @ ('"' | '\\') => escaped,
                _ => return None,
            }),
            ch => value.push(ch),
        }
    }
    None
}
