//! From a source to the next snapshot.

use {
    crate::{
        assemble::{Assembled, Input, ReadCounts, assemble, read_source},
        durable::{self, PARTIAL},
        error::Error,
        folder,
        indexing::{SEARCH, index_tables},
        kept::{Keeper, SourceMeta, Taken, is_one_document, read_meta, write_meta},
        options::{Dirs, ImportKind, ImportOptions, ImportPlan, ImportSummary},
        origin::{Origin, recipe},
        recordings::Unions,
        search::Workshop,
        snapshot_meta::{Counts, SNAPSHOT, SnapshotMeta, SourceEntry, rows_of, snapshot_id},
        sources::Format,
        synthetic::Recipe,
        tables::{ARTISTS, FILES, IDENTIFIERS, RELEASES},
    },
    longplay_model::{Digest, Finding, FindingCode, Monitor, Silent, Unit},
    std::path::Path,
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
    let (taken, origin) = keep(scratch, path, kind, options, monitor)?;
    let entry = entry(path, kind, &taken, &origin, options)?;
    monitor.begin("reading records", Some(origin.bytes()), Unit::Bytes);
    let counts = read_source(&origin, &entry, true, monitor, &mut |_| Ok(()));
    durable::remove_dir(scratch)?;
    let counts = counts?;
    let before = previous_sources(dirs, previous)?;
    Ok(ImportPlan {
        source: taken.digest,
        format: entry.format.name(),
        bytes: taken.bytes,
        records: counts.records,
        tracks: counts.tracks,
        rejected: counts.rejected,
        unchanged: snapshot_id(&before) == snapshot_id(&with_source(before.clone(), entry)),
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
    let (taken, origin) = keep(&partial, path, kind, options, monitor)?;
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
    let sources = with_source(previous_sources(dirs, previous)?, entry.clone());
    place_source(dirs, &partial, &taken, &entry, options)?;
    let id = snapshot_id(&sources);
    let unchanged = dirs.catalog.join(&id).join(SNAPSHOT).exists();
    if !unchanged {
        write_snapshot(dirs, &id, sources, &entry, options, monitor)?;
    }
    let meta = SnapshotMeta::read(&dirs.catalog.join(&id))?;
    Ok(summary(&meta, &entry, &taken, unchanged))
}

/// Takes the bytes of the source into the folder `partial`.
fn keep(
    partial: &Path,
    path: &Path,
    kind: ImportKind,
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
            folder::keep_folder(path, &mut keeper, options, monitor)?;
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

/// The sources with this one: in the place of the same bytes, otherwise last.
fn with_source(mut sources: Vec<SourceEntry>, entry: SourceEntry) -> Vec<SourceEntry> {
    let is_same = |known: &&mut SourceEntry| known.digest == entry.digest;
    match sources.iter_mut().find(is_same) {
        Some(known) => *known = entry,
        None => sources.push(entry),
    }
    for (source, number) in sources.iter_mut().zip(0u16..) {
        source.number = number;
    }
    sources
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

fn write_snapshot(
    dirs: &Dirs,
    id: &str,
    mut sources: Vec<SourceEntry>,
    new: &SourceEntry,
    options: &ImportOptions,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    if sources.len() > Unions::MOST_SOURCES {
        return Err(Error::TooManySources {
            limit: Unions::MOST_SOURCES,
        });
    }
    let inputs: Vec<Input> = sources
        .iter()
        .map(|entry| input(dirs, entry, entry.digest == new.digest))
        .collect::<Result<_, _>>()?;
    let partial = dirs.catalog.join(format!("{PARTIAL}{id}"));
    let spill = partial.join("spill");
    durable::fresh_dir(&partial)?;
    durable::fresh_dir(&spill)?;
    let memory = options.sort_memory_bytes;
    let assembled = assemble(&inputs, &partial, &spill, memory, monitor)?;
    let workshop = Workshop {
        dir: &partial.join(SEARCH),
        spill: &spill,
        memory: usize::try_from(memory).unwrap_or(usize::MAX),
        threads: rayon::current_num_threads(),
    };
    index_tables(&partial, workshop, monitor)?;
    durable::remove_dir(&spill)?;
    for (source, counts) in sources.iter_mut().zip(&assembled.reads) {
        (source.records, source.tracks) = (counts.records, counts.tracks);
        source.rejected = counts.rejected;
    }
    let meta = SnapshotMeta::new(counts_of(&assembled), sources, assembled.tables);
    durable::write_inside(&partial.join(SNAPSHOT), &meta.to_bytes())?;
    durable::rename(&partial, &dirs.catalog.join(id))
}

fn input(dirs: &Dirs, entry: &SourceEntry, is_reported: bool) -> Result<Input, Error> {
    Ok(Input {
        origin: Origin::open(&dirs.sources, entry)?,
        entry: entry.clone(),
        is_reported,
    })
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
) -> ImportSummary {
    let read = meta
        .sources
        .iter()
        .find(|source| source.digest == entry.digest);
    let read = read.map_or(ReadCounts::default(), |source| ReadCounts {
        records: source.records,
        tracks: source.tracks,
        rejected: source.rejected,
    });
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
    }
}
