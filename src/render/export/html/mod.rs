//! Sessions as one page that needs nothing else: it loads nothing and runs nothing.

mod chart;
mod diff;
mod markup;
mod run;
mod session;

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use self::markup::Html;
use super::{ExportError, Sessions};
use crate::model::RunStatus;
use crate::ops::SessionExport;
use crate::render::session::totals_line;
use crate::render::{count, words::bytes};

/// How it looks.
const STYLE: &str = include_str!("page.css");
/// Writes one page with all sessions.
pub(crate) fn html(out: &mut dyn Write, sessions: &mut Sessions<'_>) -> Result<(), ExportError> {
    let sessions: Vec<SessionExport<'_>> = sessions.collect::<Result<_, _>>()?;
    let mut page = Html::new(out);
    page.try_put("html", &[("lang", "en")], |page| {
        head(page, &title(&sessions));
        page.try_put("body", &[], |page| body(page, &sessions))
    })?;
    Ok(page.flush()?)
}

fn title(sessions: &[SessionExport<'_>]) -> String {
    match sessions {
        [one] => one.manifest().title.clone(),
        many => count(many.len() as u64, "session"),
    }
}

/// Returns what the page may do, whatever is in it: nothing but look as its own style sheet says.
fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}

fn head(page: &mut Html<'_>, title: &str) {
    page.put("head", &[], |page| {
        page.void("meta", &[("charset", "utf-8")]);
        page.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy())]);
        page.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
        page.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
        page.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
        page.text_in("title", &[], title);
        page.style_sheet(STYLE);
    });
}

fn body(page: &mut Html<'_>, sessions: &[SessionExport<'_>]) -> Result<(), ExportError> {
    if sessions.len() > 1 {
        page.put("header", &[], |page| {
            page.text_in("p", &[("class", "kind")], "Agent sessions");
            page.text_in("h1", &[], &title(sessions));
            contents(page, sessions);
        });
    }
    let heading = if sessions.len() > 1 { "h2" } else { "h1" };
    page.try_put("main", &[], |page| {
        for (index, session) in sessions.iter().enumerate() {
            session::session(page, session, &format!("s{}", index + 1), heading)?;
        }
        Ok::<_, ExportError>(())
    })?;
    let said = "Written by git-session export. This page loads nothing and runs nothing.";
    page.text_in("footer", &[], said);
    Ok(())
}

fn contents(page: &mut Html<'_>, sessions: &[SessionExport<'_>]) {
    page.put("ol", &[("class", "contents")], |page| {
        for (index, session) in sessions.iter().enumerate() {
            page.put("li", &[], |page| {
                let link = format!("#s{}", index + 1);
                page.text_in("a", &[("href", &link)], &session.manifest().title);
                page.text_in("span", &[("class", "meta")], &totals_line(&session.manifest().totals));
            });
        }
    });
}

/// Returns the class by which a status is coloured.
fn tone(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Succeeded => "good",
        RunStatus::Failed => "bad",
        _ => "warn",
    }
}

/// Says how much is not shown.
fn left_out(page: &mut Html<'_>, size: u64) {
    page.text_in("p", &[("class", "left-out")], &format!("… {} more, left out here", bytes(size)));
}
