//! From kept sources to the table, as an import does it.

use {
    super::{Collector, Fact, Metric, Table, Target},
    crate::{
        kept::{Content, Keeper, Kept},
        sources::Harvest,
    },
    tempfile::TempDir,
};

const ONE: &str = "c7d0bf6e-b2aa-4ffa-bded-2448415b39b0";
const TWO: &str = "20ddea3a-1ad2-4036-9ca7-5f3383ad31c1";

/// The table of these sources, each a name and a file; how many listens had
/// no id, and how many things were wrong.
fn table(sources: &[(&str, String)]) -> (TempDir, Table, usize, usize) {
    let dir = tempfile::tempdir().unwrap();
    let spill = dir.path().join("spill");
    std::fs::create_dir(&spill).unwrap();
    let mut collector = Collector::new(&spill, 4096);
    let (mut unmatched, mut troubles) = (0, 0);
    for (number, (name, text)) in (0..).zip(sources) {
        let mut keeper = Keeper::create(&dir.path().join(number.to_string())).unwrap();
        keeper.bytes(text.as_bytes()).unwrap();
        collector.named(number, name);
        let harvest = harvest(&keeper.finish().unwrap().1);
        for listen in harvest.listens {
            match listen.target {
                Some(target) => collector
                    .listen(number, target, listen.user, listen.at)
                    .unwrap(),
                None => unmatched += 1,
            }
        }
        for figure in harvest.figures {
            let fact = Fact {
                target: figure.target,
                metric: figure.metric,
                source: number,
                value: figure.value,
                at: figure.at,
            };
            collector.fact(fact).unwrap();
        }
        troubles += harvest.troubles.len();
    }
    (dir, collector.finish().unwrap(), unmatched, troubles)
}

fn harvest(kept: &Kept) -> Harvest {
    let mut harvest = Harvest::default();
    let format = kept.format(None, u64::MAX).unwrap();
    let reader = kept.reader(format, None).unwrap();
    for batch in kept.batches(format.splitting(), u64::MAX) {
        let batch = batch.unwrap();
        for document in &batch.documents {
            if let Content::Within(range) = &document.content {
                reader.read(
                    &batch.bytes[range.clone()],
                    None,
                    document.nth,
                    &mut harvest,
                );
            }
        }
    }
    harvest
}

fn told(table: &Table, mbid: &str) -> Vec<(u16, Metric, f64)> {
    let facts = table.of(&Target::Mbid(mbid.parse().unwrap())).unwrap();
    facts
        .map(|fact| (fact.source, fact.metric, fact.value))
        .collect()
}

fn listen(user: u64, at: u64, mbid: &str) -> String {
    format!(
        r#"{{"user_id":{user},"timestamp":{at},"track_metadata":{{"mbid_mapping":{{"recording_mbid":"{mbid}"}}}}}}"#
    ) + "\n"
}

#[test]
fn sources_stay_apart_and_updates_add_up() {
    let header = "recording_mbid,total_listen_count,total_user_count\n";
    let (_dir, table, unmatched, troubles) = table(&[
        (
            "listens",
            (0..500).map(|n| listen(n % 7, 1000 + n, ONE)).collect(),
        ),
        ("counts", format!("{header}{ONE},10,3\n{TWO},20,4\n")),
        (
            "listens",
            listen(0, 1000, ONE) + &listen(99, 5000, ONE) + &listen(1, 1, "") + &listen(1, 1, "x"),
        ),
        ("counts", format!("{header}{TWO},21,\n")),
    ]);
    assert_eq!((unmatched, troubles), (2, 1));
    assert_eq!(
        told(&table, ONE),
        [
            (1, Metric::Listens, 10.0),
            (1, Metric::Listeners, 3.0),
            (2, Metric::Listens, 501.0),
            (2, Metric::Listeners, 8.0),
        ]
    );
    assert_eq!(
        told(&table, TWO),
        [(1, Metric::Listeners, 4.0), (3, Metric::Listens, 21.0)]
    );
    assert_eq!((table.len(), table.targets().count()), (6, 2));
}
