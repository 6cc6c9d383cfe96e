//! What a power cut leaves of what was not synced: anything that a journaling
//! file system may leave, by the seed.

use {
    super::tree::{Change, Node, Step, Tree, write_into},
    crate::fixture::Rng,
    std::collections::BTreeSet,
};

/// Bytes that a disk writes at once.
const SECTOR: usize = 512;

/// Bytes that a file system writes together.
const PAGE: usize = 4096;

/// How much of one kind survives.
enum Luck {
    Nothing,
    All,
    Some,
}

impl Luck {
    fn of(rng: &mut Rng) -> Self {
        match rng.below(4) {
            0 => Self::Nothing,
            1 => Self::All,
            _ => Self::Some,
        }
    }
}

impl Tree {
    /// Nothing but what is durable.
    pub fn durable(&self) -> Self {
        let mut tree = self.clone();
        let none = vec![false; tree.waiting.len()];
        tree.keep_names(&none);
        tree.nodes_mut().for_each(|node| keep(node, Vec::clone));
        tree.clear();
        tree
    }

    /// What is durable, and some of the rest.
    pub fn after_cut(&self, rng: &mut Rng) -> Self {
        let mut tree = self.clone();
        let kept = kept_names(&tree.waiting, rng);
        tree.keep_names(&kept);
        for node in tree.nodes_mut() {
            if let Node::File { changes, .. } = node
                && !changes.is_empty()
            {
                let changes = std::mem::take(changes);
                keep(node, |durable| kept_bytes(durable, &changes, rng));
            }
        }
        tree.clear();
        tree
    }
}

fn keep(node: &mut Node, survivor: impl FnOnce(&Vec<u8>) -> Vec<u8>) {
    if let Node::File { durable, .. } = node {
        *node = Node::durable_file(survivor(durable));
    }
}

/// Steps are kept up to one of them, as one journal for all folders has it, or
/// up to one in each folder.
fn kept_names(steps: &[Step], rng: &mut Rng) -> Vec<bool> {
    match Luck::of(rng) {
        Luck::Nothing => vec![false; steps.len()],
        Luck::All => vec![true; steps.len()],
        Luck::Some if rng.below(2) == 0 => {
            let count = rng.below(steps.len() as u64 + 1) as usize;
            (0..steps.len()).map(|at| at < count).collect()
        }
        Luck::Some => {
            let mut ended = BTreeSet::new();
            let is_kept = |step: &Step| {
                let folders = || step.0.iter().map(|slot| slot.folder);
                let is_kept = !folders().any(|it| ended.contains(&it)) && rng.below(4) > 0;
                if !is_kept {
                    ended.extend(folders());
                }
                is_kept
            };
            steps.iter().map(is_kept).collect()
        }
    }
}

/// Writes survive page by page, in any order, the last of them torn; a page
/// that did not is what it was, or zeros. What was written after a cut of the
/// length survives only with that.
fn kept_bytes(durable: &[u8], changes: &[Change], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = durable.to_vec();
    let luck = Luck::of(rng);
    for change in changes {
        match (&luck, change) {
            (Luck::Nothing, _) => break,
            (Luck::All, change) => change.apply(&mut bytes),
            (Luck::Some, Change::Write { at, bytes: written }) => {
                for (from, to) in pages(*at, written.len()) {
                    match rng.below(4) {
                        0 => {}
                        1 => {
                            let sectors = rng.below(((to - from) / SECTOR) as u64 + 1);
                            let to = from + sectors as usize * SECTOR;
                            write_into(&mut bytes, at + from, &written[from..to]);
                        }
                        _ => write_into(&mut bytes, at + from, &written[from..to]),
                    }
                }
            }
            (Luck::Some, Change::Length(length)) => {
                let is_cut = *length < bytes.len();
                match rng.below(2) == 0 {
                    true => change.apply(&mut bytes),
                    false if is_cut => break,
                    false => {}
                }
            }
        }
    }
    bytes
}

/// The parts of a write that lie in one page each, counted from its start.
fn pages(at: usize, length: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from;
        from = length.min(start + PAGE - (at + start) % PAGE);
        (start < length).then_some((start, from))
    })
}
