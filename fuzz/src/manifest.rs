//! `session.yaml`.

use git_session::model::Manifest;

/// The inputs to start from.
pub const SEEDS: [&[u8]; 3] = [
    b"schema: 1\nid: 67e55044-10b1-426f-9247-bb680e5fe0c8\ntitle: yes\ncreated_at: 2026-11-22T07:22:23Z\n",
    b"schema: 1\nid: 67e55044-10b1-426f-9247-bb680e5fe0c8\ntitle: \"a \\e\"\nstatus: done\ncreated_at: \"2026-11-22T07:22:23.5Z\"\n\
      created_by: {name: Ann, email: a@b}\nproject: {name: p, remote: x}\ntags: [a, '1:30', ~x]\nexternal_ids: {x: [y]}\n\
      budget: {max_cost_usd: 1.5, alert_thresholds: [50, 1e3], auto_pause: false}\nfree: {a: [1, 2.5, null, .nan, 010]}\n",
    b"schema: 1\nid: 67e55044-10b1-426f-9247-bb680e5fe0c8\ntitle: t\ncreated_at: 2026-11-22T07:22:23Z\n\
      totals: {runs: 2, succeeded: 1, failed: 1, cancelled: 0, duration_s: 1.5, cost_usd: 0.0081}\n\
      runs:\n- {id: 67e55044-10b1-426f-9247-bb680e5fe0c8, status: failed, summary: |\n    x\n  }\n\
      conflicts: [{path: a, kind: content, copy: b, ours: c, theirs: d}, {field: title, kind: field, ours: 1}]\n",
];

/// Reads and prints a manifest.
pub fn run(data: &[u8]) {
    crate::document::check::<Manifest>("session.yaml", data);
}
