//! Metrics as Prometheus reads them: the text of a scrape.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

/// Media type of [`Scrape::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Media type of what [`plain`] gives.
pub const PLAIN_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The same scrape in Prometheus' older text format, which every reader takes: there the family of a counter is
/// named like its samples, and there are no infos and no end mark.
pub fn plain(openmetrics: &str) -> String {
    let mut out = String::with_capacity(openmetrics.len());
    let mut suffix: Option<(&str, &str)> = None;
    for (index, line) in openmetrics.lines().enumerate() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("EOF"), ..) => continue,
            (Some("#"), Some(what @ ("HELP" | "TYPE")), Some(name), Some(rest)) => {
                if what == "HELP" {
                    // The type stands in the line after it.
                    let kind = openmetrics.lines().nth(index + 1).and_then(|next| next.rsplit(' ').next());
                    suffix = match kind {
                        Some("counter") => Some(("_total", "counter")),
                        Some("info") => Some(("_info", "gauge")),
                        _ => None,
                    };
                }
                let (tail, kind) = suffix.unwrap_or(("", rest));
                let rest = if what == "TYPE" { kind } else { rest };
                out.extend(["# ", what, " ", name, tail, " ", rest]);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// Every metric at one moment. Taken under the caller's lock, written out without it.
#[derive(Debug)]
pub struct Scrape(pub(super) Vec<Metric>);

/// One metric with all its samples.
#[derive(Debug)]
pub(super) struct Metric {
    /// As samples are named, without the `_total` of a counter and the `_info` of an info.
    pub name: &'static str,
    pub kind: MetricType,
    pub help: &'static str,
    pub samples: Vec<Sample>,
}

#[derive(Debug)]
pub(super) struct Sample {
    pub labels: Labels,
    pub value: Value,
}

pub(super) type Labels = Vec<(&'static str, String)>;

#[derive(Debug)]
pub(super) enum Value {
    Count(u64),
    Number(f64),
    /// Bounds and counts, not cumulative.
    Buckets {
        sum: f64,
        buckets: Vec<(f64, u64)>,
    },
    /// Its labels are all it says.
    Info,
}

impl Scrape {
    /// The answer to `GET /metrics`, in the OpenMetrics text format.
    ///
    /// # Errors
    /// None that is known: writing to a string does not fail.
    pub fn text(self) -> Result<String, fmt::Error> {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut out = String::new();
        text::encode(&mut out, &registry)?;
        Ok(out)
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for Metric { name, kind, help, samples } in &self.0 {
            let mut metric = encoder.encode_descriptor(name, help, None, *kind)?;
            for sample in samples {
                sample.encode(*kind, &mut metric)?;
            }
        }
        Ok(())
    }
}

impl Sample {
    fn encode(&self, kind: MetricType, metric: &mut MetricEncoder<'_>) -> Result<(), fmt::Error> {
        match &self.value {
            Value::Info => metric.encode_info(&self.labels),
            value if self.labels.is_empty() => value.encode(kind, metric),
            value => value.encode(kind, &mut metric.encode_family(&self.labels)?),
        }
    }
}

impl Value {
    fn encode(&self, kind: MetricType, metric: &mut MetricEncoder<'_>) -> Result<(), fmt::Error> {
        match (self, kind) {
            (Self::Count(count), MetricType::Counter) => {
                metric.encode_counter::<NoLabelSet, _, u64>(count, None)
            }
            (Self::Number(number), MetricType::Counter) => {
                metric.encode_counter::<NoLabelSet, _, u64>(number, None)
            }
            (Self::Count(count), _) => metric.encode_gauge(count),
            (Self::Number(number), _) => metric.encode_gauge(number),
            (Self::Buckets { sum, buckets }, _) => {
                let count = buckets.iter().map(|(_, count)| count).sum();
                metric.encode_histogram::<NoLabelSet>(*sum, count, buckets, None)
            }
            (Self::Info, _) => metric.encode_info(&Labels::new()),
        }
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

/// A number that is none, or without bound, counts as 0: one bad reading must not spoil the whole scrape.
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(if number.is_finite() { number } else { 0.0 })
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Count(u64::from(yes))
    }
}
