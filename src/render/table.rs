//! Tables: aligned columns without lines, cut to the width of a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The space between two columns.
pub(super) const GAP: usize = 2;
/// The narrowest that a flexible column gets.
const NARROWEST: usize = 12;
/// What a flexible column needs; rather than give it less, a table does without spare columns.
const ENOUGH: usize = 14;

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

/// The columns of a table: their names, and where their texts stand.
type Columns<'a> = [(&'a str, Align)];

/// Makes a table of rows under a header. Columns that would be empty are left out.
pub(crate) fn table(columns: &Columns<'_>, rows: &[Vec<String>], width: Option<usize>) -> String {
    table_without(columns, &[], rows, width)
}

/// Makes a table that does without its spare columns where the terminal is too narrow for them, the
/// first of them first.
pub(crate) fn table_without(
    columns: &Columns<'_>,
    spare: &[&str],
    rows: &[Vec<String>],
    width: Option<usize>,
) -> String {
    let is_filled =
        |index: &usize| rows.iter().any(|row| row.get(*index).is_some_and(|cell| !cell.is_empty()));
    let mut kept: Vec<usize> = (0..columns.len()).filter(is_filled).collect();
    let widths = widths(columns, rows);
    for name in spare {
        if width.is_none_or(|width| least(columns, &widths, &kept) <= width) {
            break;
        }
        kept.retain(|index| columns.get(*index).is_none_or(|(column, _)| column != name));
    }
    let columns: Vec<_> = kept.iter().filter_map(|index| columns.get(*index).copied()).collect();
    let widths: Vec<_> = kept.iter().filter_map(|index| widths.get(*index).copied()).collect();
    let pick = |row: &Vec<String>| kept.iter().filter_map(|index| row.get(*index).cloned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(pick).collect();
    lay_out(&columns, widths, &rows, width)
}

/// Returns how wide the texts of each column are.
fn widths(columns: &Columns<'_>, rows: &[Vec<String>]) -> Vec<usize> {
    let cell = |row: &Vec<String>, index: usize| row.get(index).map_or(0, |cell| cell_width(cell));
    let widest = |(index, (name, _)): (usize, &(&str, Align))| {
        rows.iter().map(|row| cell(row, index)).fold(cell_width(name), usize::max)
    };
    columns.iter().enumerate().map(widest).collect()
}

/// Returns how wide a table of some columns is at least, with enough for the flexible ones.
fn least(columns: &Columns<'_>, widths: &[usize], kept: &[usize]) -> usize {
    let width = |index: &usize| match columns.get(*index).zip(widths.get(*index)) {
        Some(((_, Align::Flexible), width)) => GAP + width.min(&ENOUGH),
        Some((_, width)) => GAP + width,
        None => 0,
    };
    kept.iter().map(width).sum::<usize>().saturating_sub(GAP)
}

fn lay_out(
    columns: &Columns<'_>,
    mut widths: Vec<usize>,
    rows: &[Vec<String>],
    width: Option<usize>,
) -> String {
    if let Some(width) = width {
        narrow(columns, &mut widths, width);
    }
    let header: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    std::iter::once(&header).chain(rows).map(|row| line(columns, &widths, row)).collect()
}

/// Takes what a table is too wide from its flexible columns, the widest first.
fn narrow(columns: &Columns<'_>, widths: &mut [usize], width: usize) {
    let total: usize = widths.iter().map(|width| width + GAP).sum();
    let mut excess = total.saturating_sub(GAP).saturating_sub(width);
    let is_flexible = |(index, width): &(usize, usize)| {
        *width > NARROWEST && columns.get(*index).is_some_and(|(_, align)| *align == Align::Flexible)
    };
    while excess > 0 {
        let mut flexible: Vec<(usize, usize)> =
            widths.iter().copied().enumerate().filter(is_flexible).collect();
        flexible.sort_by_key(|(_, width)| std::cmp::Reverse(*width));
        let Some((widest, width)) = flexible.first().copied() else { return };
        let next = flexible.get(1).map_or(NARROWEST, |(_, width)| *width);
        let less = (width - next).clamp(1, excess);
        if let Some(column) = widths.get_mut(widest) {
            *column -= less;
        }
        excess -= less;
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

/// Returns a text that takes just so many columns.
pub(super) fn column(text: &str, width: usize) -> String {
    let text = cut(text, width);
    format!("{text}{}", " ".repeat(width.saturating_sub(cell_width(&text))))
}

/// Returns the end of a text, at most so many columns of it: the end of a path tells more than its start.
pub(super) fn cut_start(text: &str, width: usize) -> String {
    if cell_width(text) <= width {
        return text.to_owned();
    }
    let (mut left, mut start) = (width.saturating_sub(1), text.len());
    for (at, c) in text.char_indices().rev() {
        let Some(rest) = left.checked_sub(c.width().unwrap_or(0)) else { break };
        (left, start) = (rest, at);
    }
    format!("…{}", text.get(start..).unwrap_or_default().trim_start())
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
    fn of_a_long_path_the_end_is_shown() {
        assert_eq!(cut_start("decisions/link-with-mold-81e4.md", 14), "…-mold-81e4.md");
        assert_eq!(cut_start("日本語の道", 6), "…の道");
        assert_eq!(cut_start("short", 5), "short");
        assert_eq!(cut_start("none", 0), "…");
    }

    #[test]
    fn what_is_too_wide_is_taken_from_the_widest_flexible_column() {
        let columns = [("A", Align::Flexible), ("N", Align::Right), ("B", Align::Flexible)];
        let narrowed = |width| {
            let mut widths = vec![60, 3, 20];
            narrow(&columns, &mut widths, width);
            widths
        };
        assert_eq!(narrowed(87), [60, 3, 20], "it fits");
        assert_eq!(narrowed(57), [30, 3, 20], "the wider one gives first");
        assert_eq!(narrowed(41), [17, 3, 17], "then both do");
        assert_eq!(narrowed(10), [NARROWEST, 3, NARROWEST], "some of each is seen in any case");
    }

    #[test]
    fn spare_columns_go_first_where_the_terminal_is_narrow() {
        let columns =
            [("ID", Align::Left), ("WHAT", Align::Flexible), ("WHO", Align::Left), ("AGE", Align::Left)];
        let row = |what: &str| ["a1", what, "claude-code", "now"].map(str::to_owned).to_vec();
        let rows = [row("a summary that goes on for a while")];
        let shown = |width| table_without(&columns, &["AGE", "WHO"], &rows, Some(width));
        assert!(shown(60).starts_with("ID  WHAT"), "the header is there: {}", shown(60));
        assert!(shown(60).contains("WHO") && shown(60).contains("AGE"), "all is shown where there is room");
        assert!(shown(33).contains("WHO") && !shown(33).contains("AGE"), "the first goes first");
        assert_eq!(shown(24), "ID  WHAT\na1  a summary that goes…\n");
    }

    #[test]
    fn a_line_is_cut_to_the_terminal() {
        let rows = [row("a1", "7", "a title that is far too long for this")];
        assert_eq!(plain(&rows, Some(24)), "ID  #  TITLE\na1  7  a title that is…\n");
    }
}
