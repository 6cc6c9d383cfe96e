use std::{collections::BTreeMap, fmt};

/// What happened in histories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub histories: u64,
    /// Writes, syncs and changes of names.
    pub operations: u64,
    pub tracks: u64,
    pub tranches: u64,
    pub kills: u64,
    pub cuts: u64,
    /// Damage and failures of reading, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Files that differed; each was told.
    pub found: u64,
    /// Readings that were told to be transient.
    pub transient: u64,
    /// Damaged tranches that were healed from themselves.
    pub healed: u64,
    /// Damaged tranches of which a part was beyond recovery, and named.
    pub beyond: u64,
    /// Of these, healed from another copy.
    pub from_copy: u64,
}

impl Counts {
    pub fn add(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub fn extend(&mut self, other: &Self) {
        self.histories += other.histories;
        self.operations += other.operations;
        self.tracks += other.tracks;
        self.tranches += other.tranches;
        self.kills += other.kills;
        self.cuts += other.cuts;
        self.found += other.found;
        self.transient += other.transient;
        self.healed += other.healed;
        self.beyond += other.beyond;
        self.from_copy += other.from_copy;
        for (fault, count) in &other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rows = [
            ("histories", self.histories),
            ("operations", self.operations),
            ("tracks", self.tracks),
            ("tranches", self.tranches),
            ("kills", self.kills),
            ("power cuts", self.cuts),
            ("differing files, all found", self.found),
            ("told to be transient", self.transient),
            ("healed tranches", self.healed),
            ("beyond the bound, named", self.beyond),
            ("of these healed from a copy", self.from_copy),
        ];
        for (name, count) in rows
            .into_iter()
            .chain(self.faults.iter().map(|(a, b)| (*a, *b)))
        {
            writeln!(f, "{count:>10}  {name}")?;
        }
        Ok(())
    }
}
