//! Things side by side: a column for each, and a row for each of their values.

use anstyle::Style;

use super::table::{Align, GAP, cell_width, cut, cut_start, table};
use super::{Look, style};

/// The widest column of a thing where lines are not cut to a terminal.
const WIDTH: usize = 60;
/// The narrowest column of a thing.
const NARROWEST: usize = 11;
/// What a column of a thing has before the names get more than they need.
const ENOUGH: usize = 16;
/// The narrowest column of names.
const NARROWEST_NAME: usize = 16;
/// The widest column of names.
const NAME_WIDTH: usize = 40;
/// What stands behind the best of several values.
const BEST: &str = " *";

/// A value of one of the things.
pub(super) struct Cell {
    text: String,
    style: Style,
    is_best: bool,
}

impl Cell {
    /// Makes a value that looks like this.
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, is_best: false }
    }

    /// Makes a value that is the best of its row.
    pub(super) fn best(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: style::GOOD, is_best: true }
    }

    fn fitting(&self, width: usize) -> String {
        let mark = if self.is_best { BEST } else { "" };
        let text = cut(&self.text, width.saturating_sub(mark.len()));
        if text.is_empty() { text } else { style::paint(self.style, text + mark) }
    }
}

/// A row of values, or a title above some.
pub(super) struct Row {
    indent: &'static str,
    name: String,
    style: Style,
    cells: Vec<Cell>,
}

impl Row {
    /// Makes a title.
    pub(super) fn title(name: impl Into<String>) -> Self {
        Self::new(name, style::STRONG, Vec::new())
    }

    /// Makes a row with a value for each of the things.
    pub(super) fn new(name: impl Into<String>, style: Style, cells: Vec<Cell>) -> Self {
        Self { indent: "", name: name.into(), style, cells }
    }

    /// Moves the name in, as that of a row below a title.
    pub(super) fn below(self) -> Self {
        Self { indent: "  ", ..self }
    }

    fn name_width(&self) -> usize {
        self.indent.len() + cell_width(&self.name)
    }

    fn fitting(&self, from: usize, widths: &Widths) -> Vec<String> {
        let name = cut_start(&self.name, widths.names.saturating_sub(self.indent.len()));
        let name = format!("{}{}", self.indent, style::paint(self.style, name));
        let mut cells = vec![name];
        cells.extend(
            self.cells.iter().skip(from).take(widths.beside).map(|cell| cell.fitting(widths.columns)),
        );
        cells
    }
}

/// Puts things side by side. Where there is no room for all of them, some stand below the others.
pub(super) fn side_by_side(heads: &[String], rows: &[Row], look: Look) -> String {
    let widths = Widths::of(heads, rows, look.width);
    let blocks = heads.chunks(widths.beside).enumerate().map(|(block, heads)| {
        let mut columns = vec![("", Align::Left)];
        columns.extend(heads.iter().map(|head| (head.as_str(), Align::Left)));
        let mut lines: Vec<Vec<String>> =
            rows.iter().map(|row| row.fitting(block * widths.beside, &widths)).collect();
        lines.iter_mut().for_each(|line| line.resize(columns.len(), String::new()));
        table(&columns, &lines, None)
    });
    blocks.collect::<Vec<_>>().join("\n")
}

#[derive(Debug, PartialEq, Eq)]
struct Widths {
    /// How many things stand beside each other.
    beside: usize,
    /// How wide the column of names is.
    names: usize,
    /// How wide the column of each thing is.
    columns: usize,
}

impl Widths {
    fn of(heads: &[String], rows: &[Row], terminal: Option<usize>) -> Self {
        let widest = rows.iter().map(Row::name_width).max().unwrap_or(0);
        let narrowest = heads.iter().map(|head| cell_width(head)).fold(NARROWEST, usize::max);
        Self::fitting(heads.len().max(1), widest, narrowest, terminal)
    }

    fn fitting(things: usize, widest: usize, narrowest: usize, terminal: Option<usize>) -> Self {
        let Some(terminal) = terminal else {
            return Self { beside: things, names: widest.min(NAME_WIDTH), columns: WIDTH };
        };
        let room = terminal.saturating_sub(widest.min(NARROWEST_NAME)) / (narrowest + GAP);
        // As many in each block, so that the last one is not left alone.
        let beside = things.div_ceil(things.div_ceil(room.clamp(1, things)));
        let most = terminal.saturating_sub(beside * (ENOUGH + GAP)).clamp(NARROWEST_NAME, NAME_WIDTH);
        let names = widest.min(most);
        let columns = (terminal.saturating_sub(names) / beside).saturating_sub(GAP);
        Self { beside, names, columns: columns.clamp(narrowest, WIDTH) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn no_line_is_wider_than_the_terminal_as_long_as_one_thing_fits() {
        for (things, terminal) in [(2, 60), (4, 80), (5, 80), (8, 80), (8, 130), (8, 200), (3, 31)] {
            let Widths { beside, names, columns } = Widths::fitting(things, 35, 13, Some(terminal));
            assert!(
                names + beside * (columns + GAP) <= terminal,
                "{things} things fit into {terminal} columns"
            );
        }
        let narrow = Widths::fitting(8, 35, 11, Some(20));
        let readable = Widths { beside: 1, names: NARROWEST_NAME, columns: 11 };
        assert_eq!(narrow, readable, "what does not fit stays readable");
        assert_eq!(Widths::fitting(2, 99, 11, None), Widths { beside: 2, names: NAME_WIDTH, columns: WIDTH });
    }

    #[test]
    fn what_has_no_room_beside_stands_below() {
        let heads = ["one", "two", "three"].map(str::to_owned);
        let cells = || ["1", "2", "3"].map(|text| Cell::new(text, Style::new())).into();
        let rows = [Row::title("usage"), Row::new("a-name-that-is-long", Style::new(), cells()).below()];
        let look = Look { width: Some(44), now: Timestamp::from_unix(0) };
        let shown = anstream::adapter::strip_str(&side_by_side(&heads, &rows, look)).to_string();
        let expected = "                  one  two\nusage\n  …-that-is-long  1    2\n
                  three\nusage\n  …-that-is-long  3\n";
        assert_eq!(shown, expected);
    }
}
