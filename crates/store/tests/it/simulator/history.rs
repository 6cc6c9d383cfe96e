//! A whole history of an archive, by a seed.

use {
    super::{
        commands::{Piece, heal, look, look_to_repair, seal, stage, take_in},
        counts::Counts,
        damage::{ALL, hurt},
        judge::{Judgement, judge_repair, judge_report},
        truth::{ROOT, TRANCHES, Tranche, Truth, staged_path},
    },
    crate::{
        archive::{Ear, NOW},
        fixture::Rng,
        memory::{FaultKind, MemoryDisk, Wire},
    },
    longplay_model::{Access, Digest, FindingCode, Silent},
    longplay_store::{
        Config, Error, FolderDonor, Home, Mode, Recovery, RepairSummary, VerifyReport,
    },
    std::{
        collections::{BTreeSet, btree_map::Entry},
        error::Error as _,
        sync::{Mutex, PoisonError},
    },
};

pub struct History<'a> {
    rng: Rng,
    disk: MemoryDisk,
    truth: Truth,
    config: Config,
    /// Number of the next track.
    next: u64,
    counts: Counts,
    /// What happened, in words.
    story: &'a Mutex<Vec<String>>,
}

/// Lives through the history of this seed; gives what happened, in numbers, and
/// a digest of all that was done on the disk.
pub fn live(seed: u64, story: &Mutex<Vec<String>>) -> (Counts, u64) {
    let mut rng = Rng(seed);
    let mut config = Config::new("Test archive");
    let (k, m) = *rng.pick(&[(3, 2), (4, 1), (2, 2), (2, 1), (1, 1)]);
    config.recovery = Recovery { k, m };
    config.pack_bytes.0 = 20_000 + rng.below(100_000);
    config.tranche_bytes.0 = 60_000 + rng.below(400_000);
    let mut history = History {
        rng,
        disk: MemoryDisk::default(),
        truth: Truth::default(),
        config,
        next: 0,
        counts: Counts::default(),
        story,
    };
    history.create();
    for _ in 0..1 + history.rng.below(3) {
        history.round();
    }
    history.end();
    history.counts.histories = 1;
    let (log, operations) = history.disk.wire(|wire| (wire.log, wire.operations));
    history.counts.operations = operations;
    (history.counts, log)
}

impl History<'_> {
    fn tell(&self, what: impl Into<String>) {
        let mut story = self.story.lock().unwrap_or_else(PoisonError::into_inner);
        story.push(what.into());
    }

    fn geometry(&self) -> (u8, u8) {
        let Recovery { k, m } = self.config.recovery;
        (k, m)
    }

    fn create(&mut self) {
        let (k, m) = self.geometry();
        self.tell(format!("create an archive of {k} + {m}"));
        loop {
            self.may_end();
            let made = Home::create(self.disk.location(ROOT), &self.config, &*NOW);
            let made = made.map(drop);
            if self.has_ended("creation") {
                continue;
            }
            match made {
                // That of a command that was killed when all was done.
                Ok(()) | Err(Error::AlreadyExists { .. }) => return,
                Err(error) => panic!("creation: {error}"),
            }
        }
    }

    fn round(&mut self) {
        self.take_in();
        if self.rng.below(8) == 0 {
            self.tear_the_journal();
        }
        self.seal();
        self.verify_sound();
        if self.rng.below(3) == 0 {
            self.read_badly();
        }
        for _ in 0..self.rng.below(3) {
            self.damage_and_heal();
        }
    }

    /// The power goes after some operations, or it does not.
    fn may_end(&mut self) {
        if self.rng.below(3) == 0 {
            let scale = self.rng.below(10);
            let count = self.rng.below(1 << scale);
            self.disk.wire(|wire| wire.end_after(count));
        }
    }

    /// Starts again after a kill or a power cut, if there was one: all that was
    /// acknowledged is there.
    fn has_ended(&mut self, what: &str) -> bool {
        let has_ended = self.disk.wire(|wire| wire.is_off());
        if !has_ended {
            self.disk.wire(Wire::switch_on);
            return false;
        }
        let at = self.disk.wire(|wire| wire.operations);
        match self.rng.below(2) {
            0 => {
                self.tell(format!("  {what} is killed at operation {at}"));
                self.disk.after_kill();
                self.counts.kills += 1;
            }
            _ => {
                self.tell(format!("  the power goes during {what}, at operation {at}"));
                self.disk.after_cut(&mut self.rng);
                self.counts.cuts += 1;
            }
        }
        self.is_kept();
        true
    }

    fn is_kept(&self) {
        let (k, m) = self.geometry();
        if let Err(lost) = self.truth.is_kept(&self.disk, k, m) {
            panic!("{lost}");
        }
    }

    /// Runs a command until it comes to its end; it may be killed before.
    fn command<T>(
        &mut self,
        what: &str,
        mut act: impl FnMut(&Home, &mut Truth) -> Result<T, Error>,
    ) -> T {
        self.tell(what);
        loop {
            self.may_end();
            let home = Home::open(self.disk.location(ROOT), Mode::Write, &Silent);
            let done = home.and_then(|home| act(&home, &mut self.truth));
            if self.has_ended(what) {
                continue;
            }
            match done {
                Ok(done) => return done,
                Err(error) => panic!("{what}: {error}: {:?}", error.source()),
            }
        }
    }

    /// Stages tracks and records their receipts, a few at a time.
    fn take_in(&mut self) {
        let pieces: Vec<Piece> = (0..2 + self.rng.below(9)).map(|_| self.piece()).collect();
        let at_once = 1 + self.rng.below(5) as usize;
        let what = format!("take in {} tracks, {at_once} at once", pieces.len());
        self.counts.tracks += pieces.len() as u64;
        self.command(&what, |home, truth| {
            for pieces in pieces.chunks(at_once) {
                take_in(home, truth, pieces)?;
            }
            Ok(())
        });
    }

    fn piece(&mut self) -> Piece {
        self.next += 1;
        let length = match self.rng.below(12) {
            0 => self.rng.below(2),
            1 => 60_000 + self.rng.below(90_000),
            _ => self.rng.below(30_000),
        };
        let access = *self.rng.pick(&[Access::Open, Access::Open, Access::Dark]);
        let audio = match self.rng.below(10) {
            // What is silent looks like what is not there.
            0 => vec![0; length as usize],
            _ => self.rng.bytes(length as usize),
        };
        let cover = self.rng.below(3) == 0;
        Piece {
            number: self.next,
            access,
            audio,
            cover: cover.then(|| Rng(self.next / 4).bytes(700)),
        }
    }

    /// A command was killed while it wrote an entry.
    fn tear_the_journal(&mut self) {
        let path = format!("{ROOT}/journal/0001.jsonl");
        self.disk.rest();
        let mut bytes = self.disk.peek(&path).unwrap();
        let half = bytes.len().min(1 + self.rng.below(300) as usize);
        let line: Vec<u8> = bytes[..half]
            .iter()
            .copied()
            .filter(|it| *it != b'\n')
            .collect();
        bytes.extend(line);
        self.disk.put(&path, bytes);
        self.tell("an entry of the journal is torn");
        self.counts.add("torn journal");
    }

    fn seal(&mut self) {
        let hurt = (self.rng.below(8) == 0)
            .then(|| self.hurt_staging())
            .flatten();
        let ear = self.seal_all();
        if let Some(digest) = hurt {
            let findings = ear.0.into_inner().unwrap();
            let is_told = findings.iter().any(|finding| {
                finding.code == FindingCode::S014 && finding.subject.contains(&digest.to_string())
            });
            assert!(is_told, "S014 names no {digest}: {findings:?}");
            self.counts.found += 1;
            self.bring_again(digest);
            self.seal_all();
        }
        let left = self.truth.acknowledged.keys().filter(|digest| {
            let bytes = &self.truth.acknowledged[*digest];
            !self.truth.sealed.values().any(|it| it.holds(digest, bytes))
        });
        let left: Vec<&Digest> = left.collect();
        assert!(left.is_empty(), "not sealed: {left:?}");
    }

    fn seal_all(&mut self) -> Ear {
        let ear = Ear::default();
        self.command("seal", |home, _| seal(home, &ear));
        let home = Home::open(self.disk.location(ROOT), Mode::Read, &Silent).unwrap();
        let (k, m) = self.geometry();
        for sealed in home.state().sealed().unwrap() {
            if let Entry::Vacant(place) = self.truth.sealed.entry(sealed.name) {
                let tranche = Tranche::read(&self.disk, place.key(), k, m);
                place.insert(tranche);
                self.counts.tranches += 1;
            }
        }
        self.is_kept();
        ear
    }

    /// Damages a blob that waits in staging.
    fn hurt_staging(&mut self) -> Option<Digest> {
        self.disk.rest();
        let waiting = self.truth.acknowledged.keys();
        let waiting: Vec<Digest> = waiting
            .filter(|it| {
                self.disk
                    .peek(&staged_path(it))
                    .is_some_and(|it| !it.is_empty())
            })
            .copied()
            .collect();
        if waiting.is_empty() {
            return None;
        }
        let digest = *self.rng.pick(&waiting);
        let path = staged_path(&digest);
        let mut bytes = self.disk.peek(&path).unwrap();
        let at = self.rng.below(bytes.len() as u64) as usize;
        match self.rng.below(3) {
            0 => self.disk.lose(&path),
            1 => {
                bytes.truncate(at);
                self.disk.put(&path, bytes);
            }
            _ => {
                bytes[at] ^= 1;
                self.disk.put(&path, bytes);
            }
        }
        self.tell(format!("the staged blob {digest} is damaged"));
        self.counts.add("damage in staging");
        self.truth.hurt.insert(digest);
        Some(digest)
    }

    fn bring_again(&mut self, digest: Digest) {
        let bytes = self.truth.acknowledged[&digest].clone();
        self.command("take in a damaged blob again", |home, truth| {
            stage(home, &bytes)?;
            truth.hurt.remove(&digest);
            Ok(())
        });
    }

    fn verify(&mut self) -> VerifyReport {
        let home = Home::open(self.disk.location(ROOT), Mode::Write, &Silent).unwrap();
        let report = look(&home).unwrap();
        home.record_all(report.events(), &*NOW).unwrap();
        report
    }

    fn verify_sound(&mut self) {
        let report = self.verify();
        let findings: Vec<_> = report.findings().collect();
        assert!(findings.is_empty(), "{findings:#?}");
        assert_eq!(report.tranches.len(), self.truth.sealed.len());
    }

    /// A reading fails, gives other bytes, or a length is told wrong; then all is
    /// as it should be.
    fn read_badly(&mut self) {
        self.disk.rest();
        let names: Vec<String> = self.truth.sealed.keys().cloned().collect();
        let tranche = self.truth.sealed[self.rng.pick(&names)].clone();
        let paths: Vec<&String> = tranche.files.keys().collect();
        let path = *self.rng.pick(&paths);
        let length = tranche.files[path].len() as u64;
        let (kind, name) = match self.rng.below(3) {
            0 => (FaultKind::Error, "transient read error"),
            1 => (
                FaultKind::Flip(self.rng.next() as usize),
                "transient other bytes",
            ),
            _ => {
                let told = match self.rng.below(3) {
                    0 => 0,
                    1 => length + 1 + self.rng.below(100_000),
                    _ => self.rng.below(length + 1),
                };
                (FaultKind::Length(told), "lying metadata")
            }
        };
        let times = 1 + self.rng.below(3) as u32;
        self.tell(format!("{name}: {path}, {kind:?}, {times} times"));
        self.counts.add(name);
        self.disk
            .fail_reading(&format!("{TRANCHES}/{path}"), kind, times);
        let report = self.verify();
        let has_come = self.disk.wire(|wire| wire.faults[0].has_come);
        let is_strict = times == 1 && tranche.is_shard(path);
        if is_strict {
            let damage: Vec<_> = report.tranches.iter().flat_map(|it| it.damage()).collect();
            assert!(damage.is_empty(), "{damage:#?}");
            let mut findings = report.findings();
            let is_told = findings.any(|it| it.code == FindingCode::S019 && it.subject == *path);
            let is_read = has_come && !matches!(kind, FaultKind::Length(_));
            assert!(is_told || !is_read, "no S019 tells of {path}");
            self.counts.transient += u64::from(is_told);
        }
        // A repair by what was read wrong does no harm.
        let home = Home::open(self.disk.location(ROOT), Mode::Write, &Silent).unwrap();
        for report in &report.tranches {
            heal(&home, report, None).unwrap();
        }
        drop(home);
        self.disk.wire(|wire| wire.faults.clear());
        for tranche in self.truth.sealed.values() {
            let now = tranche.now(&self.disk);
            let differing = tranche.differing(&now);
            assert!(differing.is_empty(), "a repair changed {differing:?}");
        }
        self.verify_sound();
    }

    /// Hurts a tranche, finds all of it, heals what can be healed, and the rest
    /// from another copy.
    fn damage_and_heal(&mut self) {
        self.disk.rest();
        let names: Vec<String> = self.truth.sealed.keys().cloned().collect();
        let name = self.rng.pick(&names).clone();
        let most = if self.rng.below(4) == 0 { 10 } else { 4 };
        let mut moved = BTreeSet::new();
        for _ in 0..1 + self.rng.below(most) {
            let damage = *self.rng.pick(&ALL);
            let done = hurt(damage, &self.disk, &self.truth, &name, &mut self.rng);
            if let Some((what, files)) = done {
                self.tell(what);
                self.counts.add(damage.name());
                moved.extend(files);
            }
        }
        let tranche = self.truth.sealed[&name].clone();
        let before = tranche.now(&self.disk);
        let report = self.verify();
        self.counts.found += judge_report(&tranche, &before, &report);
        let summary = self.repair(&name, None);
        let after = tranche.now(&self.disk);
        let judgement = Judgement {
            tranche: &tranche,
            before: &before,
            after: &after,
            moved: &moved,
        };
        match judge_repair(&judgement, &summary) {
            true => self.counts.healed += 1,
            false => {
                self.counts.beyond += 1;
                self.heal_from_a_copy(&name, &tranche);
            }
        }
        self.sweep(&tranche);
        self.verify_sound();
    }

    fn heal_from_a_copy(&mut self, name: &str, tranche: &Tranche) {
        let copy = MemoryDisk::default();
        for (path, bytes) in &tranche.files {
            copy.put(&format!("/copy/{path}"), bytes.clone());
        }
        let donor = FolderDonor::new(copy.location("/copy")).unwrap();
        let summary = self.repair(name, Some(&donor));
        let differing = tranche.differing(&tranche.now(&self.disk));
        let remaining = &summary.remaining;
        assert!(
            differing.is_empty(),
            "with a copy: {differing:?}, {remaining:#?}"
        );
        assert!(summary.is_whole(), "with a copy: {remaining:#?}");
        self.counts.from_copy += 1;
    }

    fn repair(&mut self, name: &str, donor: Option<&FolderDonor>) -> RepairSummary {
        let what = match donor {
            Some(_) => "repair from another copy",
            None => "repair",
        };
        self.command(what, |home, _| {
            let report = look_to_repair(home)?;
            let tranche = report.tranches.iter().find(|it| it.name == name);
            heal(home, tranche.expect("the tranche is sealed"), donor)
        })
    }

    /// Removes what nobody sealed: longplay leaves it alone.
    fn sweep(&mut self, tranche: &Tranche) {
        let now = tranche.now(&self.disk);
        for path in tranche.strange(&now) {
            self.disk.lose(&format!("{TRANCHES}/{path}"));
        }
    }

    fn end(&mut self) {
        self.tell("the end");
        self.verify_sound();
        for (name, tranche) in &self.truth.sealed {
            let now = tranche.now(&self.disk);
            assert_eq!(tranche.differing(&now), BTreeSet::new(), "{name}");
        }
        self.is_kept();
        let home = Home::open(self.disk.location(ROOT), Mode::Write, &Silent).unwrap();
        assert_eq!(home.state().staged().unwrap(), []);
        let names: BTreeSet<String> = home
            .state()
            .sealed()
            .unwrap()
            .into_iter()
            .map(|it| it.name)
            .collect();
        assert!(self.truth.sealed.keys().eq(&names), "{names:?}");
    }
}
