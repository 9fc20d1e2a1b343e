//! Finding secrets in text, and removing them.
//!
//! This room owns the table of token forms, the rules about names and values, the user's rules and
//! the marker that stands where a secret stood. It does no I/O, reads no environment and no clock:
//! known values, rules and the list of what is allowed are handed in. Whoever stores text calls it;
//! the store does so for all that is written.

mod assignment;
mod command_line;
mod content;
mod counts;
mod digest;
mod edit;
mod exact;
mod fields;
mod forms;
mod json;
mod keywords;
mod known;
mod marker;
mod name;
mod own_rule;
mod placeholder;
mod private_key;
#[cfg(test)]
mod properties;
mod redactor;
mod rule_file;
mod shape;
mod sources;
mod spans;
mod starts;
mod stream;
mod url;
mod value;
mod view;

pub use content::{Finding, LINE_BYTES};
pub use counts::Counts;
pub use digest::{DigestError, ValueDigest};
pub use exact::{ExactValue, ValueError};
pub use forms::{FormRow, TABLE_VERSION, form_rows};
pub use known::is_removable;
pub use redactor::{Redactor, RedactorOptions};
pub use rule_file::{RuleFileError, Rules};
pub use sources::{SecretFile, secret_in};
pub use stream::find_in_stream;
