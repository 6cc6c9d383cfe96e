use {
    crate::{
        disk::Location,
        durable::{remove_if_present, sync_dir},
        error::Error,
        facts::{
            Folders, Place,
            observe::{Bytes, observe},
        },
        spread::{Berth, Volume},
        verify::{Examined, shard::Shard},
    },
    longplay_model::{Monitor, Unit},
    serde::Serialize,
    std::{
        collections::BTreeMap,
        path::{Path, PathBuf},
    },
};

/// Bytes copied at a time.
const COPY_BYTES: usize = 1 << 20;

/// A file that comes to another disk, so that the loss of the one that it is on
/// is healed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shift {
    pub place: Place,
    pub stripe: u32,
    pub to: PathBuf,
}

/// What has to come to another disk; nothing of a stripe where that would not help.
pub fn shifts(examined: &Examined) -> Vec<Shift> {
    let at_risk = examined.at_risk();
    if at_risk.is_empty() {
        return Vec::new();
    }
    // What does not say how much room it has gets nothing.
    let room = |volume: &Volume| volume.free_bytes().unwrap_or(0);
    let volumes = examined.survey.folders.volumes.present().iter();
    let mut rooms: BTreeMap<&Path, u64> = volumes
        .map(|volume| (volume.path.as_path(), room(volume)))
        .collect();
    let stripes = at_risk.into_keys();
    stripes
        .flat_map(|stripe| of_stripe(examined, stripe, &mut rooms))
        .collect()
}

fn of_stripe<'a>(
    examined: &'a Examined,
    stripe: u32,
    rooms: &mut BTreeMap<&'a Path, u64>,
) -> Vec<Shift> {
    let m = examined.survey.facts.geometry.map_or(0, |it| it.m.into());
    let mut lying: BTreeMap<&Path, Vec<&Shard>> = BTreeMap::new();
    for disk in rooms.keys() {
        lying.insert(disk, Vec::new());
    }
    for shard in examined
        .shards
        .iter()
        .filter(|shard| shard.stripe == stripe)
    {
        if let Some(disk) = examined.disk_of(shard) {
            lying.entry(disk).or_default().push(shard);
        }
    }
    let mut shifts = Vec::new();
    loop {
        let count = |disk: &Path| lying.get(disk).map_or(0, Vec::len);
        let fullest = lying.keys().copied().max_by_key(|disk| count(disk));
        let Some(fullest) = fullest.filter(|disk| count(disk) > m) else {
            return shifts;
        };
        let sound = lying[fullest].iter().rposition(|shard| shard.is_sound());
        let Some(at) = sound else { return shifts };
        let bytes = lying[fullest][at].bytes.unwrap_or(0);
        let has_room = |disk: &&Path| rooms.get(*disk).is_some_and(|free| *free > bytes);
        let emptiest = lying
            .keys()
            .copied()
            .filter(has_room)
            .min_by_key(|disk| count(disk));
        let Some(to) = emptiest.filter(|to| count(to) + 1 < count(fullest)) else {
            return shifts;
        };
        let shard = lying.entry(fullest).or_default().remove(at);
        lying.entry(to).or_default().push(shard);
        rooms.entry(to).and_modify(|free| *free -= bytes);
        shifts.push(Shift {
            place: shard.place.clone(),
            stripe,
            to: to.into(),
        });
    }
}

/// Copies files to their new disks, reads the copies back, and links those that
/// are what they should be; only then the old files go. Gives those that came.
pub fn shift_all(
    examined: &Examined,
    folders: &Folders,
    shifts: &[Shift],
    monitor: &dyn Monitor,
) -> Result<Vec<Place>, Error> {
    if shifts.is_empty() {
        return Ok(Vec::new());
    }
    monitor.begin("spreading", Some(shifts.len() as u64), Unit::Items);
    let mut come = Vec::new();
    for shift in shifts {
        let mut volumes = folders.volumes.present().iter();
        let volume = volumes.find(|volume| volume.path == shift.to);
        if let Some(volume) = volume
            && one(examined, folders, &shift.place, volume, monitor)?
        {
            come.push(shift.place.clone());
        }
        monitor.advance(1);
    }
    Ok(come)
}

/// Whether the file is on its new disk; a copy that reads otherwise is removed.
fn one(
    examined: &Examined,
    folders: &Folders,
    place: &Place,
    volume: &Volume,
    monitor: &dyn Monitor,
) -> Result<bool, Error> {
    let (Some(bag), Some(seen)) = (folders.of(place.bag), examined.survey.seen.get(place)) else {
        return Ok(false);
    };
    let link = bag.join(&place.path);
    let old = link.leads_to();
    let name = bag.file_name().unwrap_or_default().to_string_lossy();
    let berth = Berth::on(&volume.root, bag, &name, &place.path);
    berth.make_folders()?;
    let unfinished = berth.unfinished();
    copy(&link, &unfinished, monitor)?;
    if observe(&unfinished, monitor)? != *seen {
        remove_if_present(&unfinished)?;
        return Ok(false);
    }
    berth.land()?;
    if let Some(old) = old.filter(|old| old != berth.file.path()) {
        let old = bag.join(old);
        remove_if_present(&old)?;
        sync_dir(old.folder())?;
    }
    Ok(true)
}

fn copy(from: &Location, to: &Location, monitor: &dyn Monitor) -> Result<(), Error> {
    let source = Bytes::open(from)?;
    let failed = |source| Error::write(to, source);
    let file = to.create().map_err(failed)?;
    let mut buffer = vec![0; COPY_BYTES];
    let mut at = 0;
    while at < source.bytes {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let length = (source.bytes - at).min(COPY_BYTES as u64) as usize;
        source.read_at(at, &mut buffer[..length]);
        file.write_all_at(&buffer[..length], at).map_err(failed)?;
        at += length as u64;
    }
    file.sync().map_err(failed)
}
