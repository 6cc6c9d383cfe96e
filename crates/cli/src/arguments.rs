use {
    clap::{Args, Parser, Subcommand},
    longplay_catalog::ExportFormat,
    longplay_model::{ByteSize, Timestamp},
    longplay_objects::Address,
    longplay_release::Part,
    std::{path::PathBuf, str::FromStr, time::Duration},
};

/// Keeps music for the long run: catalogues it, plans what to keep first,
/// packs it with recovery, proves it intact, and releases what may leave.
#[derive(Debug, Parser)]
#[command(
    name = "longplay",
    version,
    arg_required_else_help = true,
    max_term_width = 80
)]
#[command(
    after_help = "Start with `longplay demo`: the whole way on music made in code.\n\
    Exit codes: 0 done and sound, 1 done with findings, 2 could not do it,\n\
    130 interrupted (the same command finishes)."
)]
pub struct Arguments {
    /// The archive; the current folder when not given
    #[arg(long, global = true, value_name = "DIR")]
    pub archive: Option<PathBuf>,

    /// Print JSON lines: findings as they come, the summary last
    #[arg(long, global = true)]
    pub json: bool,

    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    Init(Init),
    Import(Import),
    Plan(Plan),
    Intake(Intake),
    Seal(Seal),
    Verify(Verify),
    Repair(Repair),
    Rebuild(Rebuild),
    Reconcile(Reconcile),
    Release(Release),
    Get(Get),
    Search(Search),
    Lookup(Lookup),
    Raw(Raw),
    Sql(Sql),
    Stats(Stats),
    Export(Export),
    Diff(Diff),
    Status(Status),
    Demo(Demo),
}

/// Make an archive
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  longplay init --archive attic --name \"Attic Tapes\" --recovery 20+4\n  \
    longplay init --archive attic --disk /mnt/a --disk /mnt/b --disk /mnt/c\n  \
    longplay init --archive attic --tranches s3://music/attic \\\n    \
    --endpoint https://storage.example.org"
)]
pub struct Init {
    /// Name of the archive, as its releases will print it
    #[arg(long, default_value = "A longplay archive")]
    pub name: String,

    /// How a reader reaches you: an address or a web page
    #[arg(long)]
    pub contact: Option<String>,

    /// Packs of a stripe and recovery packs over them: any M of K+M may be lost.
    /// 20+4 when not given, or what the disks need
    #[arg(long, value_name = "K+M")]
    pub recovery: Option<Geometry>,

    /// A folder on another disk, for packs and recovery packs; may be given
    /// several times. They are spread so that the loss of any one disk is healed
    #[arg(long = "disk", value_name = "DIR")]
    pub disks: Vec<PathBuf>,

    /// Take folders for disks that are on one device, and lost together
    #[arg(long, requires = "disks")]
    pub allow_same_device: bool,

    /// Length of a full pack
    #[arg(long, default_value = "1GiB", value_name = "SIZE")]
    pub pack_size: ByteSize,

    /// Largest tranche
    #[arg(long, default_value = "200GB", value_name = "SIZE")]
    pub tranche_size: ByteSize,

    /// Keep sealed tranches in an S3-compatible store: s3://bucket/prefix. Who may ask
    /// there comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    #[arg(long, value_name = "ADDRESS", conflicts_with = "disks")]
    pub tranches: Option<Address>,

    /// Where that store answers; Amazon's when not given
    #[arg(long, value_name = "URL", requires = "tranches")]
    pub endpoint: Option<String>,

    /// Region of that store
    #[arg(long, value_name = "NAME", requires = "tranches")]
    pub region: Option<String>,

    /// Print what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Read track records, or the tags of a music collection, into the catalog
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    longplay import tracks.jsonl --rights https://creativecommons.org/publicdomain/zero/1.0/\n  \
    longplay import --audio ~/Music/Netlabel --rights https://creativecommons.org/licenses/by/4.0/\n  \
    longplay import --audio ~/Music --rights-file rights.csv\n  \
    longplay import songs.csv --mapping songs.toml\n  \
    longplay import 'synthetic:1000000?seed=7'")]
pub struct Import {
    /// Files or folders of records: JSON lines, dumps of MusicBrainz, Discogs
    /// and ListenBrainz, DDEX messages, items of the Internet Archive, tables;
    /// or `synthetic:COUNT?seed=N`
    #[arg(
        required_unless_present = "audio",
        conflicts_with = "audio",
        value_name = "FILE"
    )]
    pub records: Vec<PathBuf>,

    /// A folder of audio files, read by tags and properties
    #[arg(long, value_name = "DIR")]
    pub audio: Option<PathBuf>,

    /// Rights statement: in the records, or with --audio in the recordings
    #[arg(long, value_name = "URI")]
    pub rights: Option<String>,

    /// Rights by file name: CSV of pattern, uri, access, basis
    #[arg(long, value_name = "CSV", requires = "audio")]
    pub rights_file: Option<PathBuf>,

    /// Name of the source; the file's or folder's name when not given
    #[arg(long)]
    pub name: Option<String>,

    /// Longest line that is read; longer ones are findings
    #[arg(long, default_value = "64MiB", value_name = "SIZE")]
    pub max_line: ByteSize,

    /// How the columns of a table become fields: a mapping file, for CSV, TSV
    /// and Parquet
    #[arg(long, value_name = "TOML", conflicts_with = "audio")]
    pub mapping: Option<PathBuf>,

    /// Memory for what is sorted; above it, temporary files are written
    #[arg(long, default_value = "256MiB", value_name = "SIZE")]
    pub memory: ByteSize,

    /// Take in fields whose licence is not open too, as genres of MusicBrainz;
    /// the records stay dark then
    #[arg(long)]
    pub restricted_fields: bool,

    /// Take the place of earlier sources of this name and kind, which dumps do
    /// anyway, and a file of the same name
    #[arg(long, conflicts_with = "add")]
    pub replace: bool,

    /// Come beside earlier sources of this name
    #[arg(long)]
    pub add: bool,

    /// Replace also what held over 1 % more records or tracks
    #[arg(long)]
    pub allow_shrink: bool,

    /// Read all files, also those whose length and times are as they were
    #[arg(long, requires = "audio")]
    pub rehash: bool,

    /// Count what would be read, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Order what the catalog knows and choose what to keep within a budget
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  longplay plan --budget 50GB\n  \
    longplay plan --budget 2TB --policy policy.toml --clock 2026-01-01T00:00:00Z\n  \
    longplay plan explain AA0002600042\n  longplay plan curve --svg coverage.svg\n  \
    longplay plan frontier --budget 2TB --svg frontier.svg"
)]
pub struct Plan {
    #[command(flatten)]
    pub make: MakePlan,

    #[command(subcommand)]
    pub ask: Option<AskPlan>,
}

#[derive(Debug, Args)]
pub struct MakePlan {
    /// Bytes that the archive may hold in packs, recovery included
    #[arg(long, required = true, value_name = "SIZE")]
    pub budget: Option<ByteSize>,

    /// Policy, as TOML, or one of standard, reference and optimal; standard when
    /// not given
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// The time that sealed tranches bear; now when not given
    #[arg(long, value_name = "TIME")]
    pub clock: Option<Timestamp>,

    /// Recorded with the plan
    #[arg(long, default_value_t = 0)]
    pub seed: u64,

    /// Print the totals, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub enum AskPlan {
    /// Say in plain words why a track is kept or not
    #[command(after_help = "Example:\n  longplay plan explain AA0002600042")]
    Explain {
        /// Track id or ISRC
        id: String,
    },
    /// Show the share of listens that a number of bytes covers
    #[command(after_help = "Example:\n  longplay plan curve --svg coverage.svg")]
    Curve {
        /// Write the picture to this file too
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Show what budgets cover by a policy's levels and by the worth of bytes
    #[command(after_help = "Example:\n  longplay plan frontier --budget 2TB --svg frontier.svg")]
    Frontier(FrontierArguments),
}

#[derive(Debug, Args)]
pub struct FrontierArguments {
    /// A budget to show beside those at equal steps; the last plan's when not
    /// given
    #[arg(long, value_name = "SIZE")]
    pub budget: Option<ByteSize>,

    /// Policy, as TOML, or one of standard, reference and optimal; optimal when
    /// not given
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// Write the picture to this file too
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// Take in the recordings that the plan chose
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  longplay intake ~/Music/Netlabel --rights https://creativecommons.org/licenses/by/4.0/"
)]
pub struct Intake {
    /// Folder of audio files, imported before
    #[arg(value_name = "DIR")]
    pub collection: PathBuf,

    /// Rights statement for recordings that no tag and no rights file speaks of
    #[arg(long, value_name = "URI")]
    pub rights: Option<String>,

    /// Rights by file name: CSV of pattern, uri, access, basis
    #[arg(long, value_name = "CSV")]
    pub rights_file: Option<PathBuf>,

    /// Files decoded at once; one a processor when not given
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,

    /// Leave out acoustic fingerprints
    #[arg(long)]
    pub no_fingerprints: bool,

    /// Print what would be taken in, and take in nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Write what is staged into packs with recovery, and prove it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  longplay seal --dry-run\n  longplay seal")]
pub struct Seal {
    /// Print the tranches and packs that would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Read everything and compare it with what was promised
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  longplay verify\n  longplay verify 0002-audio-open\n  \
longplay verify --share 1/30 --max-rate 200MB\n  longplay verify --max-duration 2h\n\n\
What was read least recently is read first, so that small parts add up."
)]
pub struct Verify {
    /// Tranches; all of them when none is named
    #[arg(value_name = "TRANCHE")]
    pub tranches: Vec<String>,

    /// Read this part of all bytes: 5%, 1/30 or 0.05
    #[arg(long, value_name = "PART")]
    pub share: Option<Share>,

    /// Begin no other file after this time: 90s, 30m, 2h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub max_duration: Option<Duration>,

    /// Read no more bytes a second
    #[arg(long, value_name = "SIZE")]
    pub max_rate: Option<ByteSize>,
}

/// A part of a whole: `5%`, `1/30`, `0.05`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(pub f64);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let share = match (text.strip_suffix('%'), text.split_once('/')) {
            (Some(percent), _) => number(percent).map(|percent| percent / 100.0),
            (None, Some((part, of))) => number(part).and_then(|part| Some(part / number(of)?)),
            (None, None) => number(text),
        };
        let share = share.filter(|share| *share > 0.0 && *share <= 1.0);
        let expected = "expected a part above 0 and up to all, such as 5%, 1/30 or 0.05";
        share.map(Self).ok_or_else(|| expected.to_owned())
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed: Option<jiff::SignedDuration> = text.parse().ok();
    let duration = parsed.and_then(|parsed| Duration::try_from(parsed).ok());
    duration.ok_or_else(|| "expected a time such as 90s, 30m or 2h".to_owned())
}

/// Rebuild what is damaged from recovery packs
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  longplay repair --dry-run\n  longplay repair 0002-audio-open\n  \
longplay repair --from https://mirror.example.org/\n  \
longplay repair --from s3://mirror/attic\n  \
longplay repair --lost-disk /mnt/b --new-disk /mnt/d"
)]
pub struct Repair {
    /// Tranches; all of them when none is named
    #[arg(value_name = "TRANCHE")]
    pub tranches: Vec<String>,

    /// Another copy, for what recovery packs cannot heal: an archive, a folder
    /// of tranches, or where they lie on the web. Only what is lost is fetched,
    /// and taken where it has the hashes that were sealed
    #[arg(long, value_name = "URL|DIR")]
    pub from: Option<String>,

    /// A disk that will not come back: what stood on it is made again on the new
    /// disk, or on those that are left
    #[arg(long, value_name = "DIR")]
    pub lost_disk: Option<PathBuf>,

    /// A folder on a disk that the archive shall use from now on
    #[arg(long, value_name = "DIR")]
    pub new_disk: Option<PathBuf>,

    /// Read everything, print what would be rebuilt, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Make again what is lost beside packs and recovery packs: settings, journal,
/// indexes, leaf files, manifests, tag files
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  longplay rebuild --dry-run\n  longplay rebuild --archive attic"
)]
pub struct Rebuild {
    /// Print what would be made again, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Compare what should be there with what is there: lost, moved and unknown files
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  longplay reconcile\n  longplay reconcile --apply")]
pub struct Reconcile {
    /// Give moved files their places back; nothing is overwritten or removed
    #[arg(long)]
    pub apply: bool,

    /// Do so also where more than 1 % of all files or bytes differ
    #[arg(long, requires = "apply")]
    pub allow_difference: bool,
}

/// Publish the open tranches: torrents, an index page, a feed
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  longplay release --base-url https://archive.example.org/")]
pub struct Release {
    /// Folder to publish in; `public` in the archive when not given
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,

    /// Where that folder will be on the web: gives web seeds and links
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// A tracker to name in the torrents; may be given several times
    #[arg(long = "tracker", value_name = "URL")]
    pub trackers: Vec<String>,

    /// Read all files again, and compare them with what was sealed
    #[arg(long)]
    pub rehash: bool,

    /// Print what would be released and what is held back
    #[arg(long)]
    pub dry_run: bool,
}

/// Bring one track out of a tranche
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  longplay get AA0002600042 --to .\n  \
    longplay get AA0002600042 --from https://archive.example.org/ --map map.jsonl --tags\n  \
    longplay get AA0002600042 --part 1000000+500000 --to .")]
pub struct Get {
    /// Track id, ISRC or digest
    pub id: String,

    /// An archive, a public folder, or the address of one; the archive when not given
    #[arg(long, value_name = "DIR-or-URL")]
    pub from: Option<String>,

    /// The map of the release, at hand: then one request fetches the track
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,

    /// Folder to put the track in
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub to: PathBuf,

    /// Only these bytes of the track, proven without the rest of it
    #[arg(long, value_name = "START+LENGTH", conflicts_with = "tags")]
    pub part: Option<Part>,

    /// Write title, artist and the other tags into the copy
    #[arg(long)]
    pub tags: bool,

    /// Print what would be fetched, and fetch nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Find tracks by words of their titles and artists
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  longplay search daft punk around\n  \
    longplay search --limit 5 --json 'bohemain rapsody'")]
pub struct Search {
    /// Words; the last may be only the beginning of one
    #[arg(required = true, value_name = "WORDS")]
    pub words: Vec<String>,

    /// Tracks at most
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub limit: usize,

    /// Words as they are written, even where that finds little
    #[arg(long)]
    pub no_typos: bool,
}

/// Tell what is known of a track, release or artist, by any of its ids
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  longplay lookup AA0002600042\n  \
    longplay lookup --json b9ad642e-b012-41c7-b72a-42cf4911f9ff fma:1234 4006381333931\n  \
    longplay lookup --batch < isrcs.txt > tracks.jsonl\n  \
    longplay lookup --why fma:1234")]
pub struct Lookup {
    /// Id of a track, recording, release or artist, ISRC, MusicBrainz id, GTIN,
    /// SOURCE:ID, or digest
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        value_name = "ID"
    )]
    pub ids: Vec<String>,

    /// Read ids from stdin, one a line; print JSON lines in their order
    #[arg(long)]
    pub batch: bool,

    /// Tell which tracks are one recording and why, and which were kept apart
    #[arg(long, conflicts_with = "batch")]
    pub why: bool,
}

/// Print the record of a track as its source gave it, byte for byte
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  longplay raw AA0002600042\n  \
    longplay raw --record musicbrainz:1500\n  \
    longplay raw --batch < ids.txt > records.bin")]
pub struct Raw {
    /// As for `lookup`; of several tracks the most popular
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        value_name = "ID"
    )]
    pub id: Option<String>,

    /// Ids are of records: name or number of a source, colon, number of the
    /// record in it, as `lookup` prints them; also of those that tell of no track
    #[arg(long)]
    pub record: bool,

    /// Read ids from stdin, one a line; before each record comes a line of JSON
    /// with its length in bytes, behind it a line feed
    #[arg(long)]
    pub batch: bool,
}

/// Count what the catalog holds: years, durations, genres, ids, popularity
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  longplay stats\n  longplay stats --json --svg catalog.svg")]
pub struct Stats {
    /// Draw the counts into this file too
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,

    /// Genres and languages that are named
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub top: usize,
}

/// Ask the tables of the catalog any question, in SQL
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  longplay sql                    (which tables and columns there are)\n  \
    longplay sql \"SELECT row, title FROM tracks WHERE title LIKE '%Light%' LIMIT 9\"\n  \
    longplay sql --file question.sql --to answer.parquet\n  \
    echo 'SELECT count(*) FROM tracks' | longplay sql - --json\n\n\
    Tables point at each other by the number of the row: tracks.row, \
    releases.row and artists.row are what other tables call row, release and \
    artist. Rows of tracks are in the order of popularity.\n\
    id('…') makes an id of its digits or of a UUID, hex_id(…) and mbid(…) \
    turn it back. All of DataFusion's SQL that reads is understood."
)]
pub struct Sql {
    /// The query; `-` reads it from stdin
    #[arg(value_name = "QUERY")]
    pub query: Option<String>,

    /// A file that holds the query
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    pub file: Option<PathBuf>,

    /// The snapshot to ask: its id or the beginning of it, or its folder; the
    /// newest when not given
    #[arg(long, value_name = "ID")]
    pub snapshot: Option<String>,

    /// Rows that are shown
    #[arg(long, default_value_t = 40, value_name = "N")]
    pub rows: usize,

    /// Print all rows as comma-separated values (--json: as JSON lines)
    #[arg(long, conflicts_with_all = ["json", "to"])]
    pub csv: bool,

    /// Write all rows to a file; its ending tells the format: .parquet, .csv
    /// or .jsonl
    #[arg(long, value_name = "OUT")]
    pub to: Option<PathBuf>,

    /// Put the file in the place of another
    #[arg(long, requires = "to")]
    pub force: bool,

    /// Memory for what the query keeps; above it, temporary files are written
    #[arg(long, default_value = "1GiB", value_name = "SIZE")]
    pub memory: ByteSize,
}

/// Write a part of the catalog to a file: Parquet, CSV, JSON lines, SQLite
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  longplay export jazz.csv --genre jazz --year 1950-1969\n  \
    longplay export open.sqlite --rights open --popularity 20 --limit 100000\n  \
    longplay export all.parquet --open-only\n  \
    longplay export long.sqlite --sql 'SELECT row FROM tracks WHERE duration_ms > 600000'\n\n\
    Several values of one option: any of them. Several options: all of them."
)]
pub struct Export {
    /// File to write; its ending tells the format
    #[arg(value_name = "OUT")]
    pub out: PathBuf,

    /// parquet, csv, jsonl or sqlite
    #[arg(long, value_parser = export_format, value_name = "FORMAT")]
    pub format: Option<ExportFormat>,

    /// A query that gives the rows of tracks, in a column `row`; `-` reads it
    /// from stdin
    #[arg(long, value_name = "QUERY")]
    pub sql: Option<String>,

    /// Memory for what the query keeps
    #[arg(long, default_value = "1GiB", value_name = "SIZE", requires = "sql")]
    pub memory: ByteSize,

    /// Rights in the audio: `open`, or the address of a statement
    #[arg(long, value_name = "open|URI")]
    pub rights: Option<String>,

    /// Language, as its source gives it; may be given several times
    #[arg(long = "language", value_name = "LANGUAGE")]
    pub languages: Vec<String>,

    /// Genre; may be given several times
    #[arg(long = "genre", value_name = "GENRE")]
    pub genres: Vec<String>,

    /// Label of the release; may be given several times
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,

    /// Year of the release, or the first and the last
    #[arg(long, value_name = "A-B")]
    pub year: Option<Years>,

    /// Least popularity, 0 to 100
    #[arg(long, value_name = "MIN")]
    pub popularity: Option<f32>,

    /// Tracks at most, the most popular first
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,

    /// Leave out records that may not leave the archive
    #[arg(long)]
    pub open_only: bool,

    /// Put the file in the place of another
    #[arg(long)]
    pub force: bool,
}

/// Compare two snapshots of the catalog, track by track
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  longplay diff 00112233aabbccdd\n  \
    longplay diff 0011 4455 --json --limit 1000\n  \
    longplay diff other/catalog/00112233aabbccdd")]
pub struct Diff {
    /// The older snapshot: its id or the beginning of it, or its folder
    pub old: String,

    /// The newer one; the newest of the archive when not given
    pub new: Option<String>,

    /// Examples of each kind, the most popular first
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub limit: usize,
}

/// Tell what the archive holds and what to do next
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  longplay status --archive attic")]
pub struct Status {}

/// Walk the whole way on music made in code: seal, damage, heal, release
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  longplay demo")]
pub struct Demo {
    /// Folder for the demo; it is made anew each time
    #[arg(default_value = "longplay-demo", value_name = "DIR")]
    pub folder: PathBuf,
}

fn export_format(name: &str) -> Result<ExportFormat, &'static str> {
    let known = ExportFormat::ALL.into_iter().find(|it| it.name() == name);
    known.ok_or("expected parquet, csv, jsonl or sqlite")
}

/// `1969`, or `1960-1969`: a year, or the first and the last of some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Years {
    pub first: u16,
    pub last: u16,
}

impl std::str::FromStr for Years {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a year or two, such as 1969 or 1960-1969";
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let year = |text: &str| text.trim().parse().map_err(|_| EXPECTED);
        let (first, last) = (year(first)?, year(last)?);
        (first <= last)
            .then_some(Self { first, last })
            .ok_or(EXPECTED)
    }
}

/// `20+4`: data shards and recovery shards of a stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    pub k: u8,
    pub m: u8,
}

impl std::str::FromStr for Geometry {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str =
            "expected K+M with K and M at least 1 and K+M at most 255, such as 20+4";
        let (k, m) = text.split_once('+').ok_or(EXPECTED)?;
        let k: u8 = k.trim().parse().map_err(|_| EXPECTED)?;
        let m: u8 = m.trim().parse().map_err(|_| EXPECTED)?;
        let holds = k >= 1 && m >= 1 && k.checked_add(m).is_some();
        holds.then_some(Self { k, m }).ok_or(EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, clap::CommandFactory};

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_verb_shows_an_example() {
        for verb in Arguments::command().get_subcommands() {
            let help = verb
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(help.starts_with("Example"), "{}", verb.get_name());
        }
    }

    #[test]
    fn years_are_one_or_a_stretch() {
        let years = |first, last| Ok(Years { first, last });
        assert_eq!("1969".parse(), years(1969, 1969));
        assert_eq!("1960-1969".parse(), years(1960, 1969));
        for text in ["", "-", "1969-1960", "1969-", "196x", "1-2-3"] {
            assert!(text.parse::<Years>().is_err(), "{text}");
        }
    }

    #[test]
    fn geometry_keeps_within_the_field() {
        assert_eq!("20+4".parse(), Ok(Geometry { k: 20, m: 4 }));
        for text in ["", "20", "0+4", "20+0", "200+56", "a+b"] {
            assert!(text.parse::<Geometry>().is_err(), "{text}");
        }
    }
}
