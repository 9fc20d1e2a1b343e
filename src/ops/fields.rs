//! The fields of run records and manifests, flat and by name, to be compared.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::model::{Manifest, RunRecord};

/// What tells records apart anyway, and what `context` and the ends of a comparison tell.
const NOT_OF_RUN: [&str; 9] = [
    "schema",
    "id",
    "session",
    "started_at",
    "finished_at",
    "conflicts",
    "withheld",
    "external_id",
    "redaction_table",
];
/// What every run changes, and what `from` and `to` tell.
const NOT_OF_MANIFEST: [&str; 6] = ["schema", "id", "created_at", "created_by", "totals", "runs"];
/// The fields that come first, in this order; the others follow by name.
const FIRST: [&str; 12] = [
    "title",
    "status",
    "summary",
    "duration_s",
    "usage.cost_usd",
    "usage.input_tokens",
    "usage.output_tokens",
    "agent.name",
    "agent.version",
    "agent.model",
    "score",
    "exit_code",
];

/// A field with its value. The name is that of the document, with dots: `usage.cost_usd`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value, which is no map.
    pub value: Value,
}

/// A field whose value differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldChange {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// The value before; `None` where it was not known.
    pub old: Option<Value>,
    /// The value after; `None` where it is not known.
    pub new: Option<Value>,
}

/// The fields of a run record.
pub fn run_fields(record: &RunRecord) -> Vec<Field> {
    fields(record, &NOT_OF_RUN)
}

/// The fields of a manifest, without sums and lists that follow from the runs.
pub fn manifest_fields(manifest: &Manifest) -> Vec<Field> {
    fields(manifest, &NOT_OF_MANIFEST)
}

/// Lists the fields that differ.
pub fn changed_fields(old: &[Field], new: &[Field]) -> Vec<FieldChange> {
    let find = |fields: &[Field], name: &str| {
        fields.iter().find(|field| field.name == name).map(|field| field.value.clone())
    };
    let mut names: Vec<&str> = old.iter().chain(new).map(|field| field.name.as_str()).collect();
    sort_names(&mut names);
    let change =
        |name: &str| FieldChange { name: name.to_owned(), old: find(old, name), new: find(new, name) };
    names.into_iter().map(change).filter(|change| change.old != change.new).collect()
}

/// Puts names of fields into the order in which they are shown, each once.
pub(super) fn sort_names(names: &mut Vec<&str>) {
    let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    names.sort_by_key(|name| (rank(name), *name));
    names.dedup();
}

/// Writes changes as a map from name to `old` and `new`.
pub(super) fn by_name<S: Serializer>(changes: &[FieldChange], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(changes.iter().map(|change| (&change.name, change)))
}

fn fields(document: &impl Serialize, left_out: &[&str]) -> Vec<Field> {
    let Ok(Value::Object(map)) = serde_json::to_value(document) else { return Vec::new() };
    let kept = map.into_iter().filter(|(name, _)| !left_out.contains(&name.as_str()));
    let mut fields = Vec::new();
    flatten("", kept.collect(), &mut fields);
    fields
}

fn flatten(prefix: &str, map: Map<String, Value>, fields: &mut Vec<Field>) {
    for (name, value) in map {
        let name = format!("{prefix}{name}");
        match value {
            Value::Object(inner) => flatten(&format!("{name}."), inner, fields),
            value => fields.push(Field { name, value }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RunId, RunStatus, SessionId, Usage, Usd};

    fn record(status: RunStatus, micros: u64) -> RunRecord {
        let mut record = RunRecord::new(
            RunId::from_foreign("test", &micros.to_string()),
            SessionId::from_foreign("test", "s"),
            status,
        );
        record.usage = Some(Usage { cost_usd: Some(Usd::from_micros(micros)), ..Usage::default() });
        record
    }

    #[test]
    fn only_what_differs_is_listed_and_ids_are_no_difference() {
        let (old, new) = (record(RunStatus::Failed, 500_000), record(RunStatus::Succeeded, 2_000_000));
        let changes = changed_fields(&run_fields(&old), &run_fields(&new));
        let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(names, ["status", "usage.cost_usd"]);
        assert_eq!((&changes[1].old, &changes[1].new), (&Some(0.5.into()), &Some(2.into())));
        assert_eq!(changed_fields(&run_fields(&old), &run_fields(&old)), []);
    }

    #[test]
    fn what_only_one_side_knows_is_unknown_on_the_other() {
        let mut measured = record(RunStatus::Failed, 1);
        measured.metrics.insert("tests".to_owned(), 12.0);
        let changes = changed_fields(&run_fields(&record(RunStatus::Failed, 1)), &run_fields(&measured));
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].name.as_str(), &changes[0].old), ("metrics.tests", &None));
    }
}
