//! Fields of records and their values.

use serde_json::Value;

use super::table::{self, cell_width};
use super::{Look, duration, money, safe_line, style};
use crate::model::{Seconds, Usd};
use crate::ops::FieldChange;

/// The most characters of a value that are shown.
pub(super) const VALUE_CHARS: usize = 100;

/// Tells the old value of a field, the new one and, of numbers, what lies between them. Where both
/// do not fit beside each other, `indent` columns from the left, the new one stands below.
pub(crate) fn field_change(change: &FieldChange, indent: usize, look: Look) -> String {
    let name = &change.name;
    if let (Some(Value::Array(old)), Some(Value::Array(new))) = (&change.old, &change.new) {
        return list_change(old, new);
    }
    let side =
        |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), |value| field_value(name, value));
    let (old, new) = (side(&change.old), side(&change.new));
    let delta = delta(change).map(|delta| style::paint(style::FAINT, format!(" ({delta})")));
    let new = format!("→ {}{}", style::paint(style::STRONG, new), delta.unwrap_or_default());
    let room = look.beside(indent).width;
    match room.filter(|room| cell_width(&old) + 1 + cell_width(&new) > *room) {
        Some(room) => format!("{}\n{:indent$}{}", table::cut(&old, room), "", table::cut(&new, room)),
        None => format!("{old} {new}"),
    }
}

/// Tells the value of a field.
pub(crate) fn field_value(name: &str, value: &Value) -> String {
    match value {
        Value::Number(number) => field_number(name, number.as_f64().unwrap_or_default()),
        Value::Null => "-".to_owned(),
        Value::String(text) => cut(&safe_line(text)),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| field_value(name, item)).collect();
            cut(&items.join(", "))
        }
        other => cut(&safe_line(&other.to_string())),
    }
}

/// Returns a text of one line without its end, where it is long.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn field_number(name: &str, number: f64) -> String {
    let known = match name {
        _ if name.ends_with("_usd") => Usd::from_decimal(number).map(money),
        _ if name.ends_with("duration_s") => Seconds::from_decimal(number).map(duration),
        _ => None,
    };
    known.unwrap_or_else(|| number.to_string())
}

fn delta(change: &FieldChange) -> Option<String> {
    let number = |value: &Option<Value>| value.as_ref()?.as_f64();
    let delta = number(&change.new)? - number(&change.old)?;
    let sign = if delta < 0.0 { '-' } else { '+' };
    // A sum of decimals such as 0.1 + 0.2 is not to be told to its last digit.
    let size = (delta.abs() * 1e6).round() / 1e6;
    Some(format!("{sign}{}", field_number(&change.name, size)))
}

fn list_change(old: &[Value], new: &[Value]) -> String {
    let missing = |sign: &str, from: &[Value], in_: &[Value]| -> Vec<String> {
        let missing = from.iter().filter(|item| !in_.contains(item));
        missing.map(|item| format!("{sign}{}", field_value("", item))).collect()
    };
    let items = [missing("-", old, new), missing("+", new, old)].concat();
    match items.is_empty() {
        true => "in another order".to_owned(),
        false => cut(&items.join(" ")),
    }
}
