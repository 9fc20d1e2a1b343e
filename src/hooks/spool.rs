//! What is kept of an event that is done later.

use crate::redact::{Counts, Redactor};
use crate::store::SpooledEvent;

/// Returns an event without secrets: what is kept on disk of it, everything passes here.
pub fn redacted(event: &SpooledEvent, redactor: &Redactor) -> SpooledEvent {
    let mut counts = Counts::default();
    let mut clean = |text: &str| redactor.clean_text(text, &mut counts).into_owned();
    SpooledEvent {
        input: clean(&event.input),
        arguments: event.arguments.iter().map(|word| clean(word)).collect(),
        ..event.clone()
    }
}
