//! Two snapshots are told apart as their records are.

use {
    crate::{home::Home, made},
    longplay_catalog::{Diff, DiffOptions, Field, diff},
    longplay_model::{Silent, TrackRecord},
    std::collections::BTreeMap,
};

fn compared(old: &Home, new: &Home, options: &DiffOptions) -> Diff {
    let scratch = tempfile::tempdir().unwrap();
    let diff = diff(
        &old.snapshot(),
        &new.snapshot(),
        scratch.path(),
        options,
        &Silent,
    )
    .unwrap();
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    diff
}

/// Some are gone, some are new, and of others something changed.
fn changed(records: &[TrackRecord]) -> Vec<TrackRecord> {
    let mut changed = Vec::new();
    for (number, record) in records.iter().enumerate() {
        let mut record = record.clone();
        match number % 20 {
            0 => continue,
            1 => record.id += "-again",
            2 => record.title += "!",
            3 => record.duration_ms = Some(record.duration_ms.unwrap_or(0) + 1),
            4 => record.isrcs = vec!["AAX000000001".parse().unwrap()],
            5 => record.popularity = Some(record.popularity.unwrap_or(1.0) / 2.0),
            6 => record.rights = None,
            7 => record.artists.0[0].join += " x ",
            8 => {
                record.release = None;
                record.release_id = None;
                record.title += "!";
            }
            _ => {}
        }
        changed.push(record);
    }
    changed.reverse();
    changed
}

/// What a record says of its release, as far as it can change.
fn fields(old: &TrackRecord, new: &TrackRecord) -> Vec<Field> {
    let is_changed = |field: &Field| match field {
        Field::Title => old.title != new.title,
        Field::Credit => old.artists.to_string() != new.artists.to_string(),
        Field::Release => old.release_id != new.release_id,
        Field::Duration => old.duration_ms != new.duration_ms,
        Field::Isrcs => old.isrcs != new.isrcs,
        Field::Popularity => old.popularity != new.popularity,
        Field::Rights => old.rights != new.rights,
    };
    Field::ALL.into_iter().filter(is_changed).collect()
}

#[test]
fn changes_are_those_of_the_records() {
    let records = made::records(4000, 11);
    let later = changed(&records);
    let (old, new) = (made::home_of(&records), made::home_of(&later));
    let olds: BTreeMap<&str, &TrackRecord> = records.iter().map(|it| (&*it.id, it)).collect();
    let news: BTreeMap<&str, &TrackRecord> = later.iter().map(|it| (&*it.id, it)).collect();
    let both: Vec<(&&str, Vec<Field>)> = olds
        .iter()
        .filter_map(|(id, old)| Some((id, fields(old, news.get(id)?))))
        .collect();
    // One part, and as many as there can be.
    for memory_bytes in [1 << 30, 1 << 10] {
        let options = DiffOptions {
            limit: 100_000,
            memory_bytes,
        };
        let found = compared(&old, &new, &options);
        let counts = &found.counts;
        assert_eq!(counts.added as usize, news.len() - both.len());
        assert_eq!(counts.removed as usize, olds.len() - both.len());
        let changed = both.iter().filter(|(_, fields)| !fields.is_empty()).count();
        assert_eq!(
            (counts.changed, counts.same),
            (changed as u64, (both.len() - changed) as u64)
        );
        for (field, tracks) in &counts.fields {
            let with = both.iter().filter(|(_, fields)| fields.contains(field));
            assert_eq!(*tracks, with.count() as u64, "{field:?}");
            assert!(*tracks > 0, "{field:?} is tried");
        }
        assert_eq!(found.changed.len(), changed);
        for change in &found.changed {
            assert_eq!(change.old.track, change.new.track);
            let id = &*change.new.source_id;
            assert_eq!(change.fields, fields(olds[id], news[id]));
        }
        assert!(
            found
                .added
                .iter()
                .all(|track| !olds.contains_key(&*track.source_id))
        );
        assert!(
            found
                .removed
                .iter()
                .all(|track| !news.contains_key(&*track.source_id))
        );
        assert!(found.added.is_sorted_by_key(|track| track.rank));
    }
}

#[test]
fn examples_are_the_most_popular() {
    let records = made::records(2000, 12);
    let (old, new) = (made::home_of(&records), made::home_of(&changed(&records)));
    let with = |limit| {
        let options = DiffOptions {
            limit,
            memory_bytes: 1 << 12,
        };
        compared(&old, &new, &options)
    };
    let (all, few) = (with(10_000), with(5));
    assert_eq!(few.counts, all.counts);
    assert_eq!(few.added, all.added[..5]);
    assert_eq!(few.removed, all.removed[..5]);
    assert_eq!(few.changed, all.changed[..5]);
    assert_eq!(with(0).changed, []);
}

#[test]
fn a_snapshot_is_the_same_as_itself() {
    let home = made::home_of(&made::records(1000, 13));
    let found = compared(&home, &home, &DiffOptions::default());
    assert_eq!(found.counts.same, 1000);
    assert!(found.added.is_empty() && found.removed.is_empty() && found.changed.is_empty());
}
