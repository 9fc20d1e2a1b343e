//! What a run did to the code repository around it.

use super::app::App;
use crate::model::Code;
use crate::store::{CodeProject, Head, code_delta, is_dirty};

/// Returns what is known of the code now, and of what was committed since `before`. What cannot be
/// told is left out: the run is recorded all the same.
pub(super) fn facts(app: &App, before: Option<&Head>) -> Option<Code> {
    let project = app.project.as_ref()?;
    let mut after = project.clone();
    after.head = project.newest_head().unwrap_or_else(|| project.head.clone());
    let mut code = after.as_code(before);
    code.dirty = is_dirty(&after).map_err(|error| app.ui.status(&format!("{error}\n"))).ok();
    add_delta(&mut code, &after);
    Some(code)
}

fn add_delta(code: &mut Code, project: &CodeProject) {
    let (Some(from), Some(to)) = (&code.head_before, &code.head_after) else { return };
    if from == to {
        return;
    }
    if let Ok(delta) = code_delta(project, from, to) {
        code.commits = delta.commits;
        code.files_changed = Some(delta.files_changed);
        code.insertions = Some(delta.insertions);
        code.deletions = Some(delta.deletions);
    }
}
