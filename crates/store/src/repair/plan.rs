use {
    crate::{
        code::Code,
        facts::{Place, Runs, StripeFacts},
        repair::{
            fetch::{Fetch, fetches},
            shift::{Shift, shifts},
            solve::{Solution, of_stripe, rows, solve},
        },
        verify::{
            Contents, Examined, TouchedItem, TrancheReport, in_words,
            shard::{Shard, rows_of},
            small::Small,
        },
    },
    serde::Serialize,
    std::{collections::BTreeSet, fmt},
};

/// What a repair will do, before it does anything.
#[derive(Debug, Clone, Serialize)]
pub struct RepairPlan {
    pub tranche: String,
    /// Files that get their names back.
    pub moves: Vec<Move>,
    /// Packs and recovery packs that are made whole.
    pub rebuilds: Vec<Rebuild>,
    /// Small files that are made again.
    pub rewrites: Vec<Place>,
    /// What another copy has to give, when there is one.
    pub fetches: Vec<Fetch>,
    /// Packs and recovery packs that come to another disk.
    pub shifts: Vec<Shift>,
    /// What cannot be made again.
    pub lost: Vec<Loss>,
    #[serde(skip)]
    pub(crate) examined: Option<Examined>,
}

/// A file that stands under another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    pub from: Place,
    pub to: Place,
}

/// A file that is made whole from others of its stripe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rebuild {
    pub place: Place,
    pub stripe: u32,
    /// Leaves that are made again.
    pub leaves: Runs,
    /// Bytes that are made again.
    pub bytes: u64,
}

/// Leaves that are beyond recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    pub place: Place,
    pub stripe: u32,
    pub leaves: Runs,
    /// Items of the pack that have bytes in these leaves; `None` when no index
    /// of the pack can be read.
    pub touched: Option<Vec<TouchedItem>>,
}

/// Plans the repair of what a report tells of. Nothing is changed.
pub fn plan_repair(report: &TrancheReport) -> RepairPlan {
    let mut plan = RepairPlan {
        tranche: report.name.clone(),
        moves: Vec::new(),
        rebuilds: Vec::new(),
        rewrites: Vec::new(),
        fetches: Vec::new(),
        shifts: Vec::new(),
        lost: Vec::new(),
        examined: report.examined.clone(),
    };
    let Some(examined) = &report.examined else {
        return plan;
    };
    plan.moves = moves_of(&examined.shards);
    let contents = examined.contents();
    for stripe in &examined.survey.facts.stripes {
        let shards: Vec<&Shard> = of_stripe(examined, stripe.number);
        let solution = solution(examined, stripe, &shards);
        for shard in shards {
            plan.rebuilds.extend(rebuild(shard, &solution));
            plan.lost.extend(loss(shard, &solution, &contents));
        }
    }
    plan.shifts = shifts(examined);
    let broken = examined.smalls.iter().filter(|small| !small.is_sound());
    plan.rewrites = broken.map(|small: &Small| small.place.clone()).collect();
    plan
}

/// What stands under other names than its own.
pub fn moves_of(shards: &[Shard]) -> Vec<Move> {
    shards
        .iter()
        .filter(|shard| shard.is_moved())
        .filter_map(|shard| {
            Some(Move {
                from: shard.holder.clone()?,
                to: shard.place.clone(),
            })
        })
        .collect()
}

/// How the stripe is healed, as far as it can be.
pub fn solution(examined: &Examined, stripe: &StripeFacts, shards: &[&Shard]) -> Solution {
    let geometry = examined.survey.facts.geometry;
    let leaves = rows_of(stripe);
    let code = geometry.and_then(|geometry| Code::new(geometry.k, geometry.m).ok());
    let held = examined.survey.folders.recovery.is_some();
    match code.filter(|_| held && (leaves > 0 || stripe.data_bytes == Some(0))) {
        Some(code) => solve(code, &rows(code, shards, leaves), leaves),
        None => nothing_to_heal_with(shards),
    }
}

fn nothing_to_heal_with(shards: &[&Shard]) -> Solution {
    let damaged = shards
        .iter()
        .filter(|shard| !shard.condition.bad.is_empty());
    Solution {
        segments: Vec::new(),
        lost: damaged
            .map(|shard| (shard.row, shard.condition.bad.clone()))
            .collect(),
    }
}

fn rebuild(shard: &Shard, solution: &Solution) -> Option<Rebuild> {
    if shard.condition.whole {
        return None;
    }
    let segments = solution.segments.iter();
    let mine = segments.filter(|segment| segment.wanted.contains(&shard.row));
    let leaves: Runs = mine.map(|segment| segment.leaves.clone()).collect();
    let lost = solution.lost.get(&shard.row);
    if leaves.is_empty() && (lost.is_some() || shard.holder.is_none() && shard.bytes != Some(0)) {
        return None;
    }
    Some(Rebuild {
        place: shard.place.clone(),
        stripe: shard.stripe,
        bytes: leaves.count() * crate::merkle::LEAF_BYTES,
        leaves,
    })
}

fn loss(shard: &Shard, solution: &Solution, contents: &Contents) -> Option<Loss> {
    let leaves = solution.lost.get(&shard.row)?.clone();
    Some(Loss {
        place: shard.place.clone(),
        stripe: shard.stripe,
        touched: contents.touched(shard.place.file_name(), &leaves),
        leaves,
    })
}

impl RepairPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty()
            && self.rebuilds.is_empty()
            && self.rewrites.is_empty()
            && self.fetches.is_empty()
            && self.shifts.is_empty()
    }

    /// The same with another copy at hand: what has to be fetched from it is no
    /// loss yet.
    pub fn with_another_copy(mut self) -> Self {
        let fetches = self.examined.as_ref().map(fetches);
        self.fetches = fetches.unwrap_or_default();
        let stripes: BTreeSet<u32> = self.fetches.iter().map(|fetch| fetch.stripe).collect();
        self.lost.retain(|loss| !stripes.contains(&loss.stripe));
        self
    }

    /// Bytes that another copy has to give.
    pub fn bytes_to_fetch(&self) -> u64 {
        let leaves = self.fetches.iter().map(|fetch| fetch.leaves.count());
        leaves.sum::<u64>() * crate::merkle::LEAF_BYTES
    }

    /// Bytes of packs and recovery packs that are made again.
    pub fn bytes(&self) -> u64 {
        self.rebuilds.iter().map(|rebuild| rebuild.bytes).sum()
    }
}

/// How many leaves these are, in words.
pub fn counted(leaves: &Runs) -> String {
    match leaves.count() {
        1 => "1 leaf".into(),
        count => format!("{count} leaves"),
    }
}

impl fmt::Display for RepairPlan {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{}", self.tranche)?;
        if self.is_empty() && self.lost.is_empty() {
            return writeln!(f, "  nothing to repair");
        }
        for Move { from, to } in &self.moves {
            writeln!(f, "  rename   {from} to {to}")?;
        }
        for fetch in &self.fetches {
            let leaves = counted(&fetch.leaves);
            writeln!(f, "  fetch    {}: {leaves} of 16 KiB", fetch.place)?;
        }
        for rebuild in &self.rebuilds {
            let leaves = counted(&rebuild.leaves);
            writeln!(f, "  rebuild  {}: {leaves} of 16 KiB", rebuild.place)?;
        }
        for shift in &self.shifts {
            writeln!(f, "  shift    {} to {}", shift.place, shift.to.display())?;
        }
        for place in &self.rewrites {
            writeln!(f, "  rewrite  {place}")?;
        }
        self.lost
            .iter()
            .try_for_each(|loss| writeln!(f, "  lost     {loss}"))
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {} of 16 KiB", self.place, counted(&self.leaves))?;
        match &self.touched {
            Some(items) if !items.is_empty() => write!(f, " ({})", in_words(items, 6)),
            _ => Ok(()),
        }
    }
}
