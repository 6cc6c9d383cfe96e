//! Are the leaves that were read those that are trusted, and if not, which file
//! differs?

use {
    super::{
        job::{Job, Trouble, differs},
        plan::PartPlan,
        witness::{Known, Witness},
    },
    crate::public::proofs::{GROUP_LEAVES, HASH_BYTES, PackProof},
    longplay_model::Digest,
    longplay_store::merkle::LEAF_BYTES,
    std::ops::Range,
};

/// Hashes of leaves that were asked for, each range with the number of its first.
pub type Asked = Vec<(u64, Vec<Digest>)>;

/// Asks for the hashes that the plan needs.
pub fn ask(job: &Job, plan: &PartPlan, witness: &Witness) -> Result<Asked, Trouble> {
    match &witness.known {
        Known::Leaves(_) => Ok(Vec::new()),
        Known::Groups { proof, .. } => {
            let ranges = plan.hashes.iter();
            ranges
                .map(|range| Ok((range.start, leaves(job, proof, range)?)))
                .collect()
        }
    }
}

fn leaves(job: &Job, proof: &PackProof, range: &Range<u64>) -> Result<Vec<Digest>, Trouble> {
    let offset = place(proof, range).start;
    let path = job.below(proof.leaves.as_str());
    job.hashes(&job.shelf, &path, offset, range.end - range.start)
}

/// Where the hashes of these leaves stand in the leaf file.
fn place(proof: &PackProof, range: &Range<u64>) -> Range<u64> {
    let at = |leaf: u64| proof.offset.saturating_add(leaf * HASH_BYTES);
    at(range.start)..at(range.end)
}

/// Compares the leaves of the pack from number `first` on with what is known.
pub fn judge(
    job: &Job,
    first: u64,
    found: &[Digest],
    asked: &Asked,
    witness: &Witness,
) -> Result<(), Trouble> {
    let found = Found { first, found };
    match &witness.known {
        Known::Leaves(leaves) => {
            let known = leaves.get(first as usize..).unwrap_or_default();
            found.compare(job, first, known)
        }
        Known::Groups { proof, groups } => found.lead_to(job, asked, proof, groups),
    }
}

/// Leaves of the pack from number `first` on, as they were read.
struct Found<'a> {
    first: u64,
    found: &'a [Digest],
}

impl Found<'_> {
    const fn end(&self) -> u64 {
        self.first + self.found.len() as u64
    }

    fn leaf(&self, number: u64) -> Option<Digest> {
        let at = number.checked_sub(self.first)?;
        self.found.get(at as usize).copied()
    }

    /// With the known hashes from number `start` on; they may reach further on either
    /// side.
    fn compare(&self, job: &Job, start: u64, known: &[Digest]) -> Result<(), Trouble> {
        let known = (start..).zip(known);
        let both = known.filter_map(|(number, known)| Some((number, self.leaf(number)?, *known)));
        let mut others = both.filter(|(_, found, known)| found != known);
        let Some((number, found, known)) = others.next() else {
            return Ok(());
        };
        let more = match others.count() {
            0 => String::new(),
            more => format!(", and {more} more of its blocks differ"),
        };
        let range = number * LEAF_BYTES..(number + 1) * LEAF_BYTES;
        let seen = format!("SHA-256 {found} instead of {known}{more}");
        Err(differs(&job.pack(), range, seen))
    }

    fn lead_to(
        &self,
        job: &Job,
        asked: &Asked,
        proof: &PackProof,
        groups: &[Digest],
    ) -> Result<(), Trouble> {
        for group in self.first / GROUP_LEAVES..self.end().div_ceil(GROUP_LEAVES) {
            let leaves = leaves_of(group, proof);
            let known = leaves.clone().map(|number| {
                let asked = asked.iter().find_map(|(first, hashes)| {
                    let at = number.checked_sub(*first)?;
                    hashes.get(at as usize).copied()
                });
                self.leaf(number).or(asked)
            });
            let hashes: Option<Vec<_>> = known.collect();
            let hash = hashes.map(|hashes| proof.group_of(&hashes));
            let promised = groups.get(group as usize).copied();
            if hash.is_none() || hash != promised {
                return Err(self.explain(job, &leaves, proof, promised));
            }
        }
        Ok(())
    }

    /// Asks for all hashes of a group that differs: where they lead to what is known,
    /// they tell which bytes of the pack differ, else they differ themselves.
    fn explain(
        &self,
        job: &Job,
        range: &Range<u64>,
        proof: &PackProof,
        promised: Option<Digest>,
    ) -> Trouble {
        let hashes = match leaves(job, proof, range) {
            Ok(hashes) => hashes,
            Err(trouble) => return trouble,
        };
        let path = job.below(proof.leaves.as_str());
        let place = place(proof, range);
        if Some(proof.group_of(&hashes)) != promised {
            let seen = "these hashes do not lead to the proofs of the tranche";
            return differs(&path, place, seen);
        }
        match self.compare(job, range.start, &hashes) {
            Err(trouble) => trouble,
            Ok(()) => differs(&path, place, "these hashes came otherwise the first time"),
        }
    }
}

fn leaves_of(group: u64, proof: &PackProof) -> Range<u64> {
    let first = group * GROUP_LEAVES;
    first..(first + GROUP_LEAVES).min(proof.leaves())
}
