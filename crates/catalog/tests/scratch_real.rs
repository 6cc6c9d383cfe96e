use longplay_catalog::*; use longplay_model::*; use std::{fs,path::*,sync::Mutex};
struct M(Mutex<Vec<Finding>>);
impl Monitor for M { fn begin(&self,_:&str,_:Option<u64>,_:Unit){} fn advance(&self,_:u64){} fn finding(&self,f:Finding){self.0.lock().unwrap().push(f);} }
fn go(map: Option<&str>, file: &str) {
    let dir=tempfile::tempdir().unwrap();
    let dirs=Dirs{sources:dir.path().join("s"),catalog:dir.path().join("c")};
    fs::create_dir(&dirs.sources).unwrap(); fs::create_dir(&dirs.catalog).unwrap();
    let mut o=ImportOptions::new("x",Timestamp::from_unix_seconds(0));
    o.mapping=map.map(|m|Mapping::parse(fs::read_to_string(format!("/work/main/docs/mappings/{m}.toml")).unwrap()).unwrap());
    let m=M(Mutex::new(vec![]));
    let t=std::time::Instant::now();
    let r=import_records(&dirs,Path::new(&format!("/work/shared/data/metadata/{file}")),None,&o,&m);
    println!("== {file} {:?} {r:?}",t.elapsed());
    let f=m.0.lock().unwrap(); println!("{} findings",f.len()); for x in f.iter().take(12){println!("   {x}");}
    if let Ok(s)=r { let s=Snapshot::open(&dirs.catalog.join(s.snapshot)).unwrap(); for i in 0..s.counts().tracks.min(2){let t=s.track_at(i).unwrap(); println!("   {:?} {} {:?} {:?} {:?} {:?}",t.title,t.artists,t.duration_ms,t.genres,t.recording_mbid,t.listens);} }
}
#[test] fn real(){
    go(Some("harmonix"),"harmonix/dataset/metadata.csv");
    go(Some("salami"),"salami/metadata/metadata.csv");
    go(Some("salami-internet-archive"),"salami/metadata/id_index_internetarchive.csv");
    go(Some("classic-rock"),"fivethirtyeight-classic-rock/classic-rock/classic-rock-song-list.csv");
    let l="listenbrainz/listenbrainz_spark/testdata";
    go(None,&format!("{l}/full-dump-1/3.parquet"));
    go(None,&format!("{l}/mapped_listens_subset.parquet"));
    go(None,&format!("{l}/recording_genre.parquet"));
    go(None,&format!("{l}/full-dump-1"));
    let l="listenbrainz/listenbrainz/testdata";
    for f in ["listenbrainz_listens.jsonl","listenbrainz_all_invalid.jsonl","listenbrainz_mixed_validity.jsonl","panoscrobbler.jsonl"] { go(None,&format!("{l}/{f}")); }
}
