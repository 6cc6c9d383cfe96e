//! New files, read from the disk before they take the place of anything: leaf by leaf
//! on all cores where the journal proves what each leaf is, else whole.

use {
    crate::{
        error::Error,
        facts::{
            Place,
            observe::{Observation, observe},
            place::Found,
        },
        repair::target::Target,
        verify::{
            Unhurried,
            leafwise::{Compared, Task, compare_all},
            proven::{Expected, Proven},
            small::leaves_place,
            survey::{Seen, Survey},
        },
        work::each,
    },
    longplay_model::{Monitor, Unit},
    std::collections::BTreeSet,
};

/// What stands on the disk of these new files of a stripe, in their order.
pub fn read_back(
    survey: &Survey,
    targets: &[&Target],
    monitor: &dyn Monitor,
) -> Result<Vec<Observation>, Error> {
    let mut targets = targets.to_vec();
    let synced = each(&mut targets, |target| target.sync());
    synced.into_iter().collect::<Result<(), Error>>()?;
    let files = files(&targets)?;
    let bytes = files.iter().map(|file| file.bytes).sum();
    monitor.begin("reading back", Some(bytes), Unit::Bytes);
    // What memory holds of a file proves nothing of the disk.
    targets.iter().for_each(|target| target.file.forget());
    let sound = sound_by_leaves(survey, &targets, &files, monitor)?;
    let seen = each(&mut targets, |target| {
        let sound = sound.get(&target.shard.place).cloned();
        sound.map_or_else(|| observe(&target.temporary, monitor), Ok)
    });
    seen.into_iter().collect()
}

fn files(targets: &[&Target]) -> Result<Vec<Found>, Error> {
    let file = |target: &&Target| {
        let bytes = target.file.bytes();
        Ok(Found {
            place: target.shard.place.clone(),
            location: target.temporary.clone(),
            bytes: bytes.map_err(|source| Error::read(&target.temporary, source))?,
        })
    };
    targets.iter().map(file).collect()
}

/// Those of which every leaf is as it was sealed.
fn sound_by_leaves(
    survey: &Survey,
    targets: &[&Target],
    files: &[Found],
    monitor: &dyn Monitor,
) -> Result<Seen, Error> {
    let expected = expected(survey, targets);
    let tasks = expected.iter().filter_map(|expected| {
        let mut files = files.iter();
        let found = files.find(|file| file.place == expected.place)?;
        (found.bytes == expected.bytes()).then_some(Task { expected, found })
    });
    let tasks: Vec<Task> = tasks.collect();
    let compared = compare_all(&tasks, &Unhurried, monitor)?;
    let is_sound = |it: &&Expected| compared.get(&it.place) == Some(&Compared::Sound);
    let sound = expected.iter().filter(is_sound);
    Ok(sound
        .map(|it| (it.place.clone(), it.observation()))
        .collect())
}

/// The leaves of the files of these stripes, as far as leaf files are proven.
fn expected(survey: &Survey, targets: &[&Target]) -> Vec<Expected> {
    let tranche = &survey.facts.tranche;
    let sheet = |target: &&Target| {
        let shard = target.shard;
        leaves_place(tranche, shard.place.bag, shard.stripe)
    };
    let sheets: BTreeSet<Place> = targets.iter().map(sheet).collect();
    let proven = Proven::new(&survey.folders, &survey.promise);
    let read = sheets.iter().filter_map(|sheet| proven.read(sheet));
    read.flat_map(|(_, expected)| expected).collect()
}
