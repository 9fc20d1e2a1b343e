//! The lines beside a history that show which commit follows which, as `git log --graph` draws them.

use crate::store::CommitId;

/// The lanes of a graph: for each, the commit that comes next in it.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    lanes: Vec<CommitId>,
}

/// What stands beside the lines of one entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    /// Beside its first line.
    pub(crate) first: String,
    /// Beside those that follow; where there are fewer lines, they stand alone.
    pub(crate) turns: Vec<String>,
    /// Beside all others.
    pub(crate) rest: String,
}

impl Rows {
    /// Returns how many columns the widest of them takes.
    pub(crate) fn width(&self) -> usize {
        self.turns.iter().chain([&self.first, &self.rest]).map(String::len).max().unwrap_or(0)
    }
}

impl Graph {
    /// Adds a commit below those that are there; `mark` stands for it.
    pub(crate) fn add(&mut self, commit: CommitId, parents: &[CommitId], mark: char) -> Rows {
        let at = self.lanes.iter().position(|next| *next == commit).unwrap_or(self.lanes.len());
        let width = self.lanes.len().max(at + 1);
        let first = spaced((0..width).map(|lane| if lane == at { mark } else { '|' }));
        let mut turns: Vec<String> = (1..parents.len()).map(|new| opened(at + new, width + new)).collect();
        let mut lanes: Vec<Option<CommitId>> = self.lanes.iter().copied().map(Some).collect();
        let below = parents.iter().copied().map(Some);
        // A commit that follows none leaves a gap, which the lanes at its right close.
        let below: Vec<_> = if parents.is_empty() { vec![None] } else { below.collect() };
        lanes.splice(at..lanes.len().min(at + 1), below);
        turns.extend(self.close(&lanes));
        let rest = spaced(self.lanes.iter().map(|_| '|'));
        Rows { first, turns, rest }
    }

    // Lanes that wait for the same commit become one: those at the right move to the left.
    fn close(&mut self, lanes: &[Option<CommitId>]) -> Vec<String> {
        self.lanes.clear();
        let mut places = vec![None; lanes.len() * 2];
        for (slot, commit) in places.iter_mut().step_by(2).zip(lanes) {
            let Some(commit) = commit else { continue };
            let known = self.lanes.iter().position(|next| next == commit);
            *slot = Some(known.unwrap_or_else(|| {
                self.lanes.push(*commit);
                self.lanes.len() - 1
            }));
        }
        let mut rows = Vec::new();
        // At the place beside its own, a line ends where the lane goes on.
        while places.iter().enumerate().any(|(place, lane)| lane.is_some_and(|lane| lane != place / 2)) {
            let (moved, row) = step_left(&places);
            places = moved;
            rows.push(row);
        }
        rows
    }
}

/// Which lane each place of a row leads to.
type Places = Vec<Option<usize>>;

/// Draws a row in which each line goes one place further to the left, to its lane.
///
/// Only one line of a row goes further than that, along the ground.
fn step_left(places: &Places) -> (Places, String) {
    let mut moved: Places = vec![None; places.len()];
    let mut ground: Option<(usize, usize)> = None;
    for (place, lane) in places.iter().enumerate() {
        let Some(lane) = *lane else { continue };
        let left = place.checked_sub(1).and_then(|left| moved.get(left).copied().flatten());
        let to = match left {
            _ if lane * 2 == place => place,
            Some(other) if other == lane => continue,
            // Another line stands there and is crossed.
            Some(_) => place.saturating_sub(2),
            None => place.saturating_sub(1),
        };
        set(&mut moved, to, lane);
        if to != place && ground.is_none() {
            let end = if left.is_some() { place - 1 } else { place };
            ground = Some((end, lane));
            (lane * 2 + 3..end.saturating_sub(2)).step_by(2).for_each(|place| set(&mut moved, place, lane));
        }
    }
    let row = draw(&mut moved, ground);
    (moved, row)
}

fn set(places: &mut Places, place: usize, lane: usize) {
    if let Some(slot) = places.get_mut(place) {
        *slot = Some(lane);
    }
}

fn draw(places: &mut Places, ground: Option<(usize, usize)>) -> String {
    let mut row = String::new();
    let mut has_ground = false;
    for (place, slot) in places.iter_mut().enumerate() {
        row.push(match (*slot, ground) {
            (None, _) => ' ',
            (Some(lane), _) if lane * 2 == place => '|',
            (Some(lane), Some((end, of))) if lane == of && place + 1 != end => {
                // The line goes on from where the ground begins.
                if place != lane * 2 + 3 {
                    *slot = None;
                }
                has_ground = true;
                '_'
            }
            (Some(_), ground) => {
                if has_ground && ground.is_some_and(|(end, _)| place < end) {
                    *slot = None;
                }
                '/'
            }
        });
    }
    row.trim_end().to_owned()
}

/// Draws the row in which one more lane opens at a place, and those at its right make room.
fn opened(new: usize, width: usize) -> String {
    let mut row = String::new();
    for lane in 0..width {
        match lane {
            _ if lane < new => row.push_str(if lane + 1 == new { "|" } else { "| " }),
            _ if lane == new => row.push('\\'),
            _ => row.push_str(" \\"),
        }
    }
    row
}

fn spaced(marks: impl Iterator<Item = char>) -> String {
    marks.map(String::from).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: char) -> CommitId {
        CommitId::from_hex(&format!("{:040x}", u32::from(name))).expect("an id")
    }

    /// Draws a history; `a:bc` is a commit a that follows b and c.
    fn drawn(history: &str) -> String {
        let mut graph = Graph::default();
        let mut out = String::from("\n");
        for entry in history.split(' ') {
            let (name, parents) = entry.split_once(':').expect("a commit and its parents");
            let parents: Vec<CommitId> = parents.chars().map(id).collect();
            let rows = graph.add(id(name.chars().next().expect("a name")), &parents, '*');
            out.push_str(&format!("{} {name}\n", rows.first));
            rows.turns.iter().for_each(|turn| out.push_str(&format!("{turn}\n")));
        }
        out
    }

    #[test]
    fn a_line_is_a_line() {
        assert_eq!(drawn("c:b b:a a:"), "\n* c\n* b\n* a\n");
    }

    #[test]
    fn a_merge_opens_a_lane_and_the_fork_closes_it() {
        assert_eq!(drawn("d:bc b:a c:a a:"), "\n* d\n|\\\n* | b\n| * c\n|/\n* a\n");
    }

    #[test]
    fn lanes_cross_one_another() {
        let expected = "
* f
|\\
| * e
| |\\
* | | d
| |/
|/|
* | c
|/
* a
";
        assert_eq!(drawn("f:de e:ac d:c c:a a:"), expected);
    }

    #[test]
    fn several_parents_open_several_lanes_and_a_root_closes_its_own() {
        let expected = "
* d
|\\
| |\\
* | | a
 / /
* | b
 /
* c
";
        assert_eq!(drawn("d:abc a: b: c:"), expected);
    }
}
