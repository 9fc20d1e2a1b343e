//! Whatever is stored, what stands in columns or beside a graph fits the terminal.

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr as _;

use super::Look;
use super::hostile::{everything, now, text, without_styles};

/// What has no lines but such as fit. In others, files and texts are told as they are.
const FITTING: [&str; 10] = [
    "list",
    "list --tree",
    "runs",
    "know",
    "log --oneline",
    "search",
    "diff --stat",
    "compare",
    "compare --forks",
    "undo --list",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_line_is_wider_than_the_terminal(text in text(), width in 70usize..200) {
        let look = Look { width: Some(width), now: now() };
        for (what, printed) in everything(&text, look) {
            let plain = without_styles(&printed);
            let wide = plain.lines().find(|line| line.width() > width);
            prop_assert_eq!(wide.filter(|_| FITTING.contains(&what)), None, "{} at {}", what, width);
        }
    }
}
