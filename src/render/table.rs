//! Tables: aligned columns without lines, cut to the width of a terminal.

use unicode_width::UnicodeWidthStr as _;

/// The space between two columns.
pub(super) const GAP: usize = 2;
/// The narrowest that the flexible column gets.
const NARROWEST: usize = 12;

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// At its left.
    Left,
    /// At its right, as numbers do.
    Right,
    /// At its left, and cut where the line would be wider than the terminal.
    Flexible,
}

/// Makes a table of rows under a header. Columns that would be empty are left out.
pub(crate) fn table(columns: &[(&str, Align)], rows: &[Vec<String>], width: Option<usize>) -> String {
    let is_filled =
        |index: &usize| rows.iter().any(|row| row.get(*index).is_some_and(|cell| !cell.is_empty()));
    let kept: Vec<usize> = (0..columns.len()).filter(is_filled).collect();
    let columns: Vec<_> = kept.iter().filter_map(|index| columns.get(*index).copied()).collect();
    let pick = |row: &Vec<String>| kept.iter().filter_map(|index| row.get(*index).cloned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(pick).collect();
    lay_out(&columns, &rows, width)
}

fn lay_out(columns: &[(&str, Align)], rows: &[Vec<String>], width: Option<usize>) -> String {
    let header: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let lines = || std::iter::once(&header).chain(rows);
    let cell = |row: &Vec<String>, index: usize| row.get(index).map_or(0, |cell| cell_width(cell));
    let mut widths: Vec<usize> =
        (0..columns.len()).map(|index| lines().map(|row| cell(row, index)).max().unwrap_or(0)).collect();
    if let Some(width) = width {
        narrow(columns, &mut widths, width);
    }
    lines().map(|row| line(columns, &widths, row)).collect()
}

fn narrow(columns: &[(&str, Align)], widths: &mut [usize], width: usize) {
    let total: usize = widths.iter().map(|width| width + GAP).sum();
    let excess = total.saturating_sub(GAP).saturating_sub(width);
    for ((_, align), column) in columns.iter().zip(widths) {
        if *align == Align::Flexible {
            *column = column.saturating_sub(excess).max(NARROWEST.min(*column));
        }
    }
}

fn line(columns: &[(&str, Align)], widths: &[usize], row: &[String]) -> String {
    let mut out = String::new();
    for (((_, align), width), cell) in columns.iter().zip(widths).zip(row) {
        let cell = cut(cell, *width);
        let space = " ".repeat(width.saturating_sub(cell_width(&cell)));
        match align {
            Align::Right => out.push_str(&format!("{space}{cell}")),
            Align::Left | Align::Flexible => out.push_str(&format!("{cell}{space}")),
        }
        out.push_str(&" ".repeat(GAP));
    }
    format!("{}\n", out.trim_end())
}

/// Returns how many columns a text takes, styles not counted.
pub(super) fn cell_width(text: &str) -> usize {
    // Most texts are plain, and there are many in a long list.
    match text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        true => text.len(),
        false => anstream::adapter::strip_str(text).to_string().width(),
    }
}

/// Returns a text of at most so many columns. Only one that is too wide loses its style: a cut in the
/// middle would leave it on.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if cell_width(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in anstream::adapter::strip_str(text).to_string().chars() {
        out.push(c);
        if out.width() >= width {
            out.pop();
            break;
        }
    }
    format!("{}…", out.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::style;

    const COLUMNS: [(&str, Align); 3] =
        [("ID", Align::Left), ("#", Align::Right), ("TITLE", Align::Flexible)];

    fn row(id: &str, number: &str, title: &str) -> Vec<String> {
        vec![style::paint(style::ID, id), number.to_owned(), title.to_owned()]
    }

    fn plain(rows: &[Vec<String>], width: Option<usize>) -> String {
        anstream::adapter::strip_str(&table(&COLUMNS, rows, width)).to_string()
    }

    #[test]
    fn columns_are_aligned_whatever_their_style() {
        let rows = [row("a1", "7", "日本"), row("b2", "12", "title")];
        assert_eq!(plain(&rows, None), "ID   #  TITLE\na1   7  日本\nb2  12  title\n");
    }

    #[test]
    fn a_line_is_cut_to_the_terminal() {
        let rows = [row("a1", "7", "a title that is far too long for this")];
        assert_eq!(plain(&rows, Some(24)), "ID  #  TITLE\na1  7  a title that is…\n");
    }
}
