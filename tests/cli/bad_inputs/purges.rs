//! Row 62: what cannot be purged.

use super::Row;

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (value, exit, says) in [
        ("", 2, "empty"),
        ("\n", 2, "empty"),
        ("x", 2, "too short"),
        ("12345\n", 2, "too short"),
        ("\x1b[2Jx-and-more", 2, "no text"),
        ("one line\nand another", 2, "2 lines"),
        ("nobody has ever written this", 1, "nothing in the store holds it"),
    ] {
        let row = Row::new(62, &["purge", "--value-stdin", "--yes"]).fed(value.as_bytes());
        rows.push(row.exits(&[exit]).says(says));
    }
    rows
}
