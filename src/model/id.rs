//! Session and run ids.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The namespace of ids that are derived from another tool's ids (UUIDv5, RFC 9562 section 5.5).
///
/// Fixed for ever: two clones that import the same foreign session must agree on its id.
const FOREIGN: Uuid = Uuid::from_u128(0x5e55_10a5_7e57_4b1d_8c0d_e1d5_f0e1_6e5a);

/// A text that is no session or run id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not an id (8-4-4-4-12 hexadecimal digits)", super::shown(.0))]
pub struct IdError(pub String);

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            pub fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns its 16 bytes.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// Derives the id of something that another tool already named, the same on every machine.
            pub fn from_foreign(source: &str, foreign_id: &str) -> Self {
                let name = format!(concat!($kind, ":{}:{}"), source, foreign_id);
                Self(Uuid::new_v5(&FOREIGN, name.as_bytes()))
            }

            /// Returns the id that starts with these 8 hexadecimal digits and goes on like this one;
            /// `None` where they are something else.
            pub fn starting_with(&self, digits: &str) -> Option<Self> {
                let full = self.to_string();
                let is_start = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                is_start.then(|| format!("{digits}{}", full.get(8..).unwrap_or_default()).parse().ok())?
            }

            /// Returns the first 8 hexadecimal digits, the form that people see first.
            pub fn short(&self) -> String {
                let mut full = self.to_string();
                full.truncate(8);
                full
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                match Uuid::try_parse(text) {
                    Ok(uuid) if text.len() == 36 => Ok(Self(uuid)),
                    _ => Err(IdError(text.to_owned())),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

id_type! {
    /// The permanent id of a session: UUIDv4, or UUIDv5 where it was imported.
    SessionId, "session"
}

id_type! {
    /// The permanent id of a run: UUIDv4, or UUIDv5 where it was imported.
    RunId, "run"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_id_is_the_same_everywhere_and_differs_by_kind() {
        let session = SessionId::from_foreign("babysitter", "sess-1");
        assert_eq!(session, SessionId::from_foreign("babysitter", "sess-1"));
        assert_ne!(session.to_string(), RunId::from_foreign("babysitter", "sess-1").to_string());
    }

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        assert_eq!(text.parse::<RunId>().expect("valid").to_string(), text);
        assert_eq!(text.to_uppercase().parse::<RunId>().expect("valid").to_string(), text);
        for bad in ["", "67e55044", "67e5504410b1426f9247bb680e5fe0c8", "../x"] {
            assert_eq!(bad.parse::<RunId>(), Err(IdError(bad.to_owned())));
        }
    }
}
