//! Words in a text, and the part of it that shows them.

/// How many characters of a line are shown before and behind the first word.
const AROUND: usize = 100;

/// The words that are looked for, in lower case. One may hold spaces: then it is found as it is.
#[derive(Debug, Clone)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// Takes words as they were typed; `None` where there is none.
    pub(super) fn new(typed: &[String]) -> Option<Self> {
        let words = typed.iter().map(|text| text.trim().to_lowercase());
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// Returns the number of the line with the most of the words and the part of it around the
    /// first; `None` where the text lacks one of them.
    pub(super) fn find(&self, text: &str) -> Option<(usize, String)> {
        let lower = text.to_lowercase();
        if !self.0.iter().all(|word| lower.contains(word.as_str())) {
            return None;
        }
        let mut best: Option<(usize, usize, &str)> = None;
        for (index, line) in text.lines().enumerate() {
            let count = self.count(line);
            if count > best.map_or(0, |(_, most, _)| most) {
                best = Some((index + 1, count, line));
            }
        }
        let (number, _, line) = best?;
        Some((number, self.part(line)))
    }

    fn count(&self, line: &str) -> usize {
        let lower = line.to_lowercase();
        self.0.iter().filter(|word| lower.contains(word.as_str())).count()
    }

    fn part(&self, line: &str) -> String {
        let lower = line.to_lowercase();
        let at = self.0.iter().filter_map(|word| lower.find(word.as_str())).min().unwrap_or(0);
        let before = lower.get(..at).map_or(0, |start| start.chars().count());
        let start = before.saturating_sub(AROUND);
        let mut part: String = line.chars().skip(start).take(before - start + AROUND).collect();
        if start > 0 {
            part.insert(0, '…');
        }
        if line.chars().nth(before + AROUND).is_some() {
            part.push('…');
        }
        part.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(words: &[&str], text: &str) -> Option<(usize, String)> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Words::new(&words).and_then(|words| words.find(text))
    }

    #[test]
    fn the_line_with_most_words_is_shown() {
        let text = "The cache is slow.\nA slow cache costs 30 s.\nNothing.";
        assert_eq!(find(&["cache", "SLOW", "30 s"], text), Some((2, "A slow cache costs 30 s.".to_owned())));
        assert_eq!(find(&["cache", "fast"], text), None);
        assert_eq!(find(&[" "], text), None);
    }

    #[test]
    fn a_long_line_is_cut_around_the_word() {
        let line = format!("{} needle {}", "x".repeat(500), "y".repeat(500));
        let (_, part) = find(&["needle"], &line).expect("there");
        assert!(part.starts_with('…') && part.ends_with('…') && part.contains(" needle "), "{part}");
        assert!(part.chars().count() < 2 * AROUND + 10);
    }

    proptest! {
        #[test]
        fn what_a_text_holds_is_found(text in "(\\PC|\n|İ|ẞ){0,200}", at in 0usize..200, length in 1usize..20) {
            let word: String = text.chars().skip(at).take(length).collect();
            let found = find(&[&word], &text);
            // Words on two lines are not one phrase.
            if !word.trim().is_empty() && !word.contains('\n') {
                prop_assert!(found.is_some() || !text.to_lowercase().contains(word.trim().to_lowercase().as_str()));
            }
        }
    }
}
