//! Files that differ, by lines, in the form that `git diff` prints.

use super::Words;
use super::words::{Budget, highlighted, marked};
use crate::model::LineSign;
use crate::ops::{ContentKind, FileChangeKind, FileDiff, FileVersion, TextHunk, TextLine};
use crate::render::words::bytes;
use crate::render::{safe, safe_line, style};

/// Prints files; what may be spent on words is shared by all of them.
pub(super) struct TextPrinter {
    words: Words,
    budget: Budget,
    inks: Inks,
}

impl TextPrinter {
    pub(super) fn new(words: Words) -> Self {
        Self { words, budget: Budget::default(), inks: Inks::default() }
    }

    pub(super) fn files<'a>(&mut self, files: impl Iterator<Item = &'a FileDiff>) -> String {
        let mut out = String::new();
        for file in files {
            self.file(file, &mut out);
        }
        out
    }

    fn file(&mut self, file: &FileDiff, out: &mut String) {
        out.push_str(&header(file));
        match (file.content, &file.hunks) {
            (ContentKind::Text, Some(hunks)) => hunks.iter().for_each(|hunk| self.hunk(hunk, out)),
            (ContentKind::Binary, _) if blobs_differ(file) => out.push_str(&sizes("Binary files", file)),
            (ContentKind::Large, _) if blobs_differ(file) => out.push_str(&sizes("Large files", file)),
            _ => {}
        }
    }

    fn hunk(&mut self, hunk: &TextHunk, out: &mut String) {
        let side = |start: usize, lines: usize| match lines {
            1 => start.to_string(),
            _ => format!("{start},{lines}"),
        };
        let (old, new) = (side(hunk.old_start, hunk.old_lines), side(hunk.new_start, hunk.new_lines));
        out.push_str(&style::paint(style::LIVE, format!("@@ -{old} +{new} @@")));
        out.push('\n');
        for block in
            hunk.lines.chunk_by(|a, b| (a.sign == LineSign::Context) == (b.sign == LineSign::Context))
        {
            match block.first().map(|line| line.sign) {
                Some(LineSign::Context) => block.iter().for_each(|line| self.context(line, out)),
                _ => self.changed(block, out),
            }
        }
    }

    fn context(&self, line: &TextLine, out: &mut String) {
        if self.words != Words::Marked {
            out.push(' ');
        }
        out.push_str(&safe(&line.text));
        end_line(line, out);
    }

    // Within a block, all removed lines come before all added ones.
    fn changed(&mut self, block: &[TextLine], out: &mut String) {
        let (old, new) = block.split_at(block.partition_point(|line| line.sign == LineSign::Removed));
        match self.words {
            Words::Marked => marked(old, new, &mut self.budget, &self.inks, out),
            Words::Highlight if !old.is_empty() && !new.is_empty() => {
                highlighted(old, new, &mut self.budget, &self.inks, out);
            }
            _ => block.iter().for_each(|line| plain(line, &self.inks, out)),
        }
    }
}

/// Prints a line that one side has.
pub(super) fn plain(line: &TextLine, inks: &Inks, out: &mut String) {
    let ink = inks.of(line.sign);
    out.push_str(&ink.on);
    out.push(line.sign.as_char());
    out.push_str(&safe(&line.text));
    out.push_str(&ink.off);
    end_line(line, out);
}

/// Ends a line, and says where the file's last line has no line feed.
pub(super) fn end_line(line: &TextLine, out: &mut String) {
    if !line.has_feed {
        out.push_str(TextLine::NO_FEED);
    }
    out.push('\n');
}

/// A style as it is written; a diff may have a hundred thousand lines in it.
pub(super) struct Ink {
    on: String,
    off: String,
}

impl Ink {
    fn new(style: anstyle::Style) -> Self {
        Self { on: style.to_string(), off: format!("{style:#}") }
    }

    /// Prints a text in it.
    pub(super) fn push(&self, text: &str, out: &mut String) {
        if !text.is_empty() {
            out.push_str(&self.on);
            out.push_str(&safe(text));
            out.push_str(&self.off);
        }
    }
}

/// The styles of lines, and of the words that stand out in them.
pub(super) struct Inks {
    removed: Ink,
    added: Ink,
    pub(super) removed_words: Ink,
    pub(super) added_words: Ink,
}

impl Default for Inks {
    fn default() -> Self {
        let (removed, added) = (style::BAD, style::GOOD);
        Self {
            removed: Ink::new(removed),
            added: Ink::new(added),
            removed_words: Ink::new(removed.invert()),
            added_words: Ink::new(added.invert()),
        }
    }
}

impl Inks {
    /// Returns the style of a line that one side has.
    pub(super) fn of(&self, sign: LineSign) -> &Ink {
        if sign == LineSign::Removed { &self.removed } else { &self.added }
    }

    /// Returns the style of words that stand out in such a line.
    pub(super) fn words_of(&self, sign: LineSign) -> &Ink {
        if sign == LineSign::Removed { &self.removed_words } else { &self.added_words }
    }
}

fn blobs_differ(file: &FileDiff) -> bool {
    let blob = |side: &Option<FileVersion>| side.as_ref().map(|side| side.blob);
    blob(&file.old) != blob(&file.new)
}

fn sizes(what: &str, file: &FileDiff) -> String {
    let side = |letter: char, side: &Option<FileVersion>| match side {
        Some(side) => format!("{letter}/{} ({})", safe_line(&side.path), bytes(side.bytes)),
        None => "/dev/null".to_owned(),
    };
    format!("{what} {} and {} differ\n", side('a', &file.old), side('b', &file.new))
}

fn header(file: &FileDiff) -> String {
    let path = |side: &Option<FileVersion>| safe_line(side.as_ref().map_or(&file.path, |side| &side.path));
    let mut lines = vec![format!("diff --git a/{} b/{}", path(&file.old), path(&file.new))];
    lines.extend(modes(file));
    if file.change == FileChangeKind::Renamed {
        lines.push(format!("similarity index {}%", file.similarity.unwrap_or(100)));
        lines.push(format!("rename from {}", path(&file.old)));
        lines.push(format!("rename to {}", path(&file.new)));
    }
    if file.hunks.as_ref().is_some_and(|hunks| !hunks.is_empty()) {
        let side = |letter: char, side: &Option<FileVersion>| match side {
            Some(_) => format!("{letter}/{}", path(side)),
            None => "/dev/null".to_owned(),
        };
        lines.push(format!("--- {}", side('a', &file.old)));
        lines.push(format!("+++ {}", side('b', &file.new)));
    }
    lines.iter().map(|line| format!("{}\n", style::paint(style::STRONG, line))).collect()
}

fn modes(file: &FileDiff) -> Vec<String> {
    let mode = |side: &FileVersion| if side.executable { "100755" } else { "100644" };
    match (&file.old, &file.new) {
        (Some(old), None) => vec![format!("deleted file mode {}", mode(old))],
        (None, Some(new)) => vec![format!("new file mode {}", mode(new))],
        (Some(old), Some(new)) if old.executable != new.executable => {
            vec![format!("old mode {}", mode(old)), format!("new mode {}", mode(new))]
        }
        _ => Vec::new(),
    }
}
