use {
    crate::{
        facts::{Place, Runs, kits::kit_of},
        merkle::LEAF_BYTES,
        verify::{
            examined::Examined,
            shard::Shard,
            small::{Small, SmallState},
            tracks::{Contents, in_words},
        },
    },
    longplay_model::{
        Finding,
        FindingCode::{self, S001, S002, S003, S004, S005, S010, S011, S013, S030, S031},
    },
    std::{collections::BTreeMap, iter, ops::Range, path::Path},
};

/// Items named in one finding; more are counted.
const MOST_NAMED: usize = 6;

/// Everything that is wrong: disks that are not there, then files in the order of
/// stripes, then small files, then files that nobody put there.
pub fn findings(examined: &Examined, contents: &Contents) -> Vec<Finding> {
    let teller = Teller { examined, contents };
    let disks = teller.disks();
    let shards = examined.shards.iter().flat_map(|shard| teller.shard(shard));
    let smalls = examined
        .smalls
        .iter()
        .filter_map(|small| teller.small(small));
    let strays = examined
        .strays()
        .into_iter()
        .map(|place| teller.stray(&place));
    disks
        .into_iter()
        .chain(shards)
        .chain(smalls)
        .chain(strays)
        .collect()
}

struct Teller<'a> {
    examined: &'a Examined,
    contents: &'a Contents,
}

impl Teller<'_> {
    fn finding(&self, code: FindingCode, place: &Place, seen: impl Into<String>) -> Finding {
        let tranche = &self.examined.survey.facts.tranche;
        Finding::new(code, place.subject(tranche), seen)
    }

    /// Disks that are not there, and stripes too much of which is on one.
    fn disks(&self) -> Vec<Finding> {
        let tranche = &self.examined.survey.facts.tranche;
        let mut away: BTreeMap<&Path, u64> = BTreeMap::new();
        for (_, disk) in self.examined.away() {
            *away.entry(disk).or_default() += 1;
        }
        let absent = away.into_iter().map(|(disk, files)| {
            let files = match files {
                1 => "1 of its files is".into(),
                files => format!("{files} of its files are"),
            };
            let seen = format!(
                "{files} on {}, where no disk of the archive is",
                disk.display()
            );
            Finding::new(S030, tranche, seen)
        });
        let at_risk = self.examined.at_risk();
        let worst = at_risk.iter().max_by_key(|(_, (_, held))| *held);
        let risk = worst.map(|(stripe, (disk, held))| {
            let seen = format!(
                "of stripe {stripe}, {held} files are on {}; so or alike in {} of its stripes",
                disk.display(),
                at_risk.len()
            );
            Finding::new(S031, tranche, seen)
        });
        absent.chain(risk).collect()
    }

    fn shard(&self, shard: &Shard) -> Vec<Finding> {
        let mut all = Vec::new();
        match &shard.holder {
            // Told with its disk.
            None if self.examined.survey.away(&shard.place).is_some() => {}
            None => all.push(self.missing(shard)),
            Some(holder) if *holder != shard.place => {
                let seen = format!("its bytes stand as {holder}");
                all.push(self.finding(S005, &shard.place, seen));
            }
            Some(holder) => all.extend(self.impostor(shard, holder)),
        }
        if shard.holder.is_some() && !shard.condition.whole {
            all.extend(self.length(shard));
            all.extend(self.leaves(shard));
            all.extend(self.kit(shard));
            if all.is_empty() {
                all.push(self.placeless(shard));
            }
        }
        all
    }

    fn missing(&self, shard: &Shard) -> Finding {
        let place = &shard.place;
        if let Some(there) = self.examined.survey.file(place) {
            let seen = match self.owner_of(&there.place, shard) {
                Some(owner) => format!("the bytes under its name are those of {owner}"),
                None => "the bytes under its name are none of its own".into(),
            };
            return self.finding(S005, place, seen);
        }
        match shard.is_recovery() {
            true => self.finding(S010, place, "it is missing"),
            false => self.finding(S002, place, "it is not there, nor under another name"),
        }
    }

    /// A file that differs, of which nothing tells where.
    fn placeless(&self, shard: &Shard) -> Finding {
        let code = if shard.is_recovery() { S010 } else { S001 };
        let found = shard.condition.found_bytes;
        let seen = format!("its {found} bytes are not those that were sealed");
        self.finding(code, &shard.place, seen)
    }

    /// A file that is a copy of another shard, under this one's name.
    fn impostor(&self, shard: &Shard, holder: &Place) -> Option<Finding> {
        if shard.condition.whole {
            return None;
        }
        let owner = self.owner_of(holder, shard)?;
        let seen = format!("the bytes under its name are those of {owner}");
        Some(self.finding(S005, &shard.place, seen))
    }

    /// Whose bytes stand at `place`, when they are another shard's.
    fn owner_of(&self, place: &Place, shard: &Shard) -> Option<&Place> {
        let seen = self.examined.survey.seen.get(place)?;
        let others = self
            .examined
            .shards
            .iter()
            .filter(|other| other.place != shard.place);
        let mut owners = others.filter(|other| {
            other.holder.as_ref() == Some(place)
                || other
                    .known
                    .as_ref()
                    .is_some_and(|known| known.is_met_by(seen))
        });
        owners.next().map(|owner| &owner.place)
    }

    fn length(&self, shard: &Shard) -> Option<Finding> {
        let expected = shard.bytes?;
        let found = shard.condition.found_bytes;
        let (code, seen) = match found.cmp(&expected) {
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Less => (S003, format!("it has {found} of {expected} bytes")),
            std::cmp::Ordering::Greater => (
                S004,
                format!("it has {found} bytes, and {expected} were sealed"),
            ),
        };
        let code = if shard.is_recovery() { S010 } else { code };
        let place = match code {
            S004 => bytes(expected..found),
            _ => bytes(found.min(expected)..found.max(expected)),
        };
        let seen = match code {
            S003 => self.with_items(shard, seen, &missing_leaves(found, expected)),
            _ => seen,
        };
        Some(self.finding(code, &shard.place, seen).at(place))
    }

    /// One finding a run of damaged leaves in what is there.
    fn leaves(&self, shard: &Shard) -> Vec<Finding> {
        let found = shard.condition.found_bytes;
        let coded = shard.coded.unwrap_or(found);
        let present = shard
            .condition
            .bad
            .within(0..found.min(coded).div_ceil(LEAF_BYTES));
        let code = if shard.is_recovery() { S010 } else { S001 };
        present
            .runs()
            .map(|run| {
                let count = run.end - run.start;
                let leaves = if count == 1 { "leaf" } else { "leaves" };
                let seen = format!("{count} {leaves} of 16 KiB differ");
                let seen = self.with_items(shard, seen, &Runs::from_iter([run.clone()]));
                let range = run.start * LEAF_BYTES..(run.end * LEAF_BYTES).min(found);
                self.finding(code, &shard.place, seen).at(bytes(range))
            })
            .collect()
    }

    fn with_items(&self, shard: &Shard, seen: String, leaves: &Runs) -> String {
        match self.contents.touched(shard.place.file_name(), leaves) {
            Some(items) if !items.is_empty() => {
                format!("{seen}; touches {}", in_words(&items, MOST_NAMED))
            }
            _ => seen,
        }
    }

    /// A kit that is damaged though the file has its length.
    fn kit(&self, shard: &Shard) -> Option<Finding> {
        let condition = &shard.condition;
        let cut = shard
            .bytes
            .is_some_and(|bytes| bytes != condition.found_bytes);
        let told = !condition.bad.is_empty() && !self.knows_kit(shard);
        if !shard.is_recovery() || !condition.tail_bad || cut || told {
            return None;
        }
        let facts = &self.examined.survey.facts;
        let first = facts.first_recovery_row(facts.stripe(shard.stripe)?);
        let holder = shard.holder.as_ref()?;
        let file = self.examined.survey.file(holder)?;
        let seen = match kit_of(&file.location) {
            Err(error) => error.to_string(),
            Ok(_) if facts.disbelieved.contains(holder) => {
                "it speaks of other files than the rest of the tranche".into()
            }
            Ok((_, trailer)) if first + usize::from(trailer.j as u8) != shard.row => {
                "it says that this is another recovery pack".into()
            }
            Ok(_) => "bytes beside the kit differ".into(),
        };
        Some(self.finding(S011, &shard.place, seen))
    }

    fn knows_kit(&self, shard: &Shard) -> bool {
        let stripe = self.examined.survey.facts.stripe(shard.stripe);
        stripe.is_some_and(|stripe| stripe.kit.is_some())
    }

    fn small(&self, small: &Small) -> Option<Finding> {
        let seen = match small.state {
            SmallState::Whole | SmallState::Unproven => return None,
            SmallState::Missing => "it is missing",
            SmallState::Damaged => "it is not what it was sealed as",
            SmallState::NotTheJournals => {
                "the journal has another digest than follows from the tranche"
            }
        };
        Some(self.finding(small.code, &small.place, seen))
    }

    fn stray(&self, place: &Place) -> Finding {
        let survey = &self.examined.survey;
        let seen = survey.seen.get(place);
        let twin = self.examined.shards.iter().find(|shard| {
            let known = shard.known.as_ref().zip(seen);
            known.is_some_and(|(known, seen)| known.is_met_by(seen))
        });
        match twin {
            Some(shard) => {
                let seen = format!("a copy of {}", shard.place);
                self.finding(S013, place, seen)
            }
            None => self.finding(S013, place, "it belongs to no bag"),
        }
    }
}

fn missing_leaves(found: u64, expected: u64) -> Runs {
    Runs::from_iter(iter::once(
        found / LEAF_BYTES..expected.div_ceil(LEAF_BYTES),
    ))
}

/// First and last byte, counted from 0.
fn bytes(range: Range<u64>) -> String {
    format!("bytes {}-{}", range.start, range.end.saturating_sub(1))
}
