//! What each run cost and how long it took, as bars.

use super::markup::Html;
use super::tone;
use crate::model::{RunStatus, Seconds, Usd};
use crate::render::{count, duration, money};

/// The most bars: where there are more runs, several share one.
const BARS: usize = 120;
/// Fewer bars than this leave room for more, and do not grow broad.
const ROOM: usize = 12;
/// How broad a bar is, with the gap behind it.
const STEP: usize = 10;
/// How broad the bar itself is.
const WIDTH: usize = 8;
/// How high the highest one is.
const HEIGHT: u64 = 100;

/// What a chart shows of one run.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// Where the run is on the page.
    pub(super) link: String,
    /// Its number.
    pub(super) number: usize,
    /// How it ended.
    pub(super) status: RunStatus,
    /// What it cost.
    pub(super) cost: Option<Usd>,
    /// How long it took.
    pub(super) span: Option<Seconds>,
}

/// What is measured of runs.
struct Measure {
    title: &'static str,
    of: fn(&Point) -> Option<u64>,
    words: fn(u64) -> String,
}

const MEASURES: [Measure; 2] = [
    Measure {
        title: "Cost",
        of: |point| point.cost.map(|cost| cost.micros()),
        words: |micros| money(Usd::from_micros(micros)),
    },
    Measure {
        title: "Time",
        of: |point| point.span.map(|span| span.millis()),
        words: |millis| duration(Seconds::from_millis(millis)),
    },
];

/// Shows cost and time of runs. What is known of none is left out.
pub(super) fn charts(page: &mut Html<'_>, points: &[Point]) {
    let known: Vec<&Measure> =
        MEASURES.iter().filter(|measure| points.iter().any(|point| (measure.of)(point) > Some(0))).collect();
    if !known.is_empty() && points.len() > 1 {
        page.put("div", &[("class", "charts")], |page| {
            known.iter().for_each(|measure| chart(page, measure, points));
        });
    }
}

fn chart(page: &mut Html<'_>, measure: &Measure, points: &[Point]) {
    let shared = points.len().div_ceil(BARS);
    let bars: Vec<&[Point]> = points.chunks(shared).collect();
    let sum = |bar: &[Point]| bar.iter().filter_map(measure.of).fold(0, u64::saturating_add);
    let most = bars.iter().map(|bar| sum(bar)).max().unwrap_or(0);
    let each = if shared > 1 { format!("of {shared} runs each") } else { "of each run".to_owned() };
    page.put("figure", &[], |page| {
        page.put("figcaption", &[], |page| {
            page.put("span", &[], |page| {
                page.text_in("b", &[], measure.title);
                page.text(&format!(" {each}"));
            });
            page.text_in("span", &[], &format!("at most {}", (measure.words)(most)));
        });
        let label = format!("{} {each}, {}", measure.title, count(points.len() as u64, "run"));
        let size = format!("0 0 {} {HEIGHT}", bars.len().max(ROOM) * STEP);
        let svg = [
            ("viewBox", size.as_str()),
            ("preserveAspectRatio", "none"),
            ("role", "img"),
            ("aria-label", &label),
        ];
        page.put("svg", &svg, |page| {
            for (index, bar) in bars.iter().enumerate() {
                draw(page, index, bar, (sum(bar), most), measure);
            }
        });
        axis(page, &bars);
    });
}

fn draw(page: &mut Html<'_>, index: usize, bar: &[Point], (value, most): (u64, u64), measure: &Measure) {
    let (Some(first), Some(last)) = (bar.first(), bar.last()) else { return };
    // What is more than nothing is seen.
    let scaled = u128::from(value) * u128::from(HEIGHT) / u128::from(most.max(1));
    let height = u64::try_from(scaled).unwrap_or(HEIGHT).max(u64::from(value > 0));
    let (x, y) = ((index * STEP + (STEP - WIDTH) / 2).to_string(), (HEIGHT - height).to_string());
    let (width, height) = (WIDTH.to_string(), height.to_string());
    let look = if bar.len() == 1 && first.status != RunStatus::Succeeded { tone(first.status) } else { "" };
    let shape = [("class", look), ("x", x.as_str()), ("y", &y), ("width", &width), ("height", &height)];
    let runs = match bar.len() {
        1 => format!("#{} {}", first.number, first.status),
        _ => format!("#{} to #{}", first.number, last.number),
    };
    let told = match bar.iter().any(|point| (measure.of)(point).is_some()) {
        true => format!("{runs}: {}", (measure.words)(value)),
        false => format!("{runs}: not known"),
    };
    page.put("a", &[("href", &first.link)], |page| {
        page.put("rect", &shape, |page| page.text_in("title", &[], &told));
    });
}

fn axis(page: &mut Html<'_>, bars: &[&[Point]]) {
    let number = |point: Option<&Point>| point.map(|point| format!("#{}", point.number)).unwrap_or_default();
    let (first, last) = (bars.first().and_then(|bar| bar.first()), bars.last().and_then(|bar| bar.last()));
    // Where there is room left, the last bar is not at the end.
    let labels = match bars.len() < ROOM {
        true => vec![format!("{} to {}", number(first), number(last))],
        false => vec![number(first), number(last)],
    };
    page.put("div", &[("class", "axis")], |page| {
        labels.iter().for_each(|label| page.text_in("span", &[], label));
    });
}
