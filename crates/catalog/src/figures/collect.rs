use {
    super::{
        fact::{Fact, Metric, Target},
        packed::{
            Listen, Words, counted, fact_source, pack_fact, pack_listen, same_target, unpack_fact,
            unpack_listen,
        },
        runs::{Runs, Sorted},
        table::{Table, Writer},
    },
    crate::error::Error,
    longplay_model::Timestamp,
    std::{
        collections::BTreeMap,
        iter::Peekable,
        path::{Path, PathBuf},
    },
};

/// Takes facts and listens in any order; the table that comes out depends on
/// what was given, not on the order.
pub(crate) struct Collector {
    dir: PathBuf,
    memory: usize,
    names: Names,
    facts: Runs,
    listens: Runs,
}

impl Collector {
    /// Spills into the folder `spill_dir`, which the caller removes when the
    /// table is not needed any more. At most `memory` bytes are held, by the
    /// collector and then by its table.
    pub(crate) fn new(spill_dir: &Path, memory: usize) -> Self {
        Self {
            dir: spill_dir.into(),
            memory,
            names: Names::default(),
            facts: Runs::new(spill_dir, "facts", memory / 4),
            listens: Runs::new(spill_dir, "listens", memory / 2),
        }
    }

    /// Tells the name of a source. Of sources with one name the last one's
    /// facts hold, and their listens are counted together. A source without a
    /// name stands alone.
    pub(crate) fn named(&mut self, source: u16, name: &str) {
        self.names.set(source, name);
    }

    /// A later time takes the place of an earlier one from the same source;
    /// at the same time, the greater value.
    pub(crate) fn fact(&mut self, fact: Fact) -> Result<(), Error> {
        self.facts.push(pack_fact(&fact))
    }

    /// `user` is a hash of whoever listened. The same user at the same second
    /// is one listen, in how many sources of one name it may stand.
    pub(crate) fn listen(
        &mut self,
        source: u16,
        target: Target,
        user: u64,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.listens.push(pack_listen(&target, user, at, source))
    }

    pub(crate) fn finish(self) -> Result<Table, Error> {
        let mut out = Writer::new(&self.dir, self.memory / 2);
        let mut facts = self.facts.finish()?.peekable();
        let mut listens = self.listens.finish()?.peekable();
        let mut group = Vec::new();
        while let Some(bytes) = next_bytes(&mut facts, &mut listens)? {
            group.clear();
            while let Some(words) = next_of(&mut facts, bytes)? {
                offer(&mut group, words, &self.names);
            }
            let mut tallies = Tallies::default();
            while let Some(words) = next_of(&mut listens, bytes)? {
                tallies.count(unpack_listen(&words), &self.names);
            }
            for words in tallies.facts(bytes) {
                offer(&mut group, words, &self.names);
            }
            group.sort_unstable();
            group.iter().try_for_each(|words| out.push(words))?;
        }
        out.finish()
    }
}

/// The first sixteen bytes of what comes next.
fn next_bytes(
    facts: &mut Peekable<Sorted>,
    listens: &mut Peekable<Sorted>,
) -> Result<Option<[u64; 2]>, Error> {
    let mut least = None;
    for entries in [facts, listens] {
        match entries.peek() {
            Some(Ok([high, low, ..])) => {
                let bytes = [*high, *low];
                least = Some(least.map_or(bytes, |known: [u64; 2]| known.min(bytes)));
            }
            // The error itself can only be taken by moving on.
            Some(Err(_)) => return entries.next().transpose().map(|_| None),
            None => {}
        }
    }
    Ok(least)
}

fn next_of(entries: &mut Peekable<Sorted>, bytes: [u64; 2]) -> Result<Option<Words>, Error> {
    let is_next = |entry: &Result<Words, Error>| match entry {
        Ok(words) => words[..2] == bytes,
        Err(_) => true,
    };
    entries.next_if(is_next).transpose()
}

/// Puts a fact where it belongs: of one target, name and metric only the one
/// that holds stays.
fn offer(group: &mut Vec<Words>, words: Words, names: &Names) {
    let Some(fact) = unpack_fact(&words) else {
        return;
    };
    let name = names.of(fact.source);
    let is_rival = |known: &&mut Words| {
        same_target(known, &words)
            && names.of(fact_source(known)) == name
            && unpack_fact(known).is_some_and(|other| other.metric == fact.metric)
    };
    match group.iter_mut().find(is_rival) {
        // Numbers of one target and metric grow with source, time and value.
        Some(known) => *known = (*known).max(words),
        None => group.push(words),
    }
}

/// Which sources have one name.
#[derive(Default)]
struct Names {
    /// The first source of each name.
    first: BTreeMap<String, u16>,
    /// For each source, the first one of its name.
    same: BTreeMap<u16, u16>,
}

impl Names {
    fn set(&mut self, source: u16, name: &str) {
        let first = *self.first.entry(name.into()).or_insert(source);
        self.same.insert(source, first);
    }

    fn of(&self, source: u16) -> u16 {
        self.same.get(&source).copied().unwrap_or(source)
    }
}

/// The listens of one target, by name of the source and sort of target.
#[derive(Default)]
struct Tallies(BTreeMap<(u8, u16), Tally>);

struct Tally {
    source: u16,
    listens: u64,
    listeners: u64,
    latest: u64,
    last: (u64, u64),
}

impl Tallies {
    /// Listens come by user and time.
    fn count(&mut self, listen: Listen, names: &Names) {
        let this = (listen.user, listen.at);
        let fresh = || Tally {
            source: listen.source,
            listens: 0,
            listeners: 0,
            latest: 0,
            // No listen has this time.
            last: (!listen.user, 0),
        };
        let key = (listen.kind, names.of(listen.source));
        let tally = self.0.entry(key).or_insert_with(fresh);
        tally.source = tally.source.max(listen.source);
        if tally.last == this {
            return;
        }
        tally.listens += 1;
        tally.listeners += u64::from(tally.last.0 != this.0);
        tally.latest = tally.latest.max(listen.at);
        tally.last = this;
    }

    fn facts(self, target: [u64; 2]) -> impl Iterator<Item = Words> {
        self.0.into_iter().flat_map(move |((kind, _), tally)| {
            [
                (Metric::Listens, tally.listens),
                (Metric::Listeners, tally.listeners),
            ]
            .map(|(metric, count)| counted(target, kind, tally.source, metric, count, tally.latest))
        })
    }
}

#[cfg(test)]
mod tests {
    use {super::*, longplay_model::Mbid, proptest::prelude::*};

    fn target(number: u8) -> Target {
        match number % 4 {
            0 => Target::Isrc(format!("AA000000000{}", number / 4).parse().unwrap()),
            1 => Target::Artist(Mbid::from_bytes([number / 4; 16])),
            _ => Target::Mbid(Mbid::from_bytes([number / 4; 16])),
        }
    }

    fn time(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[derive(Debug, Clone, Copy)]
    enum Given {
        Fact(Fact),
        Listen(u16, Target, u64, i64),
    }

    /// What the table must hold, by plain maps.
    fn naive(given: &[Given], names: &[u8]) -> Vec<Fact> {
        let group = |source: u16| names[usize::from(source)];
        let mut facts: Vec<Fact> = Vec::new();
        type Heard = Vec<(u64, i64, u16)>;
        let mut listens: BTreeMap<(Target, u8), Heard> = BTreeMap::new();
        for one in given {
            match *one {
                Given::Fact(fact) => facts.push(fact),
                Given::Listen(source, target, user, at) => {
                    let all = listens.entry((target, group(source))).or_default();
                    all.push((user, at, source));
                }
            }
        }
        for ((target, _), all) in listens {
            let at = all.iter().map(|listen| time(listen.1)).max();
            let source = all.iter().map(|listen| listen.2).max().unwrap();
            let users: std::collections::BTreeSet<_> = all.iter().map(|l| l.0).collect();
            let whole: std::collections::BTreeSet<_> = all.iter().map(|l| (l.0, l.1)).collect();
            for (metric, count) in [
                (Metric::Listens, whole.len()),
                (Metric::Listeners, users.len()),
            ] {
                facts.push(Fact {
                    target,
                    metric,
                    source,
                    value: count as f64,
                    at,
                });
            }
        }
        let mut best: BTreeMap<(Target, u8, Metric), Fact> = BTreeMap::new();
        for fact in facts {
            let rank = |fact: &Fact| (fact.source, fact.at, fact.value);
            let known = best
                .entry((fact.target, group(fact.source), fact.metric))
                .or_insert(fact);
            if rank(known) < rank(&fact) {
                *known = fact;
            }
        }
        let mut all: Vec<Fact> = best.into_values().collect();
        all.sort_by_key(|fact| (fact.target, fact.source, fact.metric));
        all
    }

    fn collected(given: &[Given], names: &[u8], memory: usize) -> (Vec<Fact>, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let mut collector = Collector::new(dir.path(), memory);
        for (source, name) in names.iter().enumerate() {
            collector.named(source as u16, &name.to_string());
        }
        for one in given {
            match *one {
                Given::Fact(fact) => collector.fact(fact),
                Given::Listen(source, target, user, at) => {
                    collector.listen(source, target, user, time(at))
                }
            }
            .unwrap();
        }
        let table = collector.finish().unwrap();
        let mut targets: Vec<Target> = table.targets().map(Result::unwrap).collect();
        targets.sort();
        let facts = targets.iter().flat_map(|target| table.of(target).unwrap());
        let facts: Vec<Fact> = facts.collect();
        assert_eq!(facts.len() as u64, table.len());
        assert_eq!(table.of(&target(250)).unwrap().count(), 0);
        (facts, dir)
    }

    fn given() -> impl Strategy<Value = Given> {
        let fact = (
            0u8..24,
            0u16..5,
            0usize..4,
            0u8..3,
            prop::option::of(0i64..3),
        );
        let fact = fact.prop_map(|(number, source, metric, value, at)| {
            Given::Fact(Fact {
                target: target(number),
                metric: Metric::ALL[metric],
                source,
                value: value.into(),
                at: at.map(time),
            })
        });
        let listen = (0u16..5, 0u8..24, 0u64..4, 0i64..6);
        let listen = listen.prop_map(|(s, t, u, at)| Given::Listen(s, target(t), u, at));
        prop_oneof![fact, listen]
    }

    proptest! {
        #[test]
        fn the_table_is_that_of_plain_maps(
            given in prop::collection::vec(given(), 0..200),
            names in prop::array::uniform5(0u8..4),
            memory in 0usize..20_000,
        ) {
            let (facts, _dir) = collected(&given, &names, memory);
            prop_assert_eq!(&facts, &naive(&given, &names));
            let mut reversed = given;
            reversed.reverse();
            let (again, _dir) = collected(&reversed, &names, 1 << 20);
            prop_assert_eq!(facts, again);
        }
    }

    #[test]
    fn a_full_dump_and_its_update_count_each_listen_once() {
        let mbid = target(2);
        let full = [(1, 10), (1, 20), (2, 10)].map(|(u, at)| Given::Listen(0, mbid, u, at));
        let update = [(2, 10), (3, 30)].map(|(u, at)| Given::Listen(1, mbid, u, at));
        let all: Vec<Given> = full.into_iter().chain(update).collect();
        let (facts, _dir) = collected(&all, &[0, 0], 1 << 20);
        let told: Vec<_> = facts
            .iter()
            .map(|f| (f.source, f.metric, f.value, f.at))
            .collect();
        let at = Some(time(30));
        assert_eq!(
            told,
            [
                (1, Metric::Listens, 4.0, at),
                (1, Metric::Listeners, 3.0, at)
            ]
        );
    }
}
