//! The full-text index against a search that looks at every document.

use {
    crate::home::Home,
    longplay_catalog::{
        Error,
        search::{
            Docs, Hit, Query, SearchBuilder, SearchIndex, SearchStats, Workshop, index_rows, terms,
        },
        synthetic,
    },
    longplay_model::{Finding, Monitor, Silent, Unit},
    std::{
        collections::{BTreeMap, BTreeSet, HashSet},
        fs,
        path::Path,
        sync::LazyLock,
    },
    tempfile::TempDir,
};

/// Made-up tracks in rank order: artists and title of each.
fn tracks(count: u64) -> Vec<(String, String)> {
    let mut records: Vec<_> = synthetic::records(count, 11).collect();
    records.sort_by_key(|record| (std::cmp::Reverse(record.listens), record.id.clone()));
    let names = |record: &longplay_model::TrackRecord| {
        let names = record.artists.0.iter().map(|artist| artist.name.as_str());
        names.collect::<Vec<_>>().join(" ")
    };
    let texts = records
        .iter()
        .map(|record| (names(record), record.title.clone()));
    texts.collect()
}

fn build(dir: &Path, texts: &[(String, String)], memory: usize, threads: usize) -> SearchStats {
    let mut builder =
        SearchBuilder::create(&dir.join("search"), &dir.join("spill"), memory, threads).unwrap();
    for batch in texts.chunks(700) {
        let mut docs = Docs::default();
        for (artist, title) in batch {
            docs.push(&[title, artist]);
        }
        builder.push_batch(docs).unwrap();
    }
    builder.finish(&Silent).unwrap()
}

fn index_of(texts: &[(&str, &str)]) -> (TempDir, SearchIndex) {
    let dir = tempfile::tempdir().unwrap();
    let texts: Vec<_> = texts
        .iter()
        .map(|(artist, title)| ((*artist).to_owned(), (*title).to_owned()))
        .collect();
    build(dir.path(), &texts, 1 << 20, 1);
    let index = SearchIndex::open(&dir.path().join("search")).unwrap();
    (dir, index)
}

/// A catalog of some thousand tracks, with what a search in code needs.
struct Shelf {
    _dir: TempDir,
    index: SearchIndex,
    texts: Vec<(String, String)>,
    documents: Vec<BTreeSet<String>>,
}

static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let mut texts = tracks(3_000);
    // What is also found in Latin letters is tested by itself.
    let is_foreign = |c: char| matches!(u32::from(c), 0x370..0x530);
    texts.retain(|(artist, title)| !(artist.contains(is_foreign) || title.contains(is_foreign)));
    build(dir.path(), &texts, 1 << 20, 2);
    let documents: Vec<BTreeSet<String>> = texts
        .iter()
        .map(|(artist, title)| terms(&format!("{title}\n{artist}")).into_iter().collect())
        .collect();
    Shelf {
        index: SearchIndex::open(&dir.path().join("search")).unwrap(),
        texts,
        documents,
        _dir: dir,
    }
});

/// Typos of two words: letters too many, too few, wrong, or swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let wrong = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1);
            best = best.min(rows[i - 1][j - 1] + wrong);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// How a word of a query stands in a document: typos, and whether it is only
/// the beginning of a word there.
fn standing(
    word: &str,
    is_prefix: bool,
    typos: bool,
    held: &BTreeSet<String>,
) -> Option<(u8, bool)> {
    let letters = word.chars().count();
    let allowed = match (typos, letters) {
        (false, _) | (_, 0..4) => 0,
        (_, 4..8) => 1,
        _ => 2,
    };
    let near = |term: &String| {
        let others = term.chars().count();
        if letters.abs_diff(others) > allowed || allowed == 0 && word != term {
            return None;
        }
        let found = distance(word, term);
        let most = if term.chars().next() == word.chars().next() {
            allowed
        } else {
            allowed.min(1)
        };
        (found <= most).then_some((found as u8, false))
    };
    let begun = |term: &String| (is_prefix && term.starts_with(word)).then_some((0, true));
    held.iter()
        .flat_map(|term| [near(term), begun(term)])
        .flatten()
        .min()
}

impl Shelf {
    /// Every document that holds all words, the best first.
    fn all(&self, query: &Query) -> Vec<Hit> {
        let mut words = terms(&query.text);
        let mut seen = HashSet::new();
        words.retain(|word| seen.insert(word.clone()));
        let mut found = Vec::new();
        for (row, held) in self.documents.iter().enumerate() {
            let last = words.len() - 1;
            let stand = |(at, word): (usize, &String)| {
                standing(word, query.prefix && at == last, query.typos, held)
            };
            let standings: Option<Vec<_>> = words.iter().enumerate().map(stand).collect();
            let Some(standings) = standings else { continue };
            let typos: u8 = standings.iter().map(|(typos, _)| typos).sum();
            let further = held.len().min(15).saturating_sub(words.len()).min(3);
            let mut weight = (row + 64) * [1, 4, 8, 16][further];
            if standings.iter().any(|(_, is_begun)| *is_begun) {
                weight *= 4;
            }
            found.push((typos, weight, row as u32));
        }
        found.sort_unstable();
        let hits = found.iter().map(|(typos, _, row)| Hit {
            row: *row,
            typos: *typos,
            missing: 0,
        });
        hits.collect()
    }

    fn agree(&self, query: &Query) {
        let mut expected = self.all(query);
        expected.truncate(query.limit);
        let found = self.index.search(query).unwrap();
        assert_eq!(found.hits, expected, "{query:?}");
        assert!(found.is_exhaustive, "{query:?}");
    }

    /// The words of some documents, spread over all ranks.
    fn samples(&self) -> impl Iterator<Item = (usize, Vec<String>)> {
        let rows = (0..self.texts.len()).step_by(61);
        rows.map(|row| {
            let (artist, title) = &self.texts[row];
            (row, terms(&format!("{artist} {title}")))
        })
    }
}

fn plain(text: impl Into<String>, limit: usize) -> Query {
    Query {
        limit,
        prefix: false,
        typos: false,
        ..Query::new(text)
    }
}

#[test]
fn exact_words_find_what_looking_everywhere_finds() {
    for (row, words) in SHELF.samples() {
        for count in 1..=words.len().min(4) {
            let from = row % (words.len() - count + 1);
            SHELF.agree(&plain(
                words[from..from + count].join(" "),
                [1, 10, 10_000][row % 3],
            ));
        }
    }
}

#[test]
fn beginnings_find_what_looking_everywhere_finds() {
    for (row, words) in SHELF.samples() {
        for letters in 1..=5 {
            let last: String = words[row % words.len()].chars().take(letters).collect();
            let text = match row % 2 {
                0 => last,
                _ => format!("{} {last}", words[0]),
            };
            let query = Query {
                prefix: true,
                ..plain(text, 10)
            };
            SHELF.agree(&query);
        }
    }
}

#[test]
fn words_with_typos_find_what_looking_everywhere_finds() {
    let mut dice = Dice(5);
    for (_, words) in SHELF.samples() {
        let text = dice.mistyped(&words[..words.len().min(3)].join(" "));
        let query = Query {
            typos: true,
            ..plain(&text, 100_000)
        };
        let mut expected = SHELF.all(&query);
        let found = SHELF.index.search(&query).unwrap();
        assert!(found.is_exhaustive);
        // More typos are looked for when there was nothing with one or none.
        let first = found.hits.first();
        let is_near = first.is_some_and(|hit| hit.missing == 0 && hit.typos <= 1);
        expected.retain(|hit| !is_near || hit.typos <= 1);
        if expected.is_empty() {
            continue;
        }
        assert!(found.hits.is_sorted_by_key(|hit| hit.typos), "{text}");
        let known: BTreeMap<u32, u8> = expected.iter().map(|hit| (hit.row, hit.typos)).collect();
        let rows: BTreeMap<u32, u8> = found.hits.iter().map(|hit| (hit.row, hit.typos)).collect();
        for (row, typos) in &known {
            let as_found = rows.get(row);
            // A word in two parts counts as one typo, whatever its letters.
            assert!(
                as_found.is_some_and(|found| found == typos || *found == 1),
                "{text} {row}"
            );
        }
        for (row, typos) in rows {
            let joined = known.contains_key(&row) || typos == 1;
            assert!(joined, "{text}: {:?}", SHELF.texts[row as usize]);
        }
    }
}

#[test]
fn a_search_without_bounds_finds_the_same() {
    let mut dice = Dice(9);
    for (row, words) in SHELF.samples() {
        let words = words[..words.len().min(1 + row % 4)].join(" ");
        let usual = Query::new(dice.mistyped(&words));
        let exhaustive = Query {
            exhaustive: true,
            ..usual.clone()
        };
        let usual = SHELF.index.search(&usual).unwrap();
        let all = SHELF.index.search(&exhaustive).unwrap();
        assert_eq!(usual.hits, all.hits, "{words}");
    }
}

#[test]
fn popular_words_stop_early() {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    SHELF
        .documents
        .iter()
        .flatten()
        .for_each(|term| *counts.entry(term).or_default() += 1);
    let (term, count) = counts.into_iter().max_by_key(|(_, count)| *count).unwrap();
    let found = SHELF.index.search(&plain(term, 1)).unwrap();
    assert!(found.is_exhaustive);
    assert!(
        found.looked_at * 4 < count as u64,
        "{} of {count}",
        found.looked_at
    );
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        ((self.0 >> 33) as usize) % end
    }

    /// One letter of one word too many, too few, wrong, or swapped.
    fn mistyped(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let places: Vec<usize> = (0..letters.len())
            .filter(|at| letters[*at].is_alphanumeric())
            .collect();
        let at = places[self.below(places.len())];
        let other = char::from(b'a' + self.below(26) as u8);
        match self.below(4) {
            0 => letters.insert(at, other),
            1 => drop(letters.remove(at)),
            2 => letters[at] = other,
            _ if at + 1 < letters.len() => letters.swap(at, at + 1),
            _ => letters[at] = other,
        }
        letters.into_iter().collect()
    }
}

#[test]
fn known_items_with_one_typo_are_in_the_top_ten() {
    let texts = tracks(10_000);
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &texts, 8 << 20, 2);
    let index = SearchIndex::open(&dir.path().join("search")).unwrap();
    let mut dice = Dice(1);
    let mut found = 0;
    let tries = 300;
    for _ in 0..tries {
        // The square of a chance: the popular ones are asked for more often.
        let chance = dice.below(1 << 20) as f64 / f64::from(1 << 20);
        let row = (chance * chance * texts.len() as f64) as usize;
        let (artist, title) = &texts[row];
        let mut query = Query::new(dice.mistyped(&format!("{artist} {title}")));
        query.limit = 10;
        let hits = index.search(&query).unwrap().hits;
        let is_it = |hit: &Hit| texts[hit.row as usize] == texts[row];
        found += usize::from(hits.iter().any(is_it));
    }
    assert!(found * 100 >= tries * 95, "{found} of {tries}");
}

#[test]
fn the_same_bytes_whatever_memory_and_threads() {
    let texts = tracks(3_000);
    let files = |memory, threads| {
        let dir = tempfile::tempdir().unwrap();
        let stats = build(dir.path(), &texts, memory, threads);
        assert_eq!(fs::read_dir(dir.path().join("spill")).unwrap().count(), 0);
        let names = [
            "search.json",
            "postings.bin",
            "terms.fst",
            "prefixes.fst",
            "lengths.bin",
        ];
        let bytes = names.map(|name| fs::read(dir.path().join("search").join(name)).unwrap());
        (stats, bytes)
    };
    let (stats, bytes) = files(1 << 30, 1);
    assert_eq!(stats.documents, 3_000);
    assert_eq!(
        stats.bytes,
        stats.files.iter().map(|file| file.bytes).sum::<u64>()
    );
    for (memory, threads) in [(1 << 30, 4), (1 << 16, 1), (200_000, 3), (0, 2)] {
        assert_eq!(files(memory, threads), (stats.clone(), bytes.clone()));
    }
}

#[test]
fn one_by_one_and_in_batches_is_the_same() {
    let texts = tracks(500);
    let dir = tempfile::tempdir().unwrap();
    let in_batches = build(dir.path(), &texts, 1 << 20, 1);
    let (index, spill) = (dir.path().join("other"), dir.path().join("spill"));
    let mut builder = SearchBuilder::create(&index, &spill, 1 << 12, 1).unwrap();
    for (artist, title) in &texts {
        builder.push(&[title, artist]).unwrap();
    }
    assert_eq!(builder.finish(&Silent).unwrap(), in_batches);
}

fn rows(index: &SearchIndex, text: &str) -> Vec<u32> {
    let hits = index.search(&Query::new(text)).unwrap().hits;
    hits.iter().map(|hit| hit.row).collect()
}

#[test]
fn every_script_is_found() {
    let (_dir, index) = index_of(&[
        ("Кино", "Группа крови"),
        ("Μίκης Θεοδωράκης", "Ζορμπάς"),
        ("宇多田ヒカル", "桜流し"),
        ("방탄소년단", "봄날"),
        ("周杰倫", "七里香"),
        ("أم كلثوم", "إنتَ عُمري"),
        ("Sigur Rós", "Hoppípolla"),
        ("Björk & ØXN", "Jóga"),
        ("ＡＢＢＡ", "Dancing Queen"),
        ("लता मंगेशकर", "लग जा गले"),
    ]);
    for (text, row) in [
        ("кино группа", 0),
        ("gruppa krovi", 0),
        ("kino", 0),
        ("θεοδωρακης", 1),
        ("zormpas", 1),
        ("ヒカル", 2),
        ("桜流し", 2),
        ("桜", 2),
        ("방탄소년", 3),
        ("봄날", 3),
        ("七里", 4),
        ("周杰倫 七里香", 4),
        ("ام كلثوم", 5),
        ("انت عمري", 5),
        ("sigur ros hoppipolla", 6),
        ("bjork oxn", 7),
        ("abba dancing qu", 8),
        ("लता", 9),
    ] {
        assert_eq!(rows(&index, text).first(), Some(&row), "{text}");
    }
}

#[test]
fn words_may_be_joined_parted_or_left_out() {
    let (_dir, index) = index_of(&[
        ("Daft Punk", "One More Time"),
        ("ABBA", "Waterloo"),
        ("The Beatles", "Yesterday"),
        ("R.E.M.", "Losing My Religion"),
        ("AC/DC", "Thunderstruck"),
    ]);
    for (text, row, typos, missing) in [
        ("daftpunk", 0, 1, 0),
        ("water loo", 1, 1, 0),
        ("beatels yesterday", 2, 1, 0),
        ("beetls yesterdqy", 2, 2, 1),
        ("rem religion", 3, 0, 0),
        ("acdc", 4, 1, 0),
        ("beatles yesterday zzz", 2, 0, 1),
        ("qqq daft punk zzz", 0, 0, 2),
    ] {
        let found = index.search(&Query::new(text)).unwrap();
        let first = found.hits.first().copied();
        let first = first.map(|hit| (hit.row, hit.missing));
        if missing == 1 && typos == 2 {
            // Two typos in one short word are too many: the word is missing.
            assert_eq!(first, Some((row, 1)), "{text}");
        } else {
            assert_eq!(first, Some((row, missing)), "{text}");
            assert_eq!(found.hits[0].typos, typos, "{text}");
        }
    }
    for nothing in ["", "!!!", "xyzzy", "x y z"] {
        assert!(rows(&index, nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn whatever_somebody_pastes_is_a_query() {
    let (_dir, index) = index_of(&[
        ("The The", "This Is the Day"),
        ("فيروز", "نسم علينا الهوى"),
        ("Love", "Night"),
    ]);
    let long_word = "x".repeat(10_000);
    let unknown: Vec<String> = (0..2_000).map(|n| format!("zq{n}w")).collect();
    for (text, expected) in [
        ("the", Some(0)),
        ("the the the the", Some(0)),
        (&*"love night ".repeat(1_000), Some(2)),
        ("lo\u{1}ve \u{1b}[31mnight\u{7}\u{0}", None),
        ("\u{200f}فيروز\u{202c} \u{202b}الهوى", Some(1)),
        ("\u{feff}night", Some(2)),
        (&long_word, None),
        (&unknown.join(" "), None),
        ("\u{0}\u{1}\u{2}", None),
    ] {
        assert_eq!(rows(&index, text).first().copied(), expected, "{text:.40}");
    }
    let cut = format!("love {}", unknown.join(" "));
    assert!(!index.search(&Query::new(cut)).unwrap().is_exhaustive);
}

#[test]
fn the_most_popular_comes_first_and_the_bare_title_may_pass() {
    let (_dir, index) = index_of(&[
        ("Somebody", "Halo (Live in Paris)"),
        ("Beyoncé", "Halo"),
        ("Beyoncé", "Halo - Remastered 2024 Radio Edit"),
        ("Beyoncé", "Hello"),
    ]);
    assert_eq!(rows(&index, "beyonce halo"), [1, 2]);
    assert_eq!(rows(&index, "halo "), [1, 0, 2]);
    assert_eq!(rows(&index, "hal"), [1, 0, 2]);
}

#[test]
fn nothing_at_all_is_an_index_too() {
    let (_dir, index) = index_of(&[]);
    assert_eq!((index.documents(), index.terms()), (0, 0));
    assert!(rows(&index, "anything at all").is_empty());
    let (_dir, index) = index_of(&[("!!!", "...")]);
    assert!(rows(&index, "a").is_empty());
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &tracks(2_000), 1 << 20, 1);
    let search = dir.path().join("search");
    let queries = ["the", "a", "love n", "nihgt", "the the rivr", "s"];
    let ask = || -> Result<(), Error> {
        let index = SearchIndex::open(&search)?;
        for query in queries {
            let hits = index.search(&Query::new(query))?.hits;
            assert!(hits.iter().all(|hit| hit.row < 2_000));
        }
        Ok(())
    };
    ask().unwrap();
    for name in [
        "search.json",
        "postings.bin",
        "terms.fst",
        "prefixes.fst",
        "lengths.bin",
    ] {
        let path = search.join(name);
        let whole = fs::read(&path).unwrap();
        for cut in [0, 1, whole.len() / 2, whole.len() - 2] {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(ask().is_err(), "{name} cut at {cut}");
        }
        for at in (0..whole.len()).step_by(1 + whole.len() / 60) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x55;
            fs::write(&path, &bytes).unwrap();
            let asked = ask();
            assert!(asked.is_err() || !name.ends_with("fst"), "{name} at {at}");
        }
        fs::remove_file(&path).unwrap();
        let asked = ask();
        let is_told = match name {
            "search.json" => matches!(asked, Err(Error::NoSearchIndex { .. })),
            _ => matches!(asked, Err(Error::Read { .. })),
        };
        assert!(is_told, "{name}: {asked:?}");
        fs::write(&path, &whole).unwrap();
    }
    ask().unwrap();
}

#[test]
fn an_index_of_the_format_before_is_read() {
    let (dir, _) = index_of(&[("a", "b")]);
    let meta = dir.path().join("search/search.json");
    let text = fs::read_to_string(&meta).unwrap();
    fs::write(&meta, text.replace("\"version\": 2", "\"version\": 1")).unwrap();
    let index = SearchIndex::open(&dir.path().join("search")).unwrap();
    assert_eq!(index.search(&Query::new("a b")).unwrap().hits.len(), 1);
}

#[test]
fn an_index_of_a_later_format_is_refused() {
    let (dir, _) = index_of(&[("a", "b")]);
    let meta = dir.path().join("search/search.json");
    let text = fs::read_to_string(&meta).unwrap();
    fs::write(&meta, text.replace("\"version\": 2", "\"version\": 3")).unwrap();
    let opened = SearchIndex::open(&dir.path().join("search"));
    assert!(matches!(
        opened,
        Err(Error::NewerFormat {
            found: 3,
            known: 2,
            ..
        })
    ));
}

struct Stop;

impl Monitor for Stop {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn finding(&self, _: Finding) {}
    fn is_interrupted(&self) -> bool {
        true
    }
}

#[test]
fn an_interrupted_index_does_not_open_and_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let (search, spill) = (dir.path().join("search"), dir.path().join("spill"));
    let texts: Vec<String> = (0..40_000).map(|n| format!("word{n}")).collect();
    let mut builder = SearchBuilder::create(&search, &spill, 1 << 20, 1).unwrap();
    for text in &texts {
        builder.push(&[text]).unwrap();
    }
    assert!(matches!(builder.finish(&Stop), Err(Error::Interrupted)));
    assert!(SearchIndex::open(&search).is_err());
    let mut builder = SearchBuilder::create(&search, &spill, 1 << 20, 1).unwrap();
    builder.push(&["again"]).unwrap();
    assert_eq!(builder.finish(&Silent).unwrap().documents, 1);
    assert_eq!(rows(&SearchIndex::open(&search).unwrap(), "again"), [0]);
}

/// Documents of which every one holds one of `terms` words that begin with
/// `pr`, and every 19,973rd the word `zorro`.
fn alike(dir: &Path, terms: u32) -> SearchIndex {
    let (search, spill) = (dir.join("search"), dir.join("spill"));
    let mut builder = SearchBuilder::create(&search, &spill, 8 << 20, 2).unwrap();
    for row in 0..100_000u32 {
        let artist = if row % 19_973 == 5 {
            "zorro"
        } else {
            "someone"
        };
        let title = format!("pr{}", row % terms);
        builder.push(&[&title, artist]).unwrap();
    }
    assert!(builder.finish(&Silent).unwrap().prefixes >= 2, "p and pr");
    SearchIndex::open(&search).unwrap()
}

/// The list of a beginning holds its first 65,536 rows.
#[test]
fn a_beginning_of_many_terms_is_answered_from_a_list_of_its_own() {
    let zorros = [5, 19_978, 39_951, 59_924, 79_897, 99_870];
    for (terms, is_whole, most) in [(400, true, 6), (4_000, true, 6), (40_000, false, 4)] {
        let dir = tempfile::tempdir().unwrap();
        let index = alike(dir.path(), terms);
        let popular = index.search(&Query::new("pr")).unwrap();
        assert_eq!(popular.hits.len(), 20);
        assert!(popular.is_exhaustive && popular.looked_at < 3_000);
        let common = index.search(&Query::new("someone pr")).unwrap();
        assert_eq!(common.hits.len(), 20);
        assert!(common.is_exhaustive && common.looked_at < 3_000);
        let rare = index.search(&Query::new("zorro pr")).unwrap();
        let rows: Vec<u32> = rare.hits.iter().map(|hit| hit.row).collect();
        assert_eq!(rare.is_exhaustive, is_whole);
        assert_eq!(rows[..most], zorros[..most]);
        let exhaustive = Query {
            exhaustive: true,
            ..Query::new("zorro pr")
        };
        assert_eq!(index.search(&exhaustive).unwrap().hits.len(), zorros.len());
    }
}

#[test]
fn tables_in_the_order_of_rows_become_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let (search, spill) = (dir.path().join("search"), dir.path().join("spill"));
    let titles = ["One", "Two", "Three"].map(|title| Ok(title.to_owned()));
    let names = [(0, "Ann"), (0, "Bob"), (2, "Cid"), (7, "Nobody")];
    let names = names.map(|(row, name)| Ok((row, name.to_owned())));
    let workshop = Workshop {
        dir: &search,
        spill: &spill,
        memory: 1 << 20,
        threads: 1,
    };
    let stats = index_rows(titles.into_iter(), names.into_iter(), workshop, &Silent).unwrap();
    assert_eq!((stats.documents, stats.terms), (3, 6));
    let index = SearchIndex::open(&search).unwrap();
    for (text, row) in [("bob one", 0), ("two", 1), ("cid three", 2)] {
        assert_eq!(rows(&index, text), [row]);
    }
    let unread = Err(Error::TooManySources { limit: 0 });
    let titles = [Ok("One".to_owned())].into_iter();
    let failed = index_rows(titles, [unread].into_iter(), workshop, &Silent);
    assert!(matches!(failed, Err(Error::TooManySources { .. })));
}

#[test]
fn a_snapshot_tells_the_tracks_that_were_found() {
    let mut home = Home::new();
    let records = [
        r#"{"id":"1","title":"Halo","artists":[{"name":"Beyoncé"}],"popularity":90}"#,
        r#"{"id":"2","title":"Around the World","artists":[{"name":"Daft Punk"}],"popularity":70}"#,
    ];
    home.import("records", records.join("\n"));
    let snapshot = home.snapshot();
    fs::remove_dir_all(snapshot.dir().join("search")).ok();
    assert!(matches!(
        snapshot.search(&Query::new("halo")),
        Err(Error::NoSearchIndex { .. })
    ));
    let texts = (0..2).map(|rank| snapshot.track_at(rank).unwrap());
    let texts: Vec<_> = texts
        .map(|track| (track.artists.to_string(), track.title))
        .collect();
    build(snapshot.dir(), &texts, 1 << 20, 1);
    let found = snapshot.search(&Query::new("daft arond")).unwrap();
    let [(hit, track)] = &found.tracks[..] else {
        panic!("{found:?}");
    };
    assert_eq!((hit.typos, track.title.as_str()), (1, "Around the World"));
    assert!(found.is_exhaustive);
}
