//! From a source to the next snapshot.

use {
    crate::{
        assemble::{Assembled, Each, Input, ReadCounts, assemble, read_source},
        durable::{self, PARTIAL},
        error::Error,
        folder::{self, Seen},
        indexing::{SEARCH, index_tables},
        kept::{Keeper, SourceMeta, Taken, is_one_document, read_meta, write_meta},
        options::{Dirs, ImportKind, ImportOptions, ImportPlan, ImportSummary, Replaced},
        origin::{Origin, recipe},
        recordings::Unions,
        search::Workshop,
        snapshot_meta::{Counts, SNAPSHOT, SnapshotMeta, SourceEntry, rows_of, snapshot_id},
        sources::Format,
        succession::{Floor, Next, succeed},
        synthetic::Recipe,
        tables::{ARTISTS, FILES, IDENTIFIERS, RELEASES},
    },
    longplay_model::{Digest, Finding, FindingCode, Monitor, Silent, Unit},
    std::path::{Path, PathBuf},
};

/// Reads track records into the snapshot after `previous`: a file of JSON
/// lines, plain or zstd, or a folder of `.json` files with one document each,
/// or of `.xml` files where there is no `.json` file, or else of Parquet files,
/// of lines or of tables.
///
/// The records may be track records or releases of MusicBrainz; which, the
/// first one that is either tells. Running it again changes nothing.
///
/// # Errors
/// When files cannot be read or written. Malformed records are findings.
pub fn import_records(
    dirs: &Dirs,
    file: &Path,
    previous: Option<&str>,
    options: &ImportOptions,
    monitor: &dyn Monitor,
) -> Result<ImportSummary, Error> {
    import(dirs, file, ImportKind::Records, previous, options, monitor)
}

/// Reads a collection of music into the snapshot after `previous`: files in
/// the order of their paths, their tags, digests and rights.
///
/// # Errors
/// When the folder cannot be read or the catalog not be written. Files that
/// cannot be read are findings.
pub fn import_audio(
    dirs: &Dirs,
    dir: &Path,
    previous: Option<&str>,
    options: &ImportOptions,
    monitor: &dyn Monitor,
) -> Result<ImportSummary, Error> {
    import(dirs, dir, ImportKind::Audio, previous, options, monitor)
}

/// Counts what an import would read. Nothing is written but to the folder
/// `scratch`, which is made and removed.
///
/// # Errors
/// As the import itself.
pub fn plan_import(
    dirs: &Dirs,
    path: &Path,
    kind: ImportKind,
    previous: Option<&str>,
    options: &ImportOptions,
    scratch: &Path,
    monitor: &dyn Monitor,
) -> Result<ImportPlan, Error> {
    let planned = count(dirs, path, kind, previous, options, scratch, monitor);
    durable::remove_dir(scratch)?;
    planned
}

fn count(
    dirs: &Dirs,
    path: &Path,
    kind: ImportKind,
    previous: Option<&str>,
    options: &ImportOptions,
    scratch: &Path,
    monitor: &dyn Monitor,
) -> Result<ImportPlan, Error> {
    let before = previous_sources(dirs, previous)?;
    let seen = seen(dirs, path, kind, &before, options);
    let (taken, origin) = keep(scratch, path, kind, seen, options, monitor)?;
    let entry = entry(path, kind, &taken, &origin, options)?;
    let next = succeed(dirs, before.clone(), entry.clone(), &origin, options)?;
    monitor.begin("reading records", Some(origin.bytes()), Unit::Bytes);
    let counts = read_source(&origin, &entry, true, monitor, &Each::new(drop))?;
    if let Some(floor) = floor(&next, options) {
        floor.check(&entry.file, counts.records, counts.tracks)?;
    }
    Ok(ImportPlan {
        source: taken.digest,
        format: entry.format.name(),
        bytes: taken.bytes,
        records: counts.records,
        tracks: counts.tracks,
        rejected: counts.rejected,
        unchanged: snapshot_id(&before) == snapshot_id(&next.sources),
        replaced: replaced(dirs, &next),
    })
}

fn import(
    dirs: &Dirs,
    path: &Path,
    kind: ImportKind,
    previous: Option<&str>,
    options: &ImportOptions,
    monitor: &dyn Monitor,
) -> Result<ImportSummary, Error> {
    let partial = dirs.sources.join(format!("{PARTIAL}source"));
    let before = previous_sources(dirs, previous)?;
    let seen = seen(dirs, path, kind, &before, options);
    let (taken, origin) = keep(&partial, path, kind, seen, options, monitor)?;
    let entry = match entry(path, kind, &taken, &origin, options) {
        Err(error @ Error::UnknownFormat { .. }) => {
            durable::remove_dir(&partial)?;
            return Err(error);
        }
        other => other?,
    };
    // A mapping that does not hold is told before anything stays.
    if let Origin::Kept(kept) = &origin {
        kept.reader(entry.format, entry.mapping.as_ref())?;
    }
    let next = succeed(dirs, before, entry.clone(), &origin, options)?;
    let id = snapshot_id(&next.sources);
    let home = dirs.catalog.join(&id);
    let unchanged = home.join(SNAPSHOT).exists();
    let made = match unchanged {
        true => check_snapshot(&home, &next, &entry, options),
        false => write_snapshot(dirs, &id, &next, &entry, origin, options, monitor),
    };
    if let Err(Error::Shrinks { .. }) = made {
        durable::remove_dir(&partial)?;
        durable::remove_dir(&partial_snapshot(dirs, &id))?;
    }
    made?;
    // A snapshot is known when all of its sources are.
    place_source(dirs, &partial, &taken, &entry, options)?;
    if !unchanged {
        durable::rename(&partial_snapshot(dirs, &id), &home)?;
    }
    let meta = SnapshotMeta::read(&home)?;
    let replaced = replaced(dirs, &next);
    Ok(summary(&meta, &entry, &taken, unchanged, replaced))
}

fn partial_snapshot(dirs: &Dirs, id: &str) -> PathBuf {
    dirs.catalog.join(format!("{PARTIAL}{id}"))
}

/// What the new source may not fall short of.
fn floor(next: &Next, options: &ImportOptions) -> Option<Floor> {
    Floor::of(&next.replaced).filter(|_| !options.allow_shrink)
}

/// The same for a snapshot that was made before.
fn check_snapshot(
    home: &Path,
    next: &Next,
    entry: &SourceEntry,
    options: &ImportOptions,
) -> Result<(), Error> {
    let Some(floor) = floor(next, options) else {
        return Ok(());
    };
    let counts = counts_in(&SnapshotMeta::read(home)?, entry);
    floor.check(&entry.file, counts.records, counts.tracks)
}

fn replaced(dirs: &Dirs, next: &Next) -> Vec<Replaced> {
    let of = |known: &SourceEntry| Replaced {
        number: known.number,
        digest: known.digest,
        imported_at: read_meta(&dirs.sources.join(known.digest.to_string()))
            .ok()
            .map(|meta| meta.imported_at),
        records: known.records,
        tracks: known.tracks,
    };
    next.replaced.iter().map(of).collect()
}

/// The files that collections of this folder's name held.
fn seen(
    dirs: &Dirs,
    path: &Path,
    kind: ImportKind,
    before: &[SourceEntry],
    options: &ImportOptions,
) -> Seen {
    let mut seen = Seen::new(options.clock);
    let name = file_name(path);
    let is_it = |it: &&SourceEntry| it.format == Format::AudioFolder && it.file == name;
    if kind == ImportKind::Audio && !options.rehash {
        let same = before.iter().filter(is_it);
        same.for_each(|it| seen.learn(&dirs.sources.join(it.digest.to_string())));
    }
    seen
}

/// Takes the bytes of the source into the folder `partial`.
fn keep(
    partial: &Path,
    path: &Path,
    kind: ImportKind,
    mut seen: Seen,
    options: &ImportOptions,
    monitor: &dyn Monitor,
) -> Result<(Taken, Origin), Error> {
    if let Some(text) = path.to_str().filter(|text| Recipe::is_meant(text)) {
        return take_recipe(partial, text);
    }
    let mut keeper = Keeper::create(partial)?;
    match kind {
        ImportKind::Audio => {
            monitor.begin(
                "reading files",
                Some(folder::bytes_below(path)),
                Unit::Bytes,
            );
            folder::keep_folder(path, &mut keeper, &mut seen, partial, options, monitor)?;
        }
        ImportKind::Records if path.is_dir() => {
            monitor.begin(
                "keeping the source",
                Some(folder::bytes_below(path)),
                Unit::Bytes,
            );
            keep_documents(path, &mut keeper, monitor)?;
        }
        ImportKind::Records => {
            let bytes = std::fs::metadata(path).map_err(Error::read(path))?.len();
            monitor.begin("keeping the source", Some(bytes), Unit::Bytes);
            match is_one_document(path)? {
                true => keeper.member(path, file_name(path).into(), monitor)?,
                false => keeper.file(path, monitor)?,
            }
        }
    }
    let (taken, kept) = keeper.finish()?;
    Ok((taken, Origin::Kept(kept)))
}

/// Of a synthetic source only the recipe is kept.
fn take_recipe(partial: &Path, text: &str) -> Result<(Taken, Origin), Error> {
    let recipe = recipe(text)?;
    durable::fresh_dir(partial)?;
    let taken = Taken {
        digest: Digest::of(recipe.to_string().as_bytes()),
        bytes: 0,
        records: recipe.count,
        is_whole: true,
    };
    Ok((taken, Origin::Made(recipe)))
}

fn keep_documents(dir: &Path, keeper: &mut Keeper, monitor: &dyn Monitor) -> Result<(), Error> {
    keeper.has_members();
    let ending = ending_of_documents(dir)?;
    folder::walk(dir, monitor, &mut |found| {
        if !found.name.to_ascii_lowercase().ends_with(ending) {
            return Ok(());
        }
        match keeper.member(&found.path, found.name.clone(), monitor) {
            Err(Error::Read { source, .. }) => {
                monitor.finding(Finding::new(
                    FindingCode::C008,
                    &found.name,
                    source.to_string(),
                ));
                Ok(())
            }
            other => other,
        }
    })
}

/// What the files of a folder may be, the first that is there: one kind of
/// file is the source, the rest of the folder is not.
const ENDINGS: [&str; 7] = [
    ".json", ".xml", ".parquet", ".listens", ".jsonl", ".csv", ".tsv",
];

fn ending_of_documents(dir: &Path) -> Result<&'static str, Error> {
    let mut first = ENDINGS.len() - 1;
    folder::walk(dir, &Silent, &mut |found| {
        let name = found.name.to_ascii_lowercase();
        let ending = ENDINGS.iter().position(|ending| name.ends_with(ending));
        first = ending.map_or(first, |ending| ending.min(first));
        Ok(())
    })?;
    Ok(ENDINGS[first])
}

fn entry(
    path: &Path,
    kind: ImportKind,
    taken: &Taken,
    origin: &Origin,
    options: &ImportOptions,
) -> Result<SourceEntry, Error> {
    let format = match (kind, origin) {
        (_, Origin::Made(_)) => Format::Synthetic,
        (ImportKind::Audio, _) => Format::AudioFolder,
        (ImportKind::Records, Origin::Kept(kept)) => {
            match kept.format(options.mapping.as_ref(), options.max_line_bytes) {
                // What would tell may be what is missing.
                Err(Error::UnknownFormat { .. }) if !taken.is_whole => Format::TrackRecords,
                other => other?,
            }
        }
    };
    // Lines of folders hold the rights that were decided file by file.
    let audio_rights = match kind {
        ImportKind::Audio => None,
        ImportKind::Records => options.audio_rights.clone(),
    };
    Ok(SourceEntry {
        number: 0,
        digest: taken.digest,
        name: options.source_name.clone(),
        format,
        file: match origin {
            Origin::Made(recipe) => recipe.to_string(),
            Origin::Kept(_) => file_name(path).into_owned(),
        },
        records_rights: options.records_rights.clone(),
        audio_rights,
        mapping: options.mapping.clone().filter(|_| format.is_mapped()),
        max_line_bytes: options.max_line_bytes,
        restricted_fields: options.restricted_fields,
        seed: match origin {
            Origin::Made(recipe) => Some(recipe.seed),
            Origin::Kept(_) => None,
        },
        records: 0,
        tracks: 0,
        rejected: 0,
    })
}

fn file_name(path: &Path) -> std::borrow::Cow<'_, str> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy()
}

fn previous_sources(dirs: &Dirs, previous: Option<&str>) -> Result<Vec<SourceEntry>, Error> {
    match previous {
        None => Ok(Vec::new()),
        Some(id) => Ok(SnapshotMeta::read(&dirs.catalog.join(id))?.sources),
    }
}

/// Makes the kept bytes known by their digest; on what terms they came last
/// stands in `source.json`.
fn place_source(
    dirs: &Dirs,
    partial: &Path,
    taken: &Taken,
    entry: &SourceEntry,
    options: &ImportOptions,
) -> Result<(), Error> {
    let home = dirs.sources.join(taken.digest.to_string());
    let mut meta = SourceMeta {
        longplay: SourceMeta::LONGPLAY.into(),
        version: SourceMeta::VERSION,
        digest: taken.digest,
        name: entry.name.clone(),
        format: entry.format,
        file: entry.file.clone(),
        bytes: taken.bytes,
        records: taken.records,
        licence: entry.format.licence(),
        records_rights: entry.records_rights.clone(),
        audio_rights: options.audio_rights.clone(),
        mapping: entry.mapping.clone(),
        imported_at: options.clock,
    };
    if home.exists() {
        let known = read_meta(&home)?;
        meta.imported_at = known.imported_at;
        let files = partial.join(folder::FILES);
        if files.exists() {
            durable::rename(&files, &home.join(folder::FILES))?;
        }
        durable::remove_dir(partial)?;
        return if known == meta {
            Ok(())
        } else {
            write_meta(&home, &meta)
        };
    }
    write_meta(partial, &meta)?;
    durable::rename(partial, &home)
}

/// Writes the snapshot into a folder that is not finished.
fn write_snapshot(
    dirs: &Dirs,
    id: &str,
    next: &Next,
    new: &SourceEntry,
    origin: Origin,
    options: &ImportOptions,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let sources = next.sources.clone();
    if sources.len() > Unions::MOST_SOURCES {
        return Err(Error::TooManySources {
            limit: Unions::MOST_SOURCES,
        });
    }
    let mut origin = Some(origin);
    let inputs = sources.iter().map(|entry| {
        let is_new = entry.digest == new.digest;
        Ok(Input {
            origin: match origin.take_if(|_| is_new) {
                Some(new) => new,
                None => Origin::open(&dirs.sources, entry)?,
            },
            entry: entry.clone(),
            is_reported: is_new,
            floor: floor(next, options).filter(|_| is_new),
        })
    });
    let inputs: Vec<Input> = inputs.collect::<Result<_, Error>>()?;
    let partial = partial_snapshot(dirs, id);
    write_files(
        &partial,
        &inputs,
        sources,
        options.sort_memory_bytes,
        monitor,
    )
}

/// Writes tables, search index and `snapshot.json` of what `sources` hold into a
/// fresh folder; `inputs` are the same, open.
pub(crate) fn write_files(
    partial: &Path,
    inputs: &[Input],
    mut sources: Vec<SourceEntry>,
    memory: u64,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let spill = partial.join("spill");
    durable::fresh_dir(partial)?;
    durable::fresh_dir(&spill)?;
    let assembled = assemble(inputs, partial, &spill, memory, monitor)?;
    let workshop = Workshop {
        dir: &partial.join(SEARCH),
        spill: &spill,
        memory: usize::try_from(memory).unwrap_or(usize::MAX),
        threads: rayon::current_num_threads(),
    };
    index_tables(partial, workshop, monitor)?;
    durable::remove_dir(&spill)?;
    for (source, counts) in sources.iter_mut().zip(&assembled.reads) {
        (source.records, source.tracks) = (counts.records, counts.tracks);
        source.rejected = counts.rejected;
    }
    let meta = SnapshotMeta::new(counts_of(&assembled), sources, assembled.tables);
    durable::write_inside(&partial.join(SNAPSHOT), &meta.to_bytes())
}

fn counts_of(assembled: &Assembled) -> Counts {
    let rows = |name| rows_of(&assembled.tables, name);
    Counts {
        tracks: assembled.tracks,
        recordings: assembled.recordings,
        releases: rows(RELEASES),
        artists: rows(ARTISTS),
        files: rows(FILES),
        identifiers: rows(IDENTIFIERS),
    }
}

fn summary(
    meta: &SnapshotMeta,
    entry: &SourceEntry,
    taken: &Taken,
    unchanged: bool,
    replaced: Vec<Replaced>,
) -> ImportSummary {
    let read = counts_in(meta, entry);
    ImportSummary {
        snapshot: meta.snapshot.clone(),
        source: taken.digest,
        format: entry.format.name(),
        bytes: taken.bytes,
        records: read.records,
        tracks: read.tracks,
        rejected: read.rejected,
        snapshot_tracks: meta.counts.tracks,
        snapshot_recordings: meta.counts.recordings,
        unchanged,
        replaced,
    }
}

/// What was read of a source for a snapshot.
fn counts_in(meta: &SnapshotMeta, entry: &SourceEntry) -> ReadCounts {
    let is_it = |source: &&SourceEntry| source.digest == entry.digest;
    let read = meta.sources.iter().find(is_it);
    read.map_or(ReadCounts::default(), |source| ReadCounts {
        records: source.records,
        tracks: source.tracks,
        rejected: source.rejected,
    })
}
