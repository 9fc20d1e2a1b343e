//! Ids of Git objects, by kind.

use std::fmt;

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(super) gix::ObjectId);

        impl $name {
            /// Returns the first 8 digits.
            pub fn short(&self) -> String {
                self.0.to_hex_with_len(8).to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
    };
}

object_id! {
    /// The id of a commit.
    CommitId
}

object_id! {
    /// The id of a tree.
    TreeId
}

object_id! {
    /// The id of a blob: the content of one file.
    BlobId
}

impl CommitId {
    /// Reads the hexadecimal form; `None` where it is not one.
    pub fn from_hex(hex: &str) -> Option<Self> {
        gix::ObjectId::from_hex(hex.as_bytes()).ok().map(Self)
    }
}

impl BlobId {
    /// Returns the id that a content has.
    pub(super) fn of(hash: gix::hash::Kind, content: &[u8]) -> Result<Self, super::StoreError> {
        let kind = gix::objs::Kind::Blob;
        gix::objs::compute_hash(hash, kind, content).map(Self).map_err(super::StoreError::git("hash a file"))
    }

    /// Reads the hexadecimal form; `None` where it is not one.
    pub fn from_hex(hex: &str) -> Option<Self> {
        gix::ObjectId::from_hex(hex.as_bytes()).ok().map(Self)
    }
}
