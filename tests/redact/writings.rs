//! The ways in which a text is written down.

use std::fmt::Write as _;

/// A way to write a text down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    Plain,
    Json,
    Escaped,
    Url,
}

impl Writing {
    pub const ALL: [Self; 4] = [Self::Plain, Self::Json, Self::Escaped, Self::Url];

    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "JSON",
            Self::Escaped => "JSON, escaped",
            Self::Url => "URL-encoded",
        }
    }

    pub fn write(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Json => format!("{}\n", serde_json::json!({"id": 7, "text": text, "z": null})),
            Self::Escaped => format!("{{\"id\": 7, \"text\": \"{}\"}}\n", escaped(text)),
            Self::Url => format!("GET /log?text={} HTTP/1.1", encoded(text)),
        }
    }
}

// Everything but letters and digits, and each seventh of those.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for (index, unit) in text.encode_utf16().enumerate() {
        match char::from_u32(u32::from(unit)) {
            Some(c) if c.is_ascii_alphanumeric() && index % 7 != 0 => out.push(c),
            _ => write!(out, "\\u{unit:04x}").unwrap(),
        }
    }
    out
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => out.push(char::from(b)),
            _ => write!(out, "%{b:02X}").unwrap(),
        }
    }
    out
}

/// Tells whether a secret is gone from a text: no piece of it of 16 characters is left, or of all
/// its characters where it has fewer.
pub fn is_gone(cleaned: &str, secret: &str, writing: Writing) -> bool {
    let pieces: Vec<char> = secret.chars().filter(|c| !c.is_whitespace()).collect();
    let length = pieces.len().min(16);
    pieces.windows(length).all(|piece| {
        let piece: String = piece.iter().collect();
        let forms = match writing {
            Writing::Plain => vec![piece],
            Writing::Json => vec![serde_json::to_string(&piece).unwrap().trim_matches('"').to_owned(), piece],
            Writing::Escaped => vec![piece],
            Writing::Url => vec![encoded(&piece), piece],
        };
        let text = if writing == Writing::Escaped { unescaped(cleaned) } else { cleaned.to_owned() };
        forms.iter().all(|form| !text.contains(form))
    })
}

fn unescaped(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).expect("it stays JSON");
    value["text"].as_str().expect("a text").to_owned()
}
