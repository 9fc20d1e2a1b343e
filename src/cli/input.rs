//! What several verbs read from what was typed: amounts, files, records.

use std::io::Read as _;
use std::path::Path;

use super::app::{App, from_here, named};
use super::error::CliError;
use crate::model::{RunRecord, Usage, Usd, is_sensitive_name, shown};
use crate::ops::{ContextInput, FolderScan, Sensitive, open_text, scan_for};
use crate::store::{SessionRef, Store};

/// The largest text that is read from a file or from stdin, in bytes.
const TEXT_BYTES: u64 = 64 * 1024 * 1024;
/// What can be done about a file that is not read.
const FEED_IT: &str = "name a regular file, or '-' and hand it in on stdin";
/// The names that `--usage` knows.
const USAGE_NAMES: [&str; 5] =
    ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost_usd"];

/// Splits `NAME=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("'{}' is not NAME=VALUE", shown(text))),
    }
}

/// Puts `--usage` values into a record.
pub(super) fn set_usage(record: &mut RunRecord, pairs: &[(String, String)]) -> Result<(), CliError> {
    for (name, value) in pairs {
        let usage = record.usage.get_or_insert_with(Usage::default);
        let tokens =
            || value.parse::<u64>().map(Some).map_err(|_| bad_number("usage", name, value, "a whole number"));
        match name.as_str() {
            "input_tokens" => usage.input_tokens = tokens()?,
            "output_tokens" => usage.output_tokens = tokens()?,
            "cache_read_tokens" => usage.cache_read_tokens = tokens()?,
            "cache_write_tokens" => usage.cache_write_tokens = tokens()?,
            "cost_usd" => {
                let cost = value.parse().ok().and_then(Usd::from_decimal);
                usage.cost_usd =
                    Some(cost.ok_or_else(|| bad_number("usage", name, value, "an amount in USD"))?);
            }
            _ => {
                return Err(CliError::usage(format!("--usage knows no '{}'", shown(name)))
                    .hint(format!("use one of {}", USAGE_NAMES.join(", "))));
            }
        }
    }
    Ok(())
}

/// Puts `--metric` values into a record.
pub(super) fn set_metrics(record: &mut RunRecord, pairs: &[(String, String)]) -> Result<(), CliError> {
    for (name, value) in pairs {
        let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
        let number = number.ok_or_else(|| bad_number("metric", name, value, "a number"))?;
        record.metrics.insert(name.clone(), number);
    }
    Ok(())
}

/// Reads a text that was named on the command line; `-` is stdin.
pub(super) fn read_text(app: &App, path: &Path) -> Result<String, CliError> {
    Ok(String::from_utf8_lossy(&read_bytes(app, path)?).into_owned())
}

/// Reads a file that was named on the command line; `-` is stdin.
pub(super) fn read_bytes(app: &App, path: &Path) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let read = match path.to_str() {
        Some("-" | "/dev/stdin") => std::io::stdin().take(TEXT_BYTES + 1).read_to_end(&mut bytes),
        _ => open_text(&from_here(app, path))
            .and_then(|file| file.take(TEXT_BYTES + 1).read_to_end(&mut bytes)),
    };
    let shown = shown(&path.display().to_string());
    read.map_err(|error| CliError::failed(format!("could not read {shown}")).because(error).hint(FEED_IT))?;
    if bytes.len() as u64 > TEXT_BYTES {
        return Err(CliError::failed(format!("{shown} is over the limit of {TEXT_BYTES} bytes"))
            .hint("cut it, or put it into the context in parts"));
    }
    Ok(bytes)
}

/// Refuses a file whose name, or that of what it leads to, looks like a secret's.
pub(super) fn check_secret(app: &App, path: &Path, sensitive: Sensitive) -> Result<(), CliError> {
    let path = from_here(app, path);
    let real = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let is_secret = [&path, &real].iter().any(|path| is_sensitive_name(&path.to_string_lossy()));
    if is_secret && sensitive == Sensitive::Withhold {
        let shown = shown(&path.display().to_string());
        return Err(CliError::failed(format!("{shown} is not stored: it looks sensitive")).hint(FEED_IT));
    }
    Ok(())
}

/// Reads the folder of `--context` or `--context-mirror`, to be recorded in a session.
pub(super) fn read_context(
    app: &App,
    (store, session): (&Store, &SessionRef),
    overlay: Option<&Path>,
    mirror: Option<&Path>,
    sensitive: Sensitive,
) -> Result<ContextInput, CliError> {
    let scan = |folder: &Path| -> Result<FolderScan, CliError> {
        Ok(scan_for(store, session, &named(app, folder), &app.env.limits, sensitive)?)
    };
    Ok(match (overlay, mirror) {
        (Some(folder), _) => ContextInput::Overlay(scan(folder)?),
        (None, Some(folder)) => ContextInput::Mirror(scan(folder)?),
        (None, None) => ContextInput::Unchanged,
    })
}

fn bad_number(option: &str, name: &str, value: &str, expected: &str) -> CliError {
    CliError::usage(format!("--{option} {}={} is not {expected}", shown(name), shown(value))).hint(format!(
        "give it as NAME=NUMBER, such as --{option} {}",
        if option == "usage" { "input_tokens=1200" } else { "coverage=81.5" }
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{RunId, RunStatus, SessionId};

    proptest! {
        #[test]
        fn any_pair_is_read_or_refused(text in ".{0,40}|[a-z_]{0,20}=[0-9eE.+-]{0,20}", name in prop::sample::select(&USAGE_NAMES[..])) {
            let session = SessionId::from_foreign("t", "s");
            let mut record = RunRecord::new(RunId::from_foreign("t", "r"), session, RunStatus::Failed);
            match pair(&text) {
                Ok((name, value)) => prop_assert_eq!(format!("{name}={value}"), text.clone()),
                Err(told) => prop_assert!(!told.contains(char::is_control)),
            }
            for pairs in [pair(&text).into_iter().collect::<Vec<_>>(), vec![(name.to_owned(), text)]] {
                let _ = set_usage(&mut record, &pairs);
                let _ = set_metrics(&mut record, &pairs);
            }
            prop_assert!(record.metrics.values().all(|number| number.is_finite()));
        }
    }
}
