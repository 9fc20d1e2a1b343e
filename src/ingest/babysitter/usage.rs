//! What a run used up, from the first of three places that says so.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::journal::{Happening, Journal};
use super::side_files::RunCost;
use super::text::{count, filled};
use crate::model::{Usage, Usd};

/// One payment to a model.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CostTracked {
    model: Option<String>,
    input_tokens: Option<f64>,
    output_tokens: Option<f64>,
    cache_creation_tokens: Option<f64>,
    cache_creation_input_tokens: Option<f64>,
    cache_read_tokens: Option<f64>,
    cache_read_input_tokens: Option<f64>,
    cost_usd: Option<f64>,
    idempotency_key: Option<String>,
}

/// The sums that a completed run's last event holds.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CostStats {
    total_input_tokens: Option<f64>,
    total_output_tokens: Option<f64>,
    total_cache_creation: Option<f64>,
    total_cache_read: Option<f64>,
    total_cost_usd: Option<f64>,
}

/// Returns what the journal says the run used up: its payments, or else the sums at its end.
pub(super) fn of_journal(journal: &Journal) -> Option<Usage> {
    known(sum_of_payments(&payments(journal))).or_else(|| {
        let stats = journal.events.iter().rev().find_map(|event| match &event.happening {
            Happening::Completed(end) => end.cost_stats.as_ref(),
            _ => None,
        })?;
        known(Usage {
            input_tokens: count(some_sum(stats.total_input_tokens)),
            output_tokens: count(some_sum(stats.total_output_tokens)),
            cache_read_tokens: count(some_sum(stats.total_cache_read)),
            cache_write_tokens: count(some_sum(stats.total_cache_creation)),
            cost_usd: some_sum(stats.total_cost_usd).and_then(Usd::from_decimal),
            ..Usage::default()
        })
    })
}

/// Returns what the session's cost file says the run used up.
pub(super) fn of_cost_file(cost: &RunCost) -> Option<Usage> {
    known(Usage {
        input_tokens: count(some_sum(cost.input_tokens)),
        output_tokens: count(some_sum(cost.output_tokens)),
        cost_usd: some_sum(cost.cost_usd).and_then(Usd::from_decimal),
        ..Usage::default()
    })
}

/// Returns the model, where all payments went to one.
pub(super) fn model(journal: &Journal) -> Option<String> {
    let mut models = payments(journal).into_iter().filter_map(|cost| filled(cost.model.as_deref()));
    let first = models.next()?;
    models.all(|model| model == first).then_some(first)
}

// The tool writes 0 where it never learned a number, so a sum of 0 is no knowledge.
fn some_sum(sum: Option<f64>) -> Option<f64> {
    sum.filter(|sum| *sum != 0.0)
}

fn known(usage: Usage) -> Option<Usage> {
    (usage != Usage::default()).then_some(usage)
}

// A payment that was journaled again carries the same key.
fn payments(journal: &Journal) -> Vec<&CostTracked> {
    let mut keys = BTreeSet::new();
    let costs = journal.events.iter().filter_map(|event| match &event.happening {
        Happening::Cost(cost) => Some(cost.as_ref()),
        _ => None,
    });
    costs.filter(|cost| cost.idempotency_key.as_ref().is_none_or(|key| keys.insert(key))).collect()
}

fn sum_of_payments(payments: &[&CostTracked]) -> Usage {
    Usage {
        input_tokens: count(sum(payments, |cost| cost.input_tokens)),
        output_tokens: count(sum(payments, |cost| cost.output_tokens)),
        cache_read_tokens: count(sum(payments, |cost| {
            cost.cache_read_tokens.or(cost.cache_read_input_tokens)
        })),
        cache_write_tokens: count(sum(payments, |cost| {
            cost.cache_creation_tokens.or(cost.cache_creation_input_tokens)
        })),
        cost_usd: sum(payments, |cost| cost.cost_usd).and_then(Usd::from_decimal),
        ..Usage::default()
    }
}

// Summed as they are and rounded once: payments below a micro-dollar would vanish one by one.
fn sum(payments: &[&CostTracked], part: impl Fn(&CostTracked) -> Option<f64>) -> Option<f64> {
    payments.iter().filter_map(|cost| part(cost)).reduce(|sum, part| sum + part)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::fixture::Tree;
    use super::*;
    use crate::model::Agent;

    fn read(costs: &[Value], stats: Value, in_file: Value) -> (Option<Usage>, Option<Agent>) {
        let tree = Tree::new();
        tree.run("p/runs/R1", "R1", json!({"harness": "codex"}));
        for (n, cost) in (2..).zip(costs) {
            tree.event("p/runs/R1", n, "COST_TRACKED", cost.clone());
        }
        tree.event("p/runs/R1", 50, "RUN_COMPLETED", json!({"costStats": stats}));
        tree.state("p/state", "s1", "run_id: R1\n---\n");
        tree.put_json("p/state/s1.cost.json", json!({"runCosts": [in_file]}));
        let import = tree.read("p");
        assert_eq!(import.problems, []);
        let record = import.sessions[0].runs[0].record.clone();
        (record.usage, record.agent)
    }

    fn tokens(usage: Option<Usage>) -> Option<u64> {
        usage.and_then(|usage| usage.input_tokens)
    }

    const NO_STATS: Value = Value::Null;

    #[test]
    fn the_first_place_that_knows_is_believed_and_nothing_is_added_up_twice() {
        let file = json!({"runId": "R1", "costUsd": 3, "inputTokens": 30, "outputTokens": 0});
        let stats = json!({"eventCount": 1, "totalInputTokens": 20, "totalCostUsd": 0, "totalCacheRead": 0});
        let payment = json!({"model": "m", "inputTokens": 5, "costUsd": 0.0000004, "cacheReadTokens": 0});
        let (usage, agent) = read(&[payment.clone(), payment], stats.clone(), file.clone());
        let usage = usage.expect("known");
        assert_eq!((usage.input_tokens, usage.output_tokens), (Some(10), None));
        assert_eq!((usage.cost_usd, usage.cache_read_tokens), (Some(Usd::from_micros(1)), Some(0)));
        assert_eq!(agent.and_then(|agent| agent.model).as_deref(), Some("m"));
        let (usage, _) = read(&[], stats, file.clone());
        assert_eq!(usage, Some(Usage { input_tokens: Some(20), ..Usage::default() }));
        let (usage, agent) = read(&[], NO_STATS, file);
        let usage = usage.expect("known");
        assert_eq!((usage.input_tokens, usage.output_tokens), (Some(30), None));
        assert_eq!(agent.expect("harness").model, None);
    }

    #[test]
    fn what_nobody_knows_is_absent() {
        let zero = json!({"runId": "R1", "costUsd": 0, "inputTokens": 0, "outputTokens": 0});
        assert_eq!(read(&[], json!({"eventCount": 0, "totalInputTokens": 0}), zero).0, None);
    }

    #[test]
    fn a_payment_told_twice_counts_once_and_two_models_are_none() {
        let first = json!({"model": "a", "inputTokens": 5, "idempotencyKey": "k"});
        let other = json!({"model": "b", "inputTokens": 7, "idempotencyKey": "l"});
        let (usage, agent) = read(&[first.clone(), first, other], NO_STATS, json!({"runId": "R2"}));
        assert_eq!(tokens(usage), Some(12));
        assert_eq!(agent.expect("harness").model, None);
    }
}
