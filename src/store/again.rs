//! Reading beside maintenance, ours or that of plain git.

use super::StoreError;

/// How often an object is looked for.
const TRIES: usize = 4;

/// Reads again where the library failed.
///
/// Maintenance moves an object from its own file into a pack, and from pack to pack. The library
/// looks in one place after the other, and misses what moves between two looks. It is never gone
/// from all of them, so the next look finds it.
pub(super) fn again<T>(read: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut tries = 1;
    loop {
        match read() {
            Err(StoreError::Git { .. } | StoreError::Missing { .. }) if tries < TRIES => tries += 1,
            other => return other,
        }
    }
}
