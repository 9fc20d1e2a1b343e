//! HTML that is being written.
//!
//! Text gets in by [`Html::text`] and as values of attributes, and is escaped there. Names of elements
//! and of attributes are fixed in the sources, and an element ends where it began. So no stored text
//! can open a tag or an attribute, or leave one: there is no function by which it could.

use std::io::{self, Write};

use crate::render::push_safe;

/// From how many bytes on what was made is written out.
const BUFFER: usize = 64 * 1024;

/// An attribute: a name of ours and any value.
pub(super) type Attribute<'a> = (&'static str, &'a str);

/// HTML that is being written.
pub(super) struct Html<'w> {
    made: String,
    to: &'w mut dyn Write,
}

impl<'w> Html<'w> {
    /// Begins a document.
    pub(super) fn new(to: &'w mut dyn Write) -> Self {
        Self { made: "<!doctype html>\n".to_owned(), to }
    }

    /// Adds text; what could steer whoever reads it is made visible.
    pub(super) fn text(&mut self, text: &str) {
        escape(text, &mut self.made);
    }

    /// Adds an element with what is in it.
    pub(super) fn put(
        &mut self,
        name: &'static str,
        attributes: &[Attribute<'_>],
        content: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        content(self);
        self.close(name);
    }

    /// Adds an element with a text in it.
    pub(super) fn text_in(&mut self, name: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.put(name, attributes, |html| html.text(text));
    }

    /// Adds an element whose content may fail to be read. What is made is written out behind it.
    pub(super) fn try_put<E: From<io::Error>>(
        &mut self,
        name: &'static str,
        attributes: &[Attribute<'_>],
        content: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(name, attributes);
        content(self)?;
        self.close(name);
        self.made.push('\n');
        if self.made.len() > BUFFER { Ok(self.flush()?) } else { Ok(()) }
    }

    /// Adds an element that has no content and no end, such as `meta`.
    pub(super) fn void(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.open(name, attributes);
    }

    /// Adds a style sheet of ours.
    pub(super) fn style_sheet(&mut self, css: &'static str) {
        self.open("style", &[]);
        self.made.push_str(css);
        self.close("style");
    }

    /// Writes out what is made.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.to.write_all(self.made.as_bytes())?;
        self.made.clear();
        Ok(())
    }

    fn open(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.made.push('<');
        self.made.push_str(name);
        for (name, value) in attributes {
            self.made.push(' ');
            self.made.push_str(name);
            self.made.push_str("=\"");
            escape(value, &mut self.made);
            self.made.push('"');
        }
        self.made.push('>');
    }

    fn close(&mut self, name: &'static str) {
        self.made.push_str("</");
        self.made.push_str(name);
        self.made.push('>');
    }
}

fn escape(text: &str, out: &mut String) {
    let mut visible = String::with_capacity(text.len());
    push_safe(text, &mut visible);
    for c in visible.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::escape_char;

    fn made(make: impl FnOnce(&mut Html<'_>)) -> String {
        let mut out = Vec::new();
        let mut html = Html::new(&mut out);
        make(&mut html);
        html.flush().expect("written");
        String::from_utf8(out).expect("text").trim_start_matches("<!doctype html>\n").to_owned()
    }

    fn unescaped(text: &str) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#96;", "`"), ("&amp;", "&")]
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_place(text in "(.|\n|[<>&\"'`=/]|</p>|<script>|-->|]]>|&lt;|\u{202e}|\u{0}){0,40}") {
            let html = made(|html| html.text_in("p", &[("title", &text)], &text));
            let inner = html.strip_prefix("<p title=\"").and_then(|rest| rest.strip_suffix("</p>"));
            let (value, content) = inner.and_then(|inner| inner.split_once("\">")).expect("one element");
            for part in [value, content] {
                prop_assert!(!part.contains(['<', '>', '"', '\'', '`']), "{part}");
                let hidden = part.chars().find(|c| !"\n\t".contains(*c) && escape_char(*c).is_some());
                prop_assert_eq!(hidden, None);
                prop_assert_eq!(unescaped(part), crate::model::escape_text(&text), "it says the same");
            }
        }
    }
}
