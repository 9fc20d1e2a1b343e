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
    for (path, exit, says) in [
        ("", 2, "it is empty"),
        ("/", 2, "it is empty"),
        ("..", 1, "outside the context"),
        ("../session.yaml", 1, "outside the context"),
        ("/etc/passwd", 1, "outside the context"),
        ("a\nb", 2, "it contains"),
        (".git/config", 1, "Git reserves"),
        ("run/run.yaml", 1, "nothing in the history"),
        ("session.yaml", 1, "nothing in the history"),
        ("context", 1, "nothing in the history"),
        ("nobody/ever/made.this", 1, "nothing in the history"),
    ] {
        rows.push(Row::new(62, &["purge", "--yes", "--path", path]).exits(&[exit]).says(says));
    }
    for (run, exit) in
        [("", 2), ("@0", 2), ("@9", 1), ("@@1", 2), ("ffffffff", 1), ("a\nb", 1), ("\x1b[2J", 1)]
    {
        rows.push(Row::new(62, &["purge", "--yes", "--run", run]).exits(&[exit]));
    }
    rows.push(Row::new(62, &["purge", "--run", "@1", "--value-stdin"]).fed(b"secret").exits(&[2]));
    rows.push(Row::new(62, &["purge", "--run", "@1", "--path", "x"]).exits(&[2]));
    rows.push(Row::new(62, &["purge", "--run", "@1", "y"]).exits(&[2]).says("no argument"));
    rows.push(Row::new(62, &["purge", "--path", "x", "--value-stdin"]).fed(b"secret").exits(&[2]));
    rows.push(Row::new(62, &["purge", "--path", "x", "y"]).exits(&[2]).says("no argument"));
    rows
}
