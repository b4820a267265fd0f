//! Drawing of a sweep: recall against false alarms an hour, as an SVG that stands on its own.
//!
//! False alarms are on a scale of ln(1 + x), which shows none, one and many alike. The band is the 95 % interval of the
//! recall; the cross on the operating point is the interval of both. Colours follow the reader's light or dark scheme.

use std::fmt::Write as _;

use super::{Share, Sweep, SweepPoint};

/// What the rules are tuned for: at least this recall at no more than so many false alarms an hour.
const AIM_RECALL: f64 = 0.97;
const AIM_PER_HOUR: f64 = 0.5;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 480.0;
/// Edges of the plot.
const LEFT: f64 = 76.0;
const RIGHT: f64 = 736.0;
const TOP: f64 = 76.0;
const BOTTOM: f64 = 412.0;

/// Marks on the axis of false alarms an hour, as far as they are reached.
const RATES: [f64; 11] = [0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];

/// Without custom properties: not every program that shows an SVG knows them.
const STYLE: &str = "\
svg { font-family: system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif; font-size: 13px; }
.title { font-size: 16px; font-weight: 600; } .aim { stroke-dasharray: 5 4; } .curve { fill: none; stroke-width: 2; }
.band { fill-opacity: 0.14; } .cross { stroke-width: 1.5; }
.back { fill: #ffffff; } text { fill: #1f2328; } .soft { fill: #59636e; } .grid { stroke: #d8dee4; } .axis { stroke: #59636e; }
.aim { stroke: #1a7f37; } .aim-text { fill: #1a7f37; } .band { fill: #0b63c5; } .curve { stroke: #0b63c5; }
.point { fill: #c2410c; } .cross { stroke: #c2410c; }
@media (prefers-color-scheme: dark) {
.back { fill: #0d1117; } text { fill: #e6edf3; } .soft { fill: #9aa4ae; } .grid { stroke: #30363d; } .axis { stroke: #9aa4ae; }
.aim { stroke: #57c96f; } .aim-text { fill: #57c96f; } .band { fill: #58a6ff; } .curve { stroke: #58a6ff; }
.point { fill: #ff9b5e; } .cross { stroke: #ff9b5e; }
}";

impl Sweep {
    /// The drawing; `None` where no phrase was said or no time heard.
    pub fn svg(&self) -> Option<String> {
        let operating = Place::of(&self.operating)?;
        let places: Vec<Place> = self.points.iter().filter_map(Place::of).collect();
        let axes = Axes::over(&places, operating);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"title\">\n<style>\n{STYLE}\n</style>\n\
             <rect class=\"back\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n"
        );
        self.head(operating, &mut out);
        axes.grid(&mut out);
        axes.aims(&mut out);
        axes.curve(&places, &mut out);
        axes.operating(operating, &mut out);
        out.push_str("</svg>\n");
        Some(out)
    }

    fn head(&self, operating: Place, out: &mut String) {
        let (said, hours) = (self.operating.recall.strict.of, self.operating.false_alarms.hours);
        let title = "Forbidden phrases: recall against false alarms";
        text(out, "title\" id=\"title", (LEFT, 30.0), "start", title);
        let line = format!(
            "{}: {said} phrases said in {hours:.2} h; operating point {:.1} % at {:.2} an hour, 95 % intervals",
            self.corpus,
            100.0 * operating.recall,
            operating.rate
        );
        text(out, "soft", (LEFT, 52.0), "start", &line);
    }
}

/// A point of the sweep in its own units.
#[derive(Clone, Copy)]
struct Place {
    recall: f64,
    recall_low: f64,
    recall_high: f64,
    rate: f64,
    rate_low: f64,
    rate_high: f64,
}

impl Place {
    fn of(point: &SweepPoint) -> Option<Self> {
        let Share { rate, low, high, .. } = point.recall.strict;
        let alarms = point.false_alarms;
        Some(Self {
            recall: rate?,
            recall_low: low?,
            recall_high: high?,
            rate: alarms.per_hour?,
            rate_low: alarms.low?,
            rate_high: alarms.high?,
        })
    }
}

/// Where values lie in the drawing.
struct Axes {
    rate_max: f64,
    recall_min: f64,
}

impl Axes {
    /// From a tenth below the operating point's interval up to full recall; to the right as far as the curve or the
    /// operating point's interval goes.
    fn over(places: &[Place], operating: Place) -> Self {
        let most = places.iter().map(|place| place.rate).fold(operating.rate_high, f64::max);
        let rate_max = RATES.into_iter().find(|rate| *rate >= most).unwrap_or(most);
        let recall_min = ((operating.recall_low.min(AIM_RECALL) - 0.1) * 10.0).floor().max(0.0) / 10.0;
        Self { rate_max, recall_min }
    }

    fn x(&self, rate: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * rate.min(self.rate_max).ln_1p() / self.rate_max.ln_1p()
    }

    fn y(&self, recall: f64) -> f64 {
        let share = (recall.max(self.recall_min) - self.recall_min) / (1.0 - self.recall_min);
        BOTTOM - (BOTTOM - TOP) * share
    }

    fn grid(&self, out: &mut String) {
        for rate in RATES.into_iter().filter(|rate| *rate <= self.rate_max) {
            let x = self.x(rate);
            line(out, "grid", (x, TOP), (x, BOTTOM));
            text(out, "soft", (x, BOTTOM + 19.0), "middle", &format!("{rate}"));
        }
        let step = if self.recall_min >= 0.7 { 5 } else { 10 };
        let least = (self.recall_min * 100.0).round() as u32;
        for percent in (least..=100).step_by(step) {
            let y = self.y(f64::from(percent) / 100.0);
            line(out, "grid", (LEFT, y), (RIGHT, y));
            text(out, "soft", (LEFT - 9.0, y + 4.5), "end", &format!("{percent} %"));
        }
        line(out, "axis", (LEFT, TOP), (LEFT, BOTTOM));
        line(out, "axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
        let middle = f64::midpoint(LEFT, RIGHT);
        let label = "false alarms an hour, ln(1 + x) scale";
        text(out, "label", (middle, BOTTOM + 46.0), "middle", label);
        let y = f64::midpoint(TOP, BOTTOM);
        let _ = writeln!(
            out,
            "<text transform=\"translate(20 {y:.1}) rotate(-90)\" text-anchor=\"middle\">recall, provision right</text>"
        );
    }

    fn aims(&self, out: &mut String) {
        let y = self.y(AIM_RECALL);
        line(out, "aim", (LEFT, y), (RIGHT, y));
        if AIM_PER_HOUR <= self.rate_max {
            let x = self.x(AIM_PER_HOUR);
            line(out, "aim", (x, TOP), (x, BOTTOM));
            let label = format!("aim: {:.0} % at {AIM_PER_HOUR} an hour", 100.0 * AIM_RECALL);
            text(out, "aim-text", (x + 7.0, BOTTOM - 9.0), "start", &label);
        }
    }

    /// In steps, as recall and false alarms change one at a time, with the interval of the recall behind it.
    fn curve(&self, places: &[Place], out: &mut String) {
        let Some(first) = places.first() else { return };
        let path = |value: fn(&Place) -> f64| -> Vec<(f64, f64)> {
            let mut path = vec![(self.x(first.rate), self.y(value(first)))];
            for pair in places.windows(2) {
                path.push((self.x(pair[1].rate), self.y(value(&pair[0]))));
                path.push((self.x(pair[1].rate), self.y(value(&pair[1]))));
            }
            path
        };
        let mut band = path(|place| place.recall_high);
        band.extend(path(|place| place.recall_low).into_iter().rev());
        let listed = |path: &[(f64, f64)]| {
            path.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
        };
        let _ = writeln!(out, "<polygon class=\"band\" points=\"{}\"/>", listed(&band));
        let curve = path(|place| place.recall);
        let _ = writeln!(out, "<polyline class=\"curve\" points=\"{}\"/>", listed(&curve));
    }

    fn operating(&self, place: Place, out: &mut String) {
        let (x, y) = (self.x(place.rate), self.y(place.recall));
        line(out, "cross", (self.x(place.rate_low), y), (self.x(place.rate_high), y));
        line(out, "cross", (x, self.y(place.recall_low)), (x, self.y(place.recall_high)));
        let _ = writeln!(
            out,
            "<circle class=\"point\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"><title>operating point</title></circle>"
        );
        text(out, "label", (x + 11.0, y + 20.0), "start", "operating point");
    }
}

fn line(out: &mut String, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    let ends = format!("x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"");
    // Writing to a string cannot fail.
    let _ = writeln!(out, "<line class=\"{class}\" {ends}/>");
}

fn text(out: &mut String, class: &str, (x, y): (f64, f64), anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"
    );
}
