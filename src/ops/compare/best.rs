//! Which value of a row is the best.

use serde::Serialize;
use serde_json::Value;

use super::{CompareOptions, CompareRow, CompareSection};
use crate::ops::OpError;

/// Parts of names of metrics of which less is better, unless it is said otherwise.
const LESS: [&str; 14] = [
    "error", "fail", "duration", "time", "latency", "cost", "token", "memory", "bytes", "warning", "flaky",
    "seconds", "retries", "size",
];

/// Ends of names of metrics that are spans of time.
const SPANS: [&str; 2] = ["_s", "_ms"];

/// Which of two numbers is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Better {
    /// The higher one.
    Higher,
    /// The lower one.
    Lower,
}

/// Finds the best values.
pub(super) struct Judge<'a> {
    options: &'a CompareOptions,
}

impl<'a> Judge<'a> {
    pub(super) fn new(options: &'a CompareOptions) -> Self {
        Self { options }
    }

    /// Marks the best values of all rows; fails where a name that was given is none of theirs.
    pub(super) fn judge(&self, rows: &mut [CompareRow]) -> Result<(), OpError> {
        for name in self.options.higher.iter().chain(&self.options.lower) {
            if !rows.iter().any(|row| is_number(row) && is_called(row, name)) {
                let known = rows.iter().filter(|row| is_number(row)).map(full_name).collect();
                return Err(OpError::NoMetric { name: name.clone(), known });
            }
        }
        let is_both =
            |row: &&CompareRow| is_one_of(row, &self.options.higher) && is_one_of(row, &self.options.lower);
        if let Some(row) = rows.iter().find(is_both) {
            return Err(OpError::BothWays(full_name(row)));
        }
        for row in rows {
            row.better = self.better(row);
            row.best = row.better.map(|better| best(row, better)).unwrap_or_default();
        }
        Ok(())
    }

    fn better(&self, row: &CompareRow) -> Option<Better> {
        match row {
            row if !is_number(row) => None,
            _ if is_one_of(row, &self.options.higher) => Some(Better::Higher),
            _ if is_one_of(row, &self.options.lower) => Some(Better::Lower),
            row => usual(row),
        }
    }
}

fn usual(row: &CompareRow) -> Option<Better> {
    let name = row.name.to_ascii_lowercase();
    match row.section {
        CompareSection::Usage => Some(Better::Lower),
        CompareSection::Metrics if is_less_better(&name) => Some(Better::Lower),
        CompareSection::Metrics => Some(Better::Higher),
        CompareSection::Run if name == "score" => Some(Better::Higher),
        CompareSection::Run if name == "duration_s" => Some(Better::Lower),
        _ => None,
    }
}

fn is_less_better(name: &str) -> bool {
    LESS.iter().any(|part| name.contains(part)) || SPANS.iter().any(|unit| name.ends_with(unit))
}

fn is_number(row: &CompareRow) -> bool {
    row.values.iter().flatten().any(Value::is_number)
}

fn is_one_of(row: &CompareRow, names: &[String]) -> bool {
    names.iter().any(|name| is_called(row, name))
}

// People may leave the section out.
fn is_called(row: &CompareRow, name: &str) -> bool {
    row.name == name || full_name(row) == name
}

fn full_name(row: &CompareRow) -> String {
    match row.section {
        CompareSection::Usage => format!("usage.{}", row.name),
        CompareSection::Metrics => format!("metrics.{}", row.name),
        _ => row.name.clone(),
    }
}

// Where all are as good, none is the best.
fn best(row: &CompareRow, better: Better) -> Vec<usize> {
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_f64);
    let numbers: Vec<(usize, f64)> =
        row.values.iter().enumerate().filter_map(|(place, value)| Some((place, number(value)?))).collect();
    let order = |a: &f64, b: &f64| match better {
        Better::Higher => a.total_cmp(b),
        Better::Lower => b.total_cmp(a),
    };
    let Some(best) = numbers.iter().map(|(_, number)| *number).max_by(order) else { return Vec::new() };
    let places: Vec<usize> = numbers.iter().filter(|(_, n)| *n == best).map(|(place, _)| *place).collect();
    if places.len() == numbers.len() { Vec::new() } else { places }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(section: CompareSection, name: &str, numbers: &[Option<f64>]) -> CompareRow {
        let values = numbers.iter().map(|number| number.map(Value::from)).collect();
        CompareRow::new(section, name.to_owned(), values)
    }

    fn judged(options: &CompareOptions, row: CompareRow) -> Vec<usize> {
        let mut rows = [row];
        Judge::new(options).judge(&mut rows).expect("the names are known");
        rows[0].best.clone()
    }

    #[test]
    fn cost_is_best_low_and_a_metric_high_unless_it_counts_what_went_wrong() {
        let usual = CompareOptions::default();
        let best = |section, name, numbers: &[Option<f64>]| judged(&usual, row(section, name, numbers));
        assert_eq!(best(CompareSection::Usage, "cost_usd", &[Some(0.3), Some(0.1), None]), [1]);
        assert_eq!(best(CompareSection::Metrics, "coverage", &[Some(0.3), Some(0.1), Some(0.3)]), [0, 2]);
        assert_eq!(best(CompareSection::Metrics, "tests_failed", &[Some(2.0), Some(0.0)]), [1]);
        assert_eq!(best(CompareSection::Metrics, "build_s", &[Some(61.0), Some(38.0)]), [1]);
        assert_eq!(best(CompareSection::Run, "exit_code", &[Some(2.0), Some(0.0)]), [0; 0]);
    }

    #[test]
    fn none_is_the_best_where_all_are_as_good() {
        let best = |numbers: &[Option<f64>]| {
            judged(&CompareOptions::default(), row(CompareSection::Metrics, "coverage", numbers))
        };
        assert_eq!(best(&[Some(1.0), Some(1.0)]), [0; 0]);
        assert_eq!(best(&[Some(1.0), None]), [0; 0]);
    }

    #[test]
    fn who_compares_may_say_which_is_better() {
        let lower = CompareOptions::default().with_lower(vec!["coverage".to_owned()]);
        let row = || row(CompareSection::Metrics, "coverage", &[Some(1.0), Some(2.0)]);
        assert_eq!(judged(&lower, row()), [0]);
        let full = CompareOptions::default().with_higher(vec!["metrics.coverage".to_owned()]);
        assert_eq!(judged(&full, row()), [1]);
        let unknown = CompareOptions::default().with_higher(vec!["speed".to_owned()]);
        let error = Judge::new(&unknown).judge(&mut [row()]).expect_err("there is no speed");
        assert!(matches!(error, OpError::NoMetric { known, .. } if known == ["metrics.coverage"]));
    }
}
